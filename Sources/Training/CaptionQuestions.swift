import Datasets
import Recipes

/// What a caption reader is asked: the questions of the scenes, then those of every other world of a recipe.
struct CaptionQuestions: Sendable {
    /// The worlds, in the order of their questions.
    let worlds: [WorldName]
    /// All questions; those of worlds beside the scenes begin with the world's name.
    let list: [LabelQuestion]
    private let starts: [WorldName: Int]

    /// The questions about the worlds that `data` draws from.
    init(_ data: TrainingData) {
        let named = data.sources.compactMap { source -> WorldName? in
            if case .world(let world) = source.kind { world.name.world } else { nil }
        }
        worlds = WorldName.allCases.filter { $0 == .scenes || named.contains($0) }
        var (list, starts) = ([LabelQuestion](), [WorldName: Int]())
        for world in worlds {
            starts[world] = list.count
            list += world.questions.map {
                world == .scenes
                    ? $0 : LabelQuestion(name: "\(world.rawValue) \($0.name)", answers: $0.answers)
            }
        }
        (self.list, self.starts) = (list, starts)
    }

    /// The largest number of answers to one question.
    var mostAnswers: Int { list.map(\.answers.count).max() ?? 1 }

    /// The answers to all questions about an example of a world, given those of its own; −1 everywhere else.
    func answers(_ labels: [Int], of world: WorldName?) -> [Int64] {
        var all = [Int64](repeating: Int64(SceneLabels.notApplicable), count: list.count)
        guard let world, let start = starts[world] else { return all }
        for (place, label) in labels.enumerated() { all[start + place] = Int64(label) }
        return all
    }
}

extension WorldData.Name {
    /// The world of this name.
    var world: WorldName {
        switch self {
        case .portraits: .portraits
        case .emoji: .emoji
        case .stamps: .stamps
        }
    }
}
