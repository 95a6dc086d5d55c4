public import Recipes
public import Tensors

/// Updates on batches that lie ready in memory: the speed of training itself, without drawing the data.
///
/// Not `Sendable`, like the session in it.
public final class TrainingBench {
    private let session: TrainingSession
    private var batches: [HostBatch] = []
    private var next = 0
    private static let batchCount = 4

    /// Draws or reads the pictures and builds the network.
    /// - Throws: what drawing and building throw.
    public init(_ recipe: TrainingRecipe, origin: TrainingOrigin, device: Device = .cpu) throws {
        let recipe = try origin.completed(recipe)
        session = try origin.session(recipe, device: device)
        let source = try TrainingBatches(recipe, captions: origin.captions(for: session))
        for batch in 0..<Self.batchCount {
            batches.append(
                try source.batch(
                    BatchLoader.Order(
                        start: batch * recipe.batchSize, count: recipe.batchSize,
                        resolution: recipe.data.resolution)))
        }
    }

    /// One update.
    /// - Throws: `TensorError` from the engine.
    public func step() throws {
        _ = try session.step(batches[next])
        next = (next + 1) % batches.count
    }
}
