public import Foundation
import Layers
public import Recipes
public import Tensors

/// A few updates of a recipe, to know beforehand what a run will take; no file is written.
///
/// Not `Sendable`, like the session in it.
public final class TrainingTrial {
    /// Trained parameters.
    public let parameters: Int
    private let recipe: TrainingRecipe
    private let stage: TrainingStage
    private let session: TrainingSession
    /// Bytes that the decoded pictures will take on the disk, about; nil where the recipe keeps none.
    public let cacheBytes: Int?
    /// Bytes that what is kept of latents will take on the disk, about; nil where the recipe keeps none.
    public let latentCacheBytes: Int?
    private let batches: TrainingBatches
    private var place = 0

    /// Builds the network; the updates are those of the stage that takes most memory.
    ///
    /// `locate` says where the paths lead that the recipe's data has.
    /// - Throws: what building throws.
    public convenience init(
        _ recipe: TrainingRecipe, vocabulary: Vocabulary, device: Device = .cpu,
        locate: (String) -> URL = { URL(filePath: $0) }
    ) throws {
        try self.init(recipe, origin: .words(vocabulary), device: device, locate: locate)
    }

    /// The same for what a run begins with, words or a model.
    public init(
        _ recipe: TrainingRecipe, origin: TrainingOrigin, device: Device = .cpu,
        locate: (String) -> URL = { URL(filePath: $0) }
    ) throws {
        let recipe = try origin.completed(recipe)
        self.recipe = recipe
        let stages = recipe.stages.isEmpty ? [recipe.stage(at: 0)] : recipe.stages
        func load(_ stage: TrainingStage) -> Int {
            stage.captionsOnly
                ? 0 : stage.resolution * stage.resolution * (stage.batchSize ?? recipe.batchSize)
        }
        var largest = stages.max { load($0) < load($1) } ?? recipe.stage(at: 0)
        largest.batchSize = largest.batchSize ?? recipe.batchSize
        stage = largest
        // One stage, so that the clock of the trial says nothing about its batches.
        var single = recipe
        (single.stages, single.accumulate) = ([], 1)
        session = try origin.session(single, device: device)
        parameters = session.store.count
        // No shape has more pixels than the square.
        var square = recipe
        square.data.buckets = nil
        let sources = try TrainingSources(square, locate: locate)
        batches = try TrainingBatches(sources, captions: origin.captions(for: session))
        cacheBytes = recipe.data.cache == nil ? nil : sources.decodedBytes
        let encoder = (session.learner as? StableDiffusionLearner)?.encoder
        latentCacheBytes =
            recipe.data.latentCache == nil
            ? nil : encoder.map { encoder in sources.latentBytes { encoder.keptBytes(side: $0) } }
    }

    /// Images of a pass through the network, and their side.
    public var batchSize: Int { stage.batchSize ?? recipe.batchSize }
    /// See `batchSize`.
    public var resolution: Int { stage.resolution }

    /// Makes a batch of `count` images and learns from it.
    ///
    /// - Returns: the seconds that drawing the data and learning took.
    /// - Throws: `TensorError`, for memory that is not there.
    public func step(count: Int) throws -> (data: Double, learning: Double) {
        let begin = ContinuousClock.now
        let batch = try batches.batch(
            BatchLoader.Order(start: place, count: count, resolution: stage.resolution))
        let middle = ContinuousClock.now
        _ = try session.step(batch)
        place += count
        return ((middle - begin) / .seconds(1), (ContinuousClock.now - middle) / .seconds(1))
    }
}
