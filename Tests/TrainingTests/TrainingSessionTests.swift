import Foundation
import Layers
import Recipes
import Tensors
import Testing

@testable import Training

@Suite(.serialized) struct TrainingSessionTests {
    private func batch(_ recipe: TrainingRecipe, start: Int = 0, count: Int = 8) throws -> HostBatch {
        let vocabulary = try TinyRun.vocabulary()
        let batches = try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: 24)
        return try batches.batch(.init(start: start, count: count, resolution: recipe.data.resolution))
    }

    @Test(arguments: [PredictionTarget.sample, .epsilon, .velocity, .flow])
    func eightPicturesAreLearnt(target: PredictionTarget) throws {
        var recipe = TinyRun.recipe(images: 8 * 200, precision: .fp32)
        recipe.target = target
        recipe.schedule = target == .epsilon ? .cosine(timesteps: 1000) : .flow
        recipe.weighting = .uniform
        recipe.learningRate.peak = 4e-3
        let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
        let pictures = try batch(recipe)
        var losses: [Double] = []
        for _ in 0..<200 { losses.append(try session.step(pictures).loss) }
        let (first, last): (Double, Double) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
        #expect(last < 0.6 * first, "\(target): \(first / 10) → \(last / 10)")
    }

    @Test func thePixelTransformerLearnsToo() throws {
        var recipe = TinyRun.recipe(images: 8 * 200)
        recipe.model = .pixelTransformer(.init(patch: 4, width: 32, depth: 2, heads: 2, text: .tiny))
        recipe.learningRate.peak = 4e-3
        let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
        let pictures = try batch(recipe)
        var losses: [Double] = []
        for _ in 0..<200 { losses.append(try session.step(pictures).loss) }
        let (first, last): (Double, Double) = (losses.prefix(10).reduce(0, +), losses.suffix(10).reduce(0, +))
        #expect(last < 0.6 * first)
    }

    @Test func aStepThatIsNotFiniteChangesNothing() throws {
        let recipe = TinyRun.recipe()
        let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
        let good = try batch(recipe, count: 4)
        _ = try session.step(good)
        let before: [[UInt8]] = try session.store.tensors.map { try $0.bytes() }
        let averages: [[UInt8]] = try session.averagedParameters.map { try $0.tensor.bytes() }
        let broken = HostBatch(
            start: 4, count: 4, resolution: 16, pixels: good.pixels,
            pixelWeights: [Float](repeating: .nan, count: 4 * 16 * 16), ids: good.ids, labels: nil)
        let step = try session.step(broken)
        #expect(!step.isApplied && step.loss.isNaN)
        let after: [[UInt8]] = try session.store.tensors.map { try $0.bytes() }
        #expect(after == before)
        let averagesAfter: [[UInt8]] = try session.averagedParameters.map { try $0.tensor.bytes() }
        #expect(averagesAfter == averages)
        #expect(session.imagesSeen == 8)
        #expect(try session.step(good).isApplied)
    }

    @Test func batchesDependOnTheirPlaceOnly() throws {
        var recipe = TinyRun.recipe()
        recipe.data.scenes?.objectWeight = 3
        let whole = try batch(recipe, start: 0, count: 8)
        let second = try batch(recipe, start: 4, count: 4)
        #expect(Array(whole.pixels.suffix(second.pixels.count)) == second.pixels)
        #expect(Array(whole.ids.suffix(second.ids.count)) == second.ids)
        let weights = try #require(whole.pixelWeights)
        #expect(Set(weights) == [1, 3])
        recipe.data.scenes?.count = 3
        let shuffled = try batch(recipe, start: 0, count: 6)
        let epoch = try batch(recipe, start: 3, count: 3).pixels
        #expect(epoch == Array(shuffled.pixels.suffix(3 * 16 * 16 * 3)))
    }

    @Test func theLoaderKeepsTheOrderAndHandsOnErrors() throws {
        struct Broken: Error {}
        let loader = BatchLoader(
            orders: { $0 < 40 ? .init(start: $0, count: 4, resolution: 8) : nil }, from: 12,
            make: { order in
                if order.start == 24 { throw Broken() }
                return HostBatch(
                    start: order.start, count: 4, resolution: 8, pixels: [], pixelWeights: nil, ids: [],
                    labels: nil)
            })
        let starts = try (0..<3).map { _ in try loader.next().start }
        #expect(starts == [12, 16, 20])
        #expect(throws: Broken.self) { try loader.next() }
        loader.stop()
    }
}
