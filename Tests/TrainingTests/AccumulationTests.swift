import Foundation
import Layers
import Recipes
import Tensors
import Testing

@testable import Training

/// Gradients of several passes added up are those of the one large batch.
@Suite(.serialized) struct AccumulationTests {
    private func recipe(batch: Int, accumulate: Int) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: 36, precision: .fp32)
        (recipe.batchSize, recipe.accumulate) = (batch, accumulate)
        recipe.data.scenes?.objectWeight = 2
        recipe.noiseOffset = 0.1
        recipe.captionReading = CaptionReading()
        return recipe
    }

    private func trained(_ recipe: TrainingRecipe) throws -> (parameters: [[Double]], losses: [Double]) {
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        let batches = try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
        var losses: [Double] = []
        while let order = Trainer.order(recipe, from: session.imagesSeen) {
            losses.append(try session.step(batches.batch(order)).loss)
        }
        return (try session.store.tensors.map { try $0.values(as: Double.self) }, losses)
    }

    @Test func theWeightsAreThoseOfTheLargeBatch() throws {
        // 36 images: three updates of 12, and with pieces of 5 the last of each update is short.
        let whole = try trained(recipe(batch: 12, accumulate: 1))
        let fresh = try TrainingSession(
            recipe(batch: 12, accumulate: 1), vectors: TinyRun.vocabulary().vectors)
        let start: [[Double]] = try fresh.store.tensors.map { try $0.values(as: Double.self) }
        let moved = zip(whole.parameters, start).flatMap { zip($0, $1).map { abs($0 - $1) } }.max() ?? 0
        #expect(moved > 1e-4, "the updates do something")
        for (batch, accumulate) in [(4, 3), (3, 4)] {
            let pieces = try trained(recipe(batch: batch, accumulate: accumulate))
            #expect(pieces.losses.count == 3)
            #expect(zip(pieces.losses, whole.losses).allSatisfy { abs($0 - $1) < 1e-5 * abs($1) })
            // AdamW divides by the gradient's own size: where that is rounding, a step may differ by its full length.
            let pairs = zip(pieces.parameters, whole.parameters).flatMap { zip($0, $1) }
            let off = pairs.count { abs($0.0 - $0.1) > 1e-2 * moved }
            #expect(Double(off) < 2e-3 * Double(pairs.count), "\(off) of \(pairs.count)")
        }
    }

    @Test func aBatchThatFailsLeavesNoGradientBehind() throws {
        let recipe = recipe(batch: 2, accumulate: 2)
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        let batches = try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
        let good = try batches.batch(.init(start: 0, count: 4, resolution: 16))
        let broken = HostBatch(
            start: 0, count: 4, resolution: 16, pixels: good.pixels, pixelWeights: nil,
            // A word piece that there is not, in the second piece of the batch.
            ids: good.ids.dropLast() + [1_000_000], labels: nil)
        #expect(throws: (any Error).self) { try session.step(broken) }
        #expect(session.store.tensors.allSatisfy { $0.gradient == nil } && session.imagesSeen == 0)
        #expect(try session.step(good).isApplied)
    }
}
