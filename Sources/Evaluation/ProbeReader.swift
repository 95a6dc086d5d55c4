public import Checkpoints
public import Datasets
public import Images
import Layers
import Networks
public import Tensors

/// Reads off pictures of a world what they show, with a trained probe.
public struct ProbeReader: Sendable {
    /// What the probe says about one picture.
    public struct Reading: Sendable, Equatable {
        /// The number of the answer to each question of the world.
        public let answers: [Int]
        /// What the answers were read from, `PictureReader.featureWidth` numbers.
        public let features: [Float]
    }

    /// The world whose pictures it reads.
    public let world: WorldName
    /// Pixels a side of the pictures that it reads; others are resized.
    public let resolution: Int
    private let network: PictureReader
    private let device: Device
    /// Pictures read at a time.
    private static let batch = 64

    /// A reader of a world's pictures with the weights of a probe on a device.
    ///
    /// A file that names no world is a probe of scenes.
    /// - Throws: `EvaluationError.otherWorld` when the probe is another world's, `.otherQuestions` when the world has changed
    ///   since it was trained; `CheckpointError`.
    public init(_ file: ProbeFile, of world: WorldName, on device: Device = .cpu) throws {
        let found = file.metadata["world"] ?? WorldName.scenes.rawValue
        guard found == world.rawValue else {
            throw EvaluationError.otherWorld(file.url, expected: world.rawValue, found: found)
        }
        self.world = world
        let questions = world.questions.map { ProbeFile.Question(name: $0.name, answers: $0.answers) }
        if file.questions != questions {
            let pairs = zip(file.questions, questions)
            let first = pairs.first { $0 != $1 }?.1.name ?? "their number"
            throw EvaluationError.otherQuestions(file.url, world: world.rawValue, question: first)
        }
        (resolution, self.device) = (file.resolution, device)
        network = try PictureReader(
            ParameterScope(PlacedParameters(file.weights, on: device)), resolution: file.resolution,
            questions: questions.count, answers: questions.map(\.answers.count).max() ?? 1)
    }

    /// Reads pictures, a batch at a time.
    /// - Parameters:
    ///   - pictures: of any size; they are brought to the probe's.
    ///   - onBatch: called with the number of pictures read; what it throws ends the reading.
    /// - Returns: what the probe says, picture by picture.
    /// - Throws: `ImageError`, `TensorError`.
    public func read(_ pictures: [Image], onBatch: (Int) throws -> Void = { _ in }) throws -> [Reading] {
        var readings: [Reading] = []
        for start in stride(from: 0, to: pictures.count, by: Self.batch) {
            let part = pictures[start..<min(start + Self.batch, pictures.count)]
            readings += try read(part.map { try $0.resized(width: resolution, height: resolution) }[...])
            try onBatch(readings.count)
        }
        return readings
    }

    private func read(_ pictures: ArraySlice<Image>) throws -> [Reading] {
        let count = pictures.count
        let bytes = try Tensor(
            pictures.flatMap { $0.rgb().pixels }, shape: [count, resolution, resolution, 3])
        let input = try (bytes.to(device).to(.float32) / 127.5 - 1).permuted(0, 3, 1, 2)
        let (features, scores) = try Autograd.disabled {
            let features = try network.features(input)
            return (features, try network.scores(features))
        }
        let (numbers, marks) = (try features.values(as: Float.self), try scores.values(as: Float.self))
        let (width, most) = (features.size(1), scores.size(2))
        return (0..<count).map { picture in
            let sheet = world.questions.indices.map { question in
                let start = (question * count + picture) * most
                return marks[start..<start + most]
            }
            return Reading(
                answers: Self.answers(sheet.map(Array.init), of: world),
                features: Array(numbers[picture * width..<(picture + 1) * width]))
        }
    }

    /// The best answers; about a scene such as do not contradict each other: where no shape stands nothing else does, and the
    /// other way round.
    ///
    /// `sheet` holds a score for each answer, question by question; scores beyond a question's answers do not count.
    static func answers(_ sheet: [[Float]], of world: WorldName) -> [Int] {
        guard world == .scenes else {
            return zip(world.questions, sheet).map { best($1.prefix($0.answers.count)) }
        }
        var answers: [Int] = []
        var isNothing = false
        for (question, scores) in zip(SceneLabels.questions, sheet) {
            let possible = scores.prefix(question.answers.count)
            guard let nothing = question.answers.firstIndex(of: SceneLabels.nothing) else {
                answers.append(best(possible))
                continue
            }
            if question.name.hasSuffix(" shape") {
                answers.append(best(possible))
                isNothing = answers.last == nothing
            } else {
                answers.append(isNothing ? nothing : best(possible.prefix(nothing)))
            }
        }
        return answers
    }

    private static func best(_ scores: ArraySlice<Float>) -> Int {
        var best = scores.startIndex
        for index in scores.indices where scores[index] > scores[best] { best = index }
        return best - scores.startIndex
    }
}
