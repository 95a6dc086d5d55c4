import Datasets

/// One answer read off a picture, beside the right one.
struct Mark: Equatable, Sendable {
    /// The numbers of the answers; nil for marks that sum several questions up.
    let answers: (right: Int, read: Int)?
    let isRight: Bool

    /// The mark of one question.
    init(right: Int, read: Int) { (answers, isRight) = ((right, read), right == read) }
    /// The mark of several questions together.
    init(_ isRight: Bool) { (answers, self.isRight) = (nil, isRight) }

    static func == (left: Mark, right: Mark) -> Bool {
        left.isRight == right.isRight && left.answers?.right == right.answers?.right
            && left.answers?.read == right.answers?.read
    }
}

/// A reading of a picture, marked.
struct MarkedReading: Sendable {
    /// The marks of each attribute that is asked.
    let marks: [ScoredAttribute: [Mark]]
    /// What is wrong, such as `left colour: blue instead of red`.
    let mistakes: [String]
    /// The share of the questions asked that are answered wrongly, 0…1.
    let wrongShare: Double

    /// Marks the answers read off a picture that is to show a record.
    ///
    /// `labels` are the right answers, −1 for questions that are not asked.
    init(of record: WorldRecord, read answers: [Int], asking labels: [Int]) {
        let sheet = AnswerSheet(right: labels, read: answers)
        var marks: [ScoredAttribute: [Mark]] = [:]
        switch record {
        case .scene(let scene): marks = sheet.marks(of: scene)
        case .portrait, .emoji, .stamp:
            for (question, asked) in record.world.questions.enumerated() {
                sheet.mark(question).map { marks[ScoredAttribute(rawValue: asked.name)] = [$0] }
            }
        }
        let combinations = record.heldOutCombinations
        if !combinations.isEmpty {
            marks[.combination] = [Mark(combinations.allSatisfy { record.shows($0, in: answers) })]
        }
        let asked = labels.indices.filter { labels[$0] != SceneLabels.notApplicable }
        let wrong = asked.filter { !sheet.isRight($0) }
        marks[.everything] = [Mark(wrong.isEmpty)]
        self.marks = marks
        wrongShare = Double(wrong.count) / Double(max(1, asked.count))
        mistakes = wrong.map { question in
            let asked = record.world.questions[question]
            let (read, right) = (asked.answers[answers[question]], asked.answers[labels[question]])
            return "\(asked.name): \(read) instead of \(right)"
        }
    }
}

/// The right answers beside those read off a picture, question by question.
private struct AnswerSheet {
    let right, read: [Int]

    /// True for a right answer, and where nothing is asked.
    func isRight(_ question: Int) -> Bool {
        right[question] == SceneLabels.notApplicable || right[question] == read[question]
    }

    /// The mark of one question; nil when it is not asked.
    func mark(_ question: Int) -> Mark? {
        guard right[question] != SceneLabels.notApplicable else { return nil }
        return Mark(right: right[question], read: read[question])
    }

    /// The marks of a scene, whose questions come four to a place, then one by one.
    func marks(of scene: SceneAttributes) -> [ScoredAttribute: [Mark]] {
        var marks: [ScoredAttribute: [Mark]] = [:]
        let perPlace: [ScoredAttribute] = [.shape, .colour, .size, .material]
        let places = ScenePlace.allCases
        func first(_ place: ScenePlace) -> Int { (places.firstIndex(of: place) ?? 0) * perPlace.count }
        for object in scene.objects {
            for (offset, attribute) in perPlace.enumerated() {
                guard let mark = mark(first(object.place) + offset) else { continue }
                marks[attribute, default: []].append(mark)
            }
        }
        for (offset, attribute) in ScoredAttribute.ofWholeScenes.enumerated() {
            mark(places.count * perPlace.count + offset).map { marks[attribute] = [$0] }
        }
        if !scene.objects.isEmpty {
            let nothing = SceneShape.allCases.count
            marks[.place] = [
                Mark(places.allSatisfy { (right[first($0)] == nothing) == (read[first($0)] == nothing) })
            ]
        }
        if scene.objects.count == 2 {
            let shapes = scene.objects.allSatisfy { isRight(first($0.place)) }
            let colours = scene.objects.allSatisfy { isRight(first($0.place) + 1) }
            marks[.pairShapes] = [Mark(shapes)]
            marks[.pairColours] = [Mark(colours)]
            marks[.pair] = [Mark(shapes && colours)]
        }
        return marks
    }
}
