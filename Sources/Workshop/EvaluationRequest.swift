public import Datasets
public import Recipes

/// The parts of a world that prompts come from.
public enum PromptSource: String, Codable, CaseIterable, Sendable {
    /// Seen and held-out combinations, as many of each.
    case both
    /// Combinations that training shows.
    case seen
    /// Combinations that training never shows.
    case heldout

    var parts: [SceneSplit] {
        switch self {
        case .both: [.train, .heldout]
        case .seen: [.train]
        case .heldout: [.heldout]
        }
    }
}

/// What a score card is wanted of.
public struct EvaluationRequest: Codable, Equatable, Sendable {
    /// How to draw: the model, steps, guidance, precision, device; its prompt and seeds do not count.
    public var generation: GenerationRequest
    /// The world that prompts come from.
    public var world: WorldName
    /// The parts of it that prompts come from.
    public var prompts: PromptSource
    /// Prompts of each part.
    public var count: Int
    /// Pictures a prompt, each from noise of its own.
    public var seedsPerPrompt: Int
    /// The seed of prompts, noise and bootstrap.
    public var seed: UInt64
    /// Pictures drawn together.
    public var batchSize: Int
    /// The probe's name or file; nil for the world's own on the shelf.
    public var probe: String?
    /// The folder that everything is written into.
    public var output: String

    /// A score card of both parts of a world.
    public init(
        generation: GenerationRequest, world: WorldName = .scenes, prompts: PromptSource = .both,
        count: Int = 300, seedsPerPrompt: Int = 2, seed: UInt64 = 0, batchSize: Int = 16,
        probe: String? = nil, output: String
    ) {
        (self.generation, self.world, self.prompts, self.count) = (generation, world, prompts, count)
        (self.seedsPerPrompt, self.seed, self.batchSize) = (seedsPerPrompt, seed, batchSize)
        (self.probe, self.output) = (probe, output)
    }

    /// The most pictures of one score card; they are kept in memory.
    static let mostPictures = 100_000

    /// - Throws: `WorkshopError.badNumber` naming the first number that no work can be done with.
    func validate() throws(WorkshopError) {
        try WorkshopError.check("count", count, 1...Self.mostPictures)
        try WorkshopError.check("seeds", seedsPerPrompt, 1...1000)
        try WorkshopError.check("batch-size", batchSize, 1...1024)
        try WorkshopError.check(
            "pictures in all", count * seedsPerPrompt * prompts.parts.count, 1...Self.mostPictures)
    }
}

/// How far an evaluation is.
public struct EvaluationProgress: Codable, Equatable, Sendable {
    /// What is going on.
    public enum Stage: String, Codable, Sendable {
        /// Renders of what the prompts say are made.
        case rendering
        /// The model draws.
        case drawing
        /// The probe reads.
        case reading
        /// A network that knows neither compares drawn pictures with renders.
        case comparing
        /// A probe learns.
        case training
    }
    /// What is going on.
    public var stage: Stage
    /// Pictures done.
    public var done: Int
    /// Pictures in all.
    public var total: Int
    /// Pictures a second.
    public var rate: Double
    /// An estimate of what remains of the stage.
    public var secondsLeft: Double
    /// The mean loss of late, where a probe learns.
    public var loss: Double?
}

extension WorkshopError {
    /// - Throws: `badNumber` for a value outside of the range.
    fileprivate static func check(
        _ name: String, _ value: Int, _ range: ClosedRange<Int>
    ) throws(WorkshopError) {
        guard !range.contains(value) else { return }
        throw .badNumber(
            name: name, expected: "\(range.lowerBound) to \(range.upperBound)", found: "\(value)")
    }
}

/// A probe to be trained.
public struct ProbeRequest: Codable, Equatable, Sendable {
    /// The world whose pictures it is to read.
    public var world: WorldName
    /// The seed of weights, pictures, order and augmentation.
    public var seed: UInt64
    /// Different pictures.
    public var pictures: Int
    /// How often each is seen.
    public var epochs: Int
    /// Fresh pictures of each part that the finished probe is measured on.
    public var count: Int
    /// Where to compute.
    public var device: String
    /// Threads that one operation may use; nil leaves it as it is.
    public var threads: Int?
    /// The probe's file.
    public var output: String

    /// A probe in a file.
    public init(
        world: WorldName = .scenes, seed: UInt64 = 1, pictures: Int = 16_000, epochs: Int = 6,
        count: Int = 1_000, device: String = "auto", threads: Int? = nil, output: String
    ) {
        (self.world, self.seed) = (world, seed)
        (self.pictures, self.epochs, self.count) = (pictures, epochs, count)
        (self.device, self.threads, self.output) = (device, threads, output)
    }

    /// - Throws: `WorkshopError.badNumber` naming the first number that no work can be done with.
    func validate() throws(WorkshopError) {
        try WorkshopError.check("pictures", pictures, 1...1_000_000)
        try WorkshopError.check("epochs", epochs, 1...1000)
        try WorkshopError.check("count", count, 1...EvaluationRequest.mostPictures)
    }
}
