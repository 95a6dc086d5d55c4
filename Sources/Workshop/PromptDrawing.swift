import Diffusion
import Images
import Pipelines
import Recipes
import Tensors

/// Draws many prompts with one model: together where the family can, else one by one.
struct PromptDrawing {
    private let pipeline: any Pipeline
    private let request: GenerationRequest
    private let batchSize: Int

    /// - Parameters:
    ///   - pipeline: the model.
    ///   - request: everything but prompts and seeds.
    ///   - batchSize: pictures drawn together.
    init(_ pipeline: any Pipeline, _ request: GenerationRequest, batchSize: Int) {
        (self.pipeline, self.request, self.batchSize) = (pipeline, request, batchSize)
    }

    /// Draws a picture for each pair of prompt and seed.
    ///
    /// `onProgress` gets the share that is done, 0…1, after every step of the network.
    /// - Throws: `CancellationError` within one step of the task's cancelling; what the model refuses.
    func pictures(
        _ wishes: [(prompt: String, seed: UInt64)], onProgress: (Double) -> Void
    ) throws -> [Image] {
        let whole = Double(max(1, wishes.count))
        var pictures: [Image] = []
        for start in stride(from: 0, to: wishes.count, by: batchSize) {
            let part = Array(wishes[start..<min(start + batchSize, wishes.count)])
            func told(_ index: Int, of count: Int, pictures done: Double) throws {
                try Task.checkCancellation()
                let share = Double(index + 1) / Double(max(1, count))
                onProgress((Double(pictures.count) + done * min(1, share)) / whole)
            }
            if let own = pipeline as? DarkroomPipeline {
                let steps = try own.stepCount(own.resolved(request, .init()))
                let drawn = try own.pictures(
                    of: part.map(\.prompt), seeds: part.map(\.seed), request
                ) {
                    try told($0.index, of: steps, pictures: Double(part.count))
                }
                pictures += drawn
            } else {
                for wish in part {
                    var single = request
                    (single.prompt, single.seeds) = (wish.prompt, [wish.seed])
                    let drawing = try pipeline.prepared(single)
                    let latent = try drawing.latent(seed: wish.seed) {
                        try told($0.index, of: drawing.steps, pictures: 1)
                    }
                    pictures.append(try pipeline.decode(latent, .init()))
                }
            }
        }
        return pictures
    }
}
