import Foundation
import Layers
import Recipes
import Synchronization
import Tensors
import Testing

@testable import Training

/// Blocks that are computed again in the backward pass learn what blocks that keep their activations learn.
@Suite(.serialized) struct GradientCheckpointingTests {
    /// Counts how often the activation at a path was computed.
    private final class Counter: Probe {
        private let visits = Mutex<[String: Int]>([:])
        var counts: [String: Int] { visits.withLock { $0 } }
        func visit(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
            visits.withLock { $0[path.description, default: 0] += 1 }
            return activation
        }
    }

    private func recipe(
        _ recomputes: Bool, _ precision: Precision, transformer: Bool
    ) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: 24, precision: precision)
        (recipe.gradientCheckpointing, recipe.captionReading) = (recomputes, CaptionReading())
        recipe.selfConditioning = 0.5
        if transformer {
            recipe.model = .pixelTransformer(.init(patch: 4, width: 32, depth: 2, heads: 2, text: .tiny))
        }
        return recipe
    }

    private func trained(_ recipe: TrainingRecipe) throws -> (parameters: [[Float]], counts: [String: Int]) {
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        let counter = Counter()
        session.probe = counter
        let batches = try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
        while let order = Trainer.order(recipe, from: session.imagesSeen) {
            _ = try session.step(batches.batch(order))
        }
        return (try session.store.tensors.map { try $0.values(as: Float.self) }, counter.counts)
    }

    /// Each block is computed twice an update, everything else once.
    @Test(arguments: [false, true]) func blocksAreComputedTwice(transformer: Bool) throws {
        let plain = try trained(recipe(false, .bf16, transformer: transformer)).counts
        let recomputed = try trained(recipe(true, .bf16, transformer: transformer)).counts
        #expect(plain.values.allSatisfy { $0 == 6 } && plain.keys == recomputed.keys)
        let twice = Set(recomputed.filter { $0.value == 12 }.keys)
        let blocks = plain.keys.filter {
            transformer ? $0.hasPrefix("transformer.blocks.") : isBlock($0)
        }
        #expect(twice == Set(blocks) && !blocks.isEmpty)
        #expect(recomputed.values.allSatisfy { $0 == 6 || $0 == 12 })
    }
    private func isBlock(_ path: String) -> Bool {
        ["unet.down.", "unet.middle.", "unet.up."].contains { path.hasPrefix($0) }
    }

    /// Up to rounding: the first run may use operators that serve forwards only, and a U-Net's skip connections change the
    /// order of sums.
    @Test(arguments: [(Precision.fp32, 1e-5), (.bf16, 0.03)], [false, true])
    func theGradientsAreTheSame(_ precision: (Precision, tolerance: Double), transformer: Bool) throws {
        func gradients(_ recomputes: Bool) throws -> [[Double]?] {
            let recipe = recipe(recomputes, precision.0, transformer: transformer)
            let vocabulary = try TinyRun.vocabulary()
            let session = try TrainingSession(
                recipe, vectors: vocabulary.vectors, initial: Loud(base: FreshParameters(seed: 7)))
            let batches = try TrainingBatches(
                recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
            let batch = try batches.batch(.init(start: 0, count: 4, resolution: 16))
            _ = try session.backward(
                batch, BatchPart(batch, of: 4, from: 0, ranks: .alone, reads: true))
            return try session.store.tensors.map { try $0.gradient?.values(as: Double.self) }
        }
        func length(_ row: [Double]) -> Double { row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let (plain, recomputed) = (try gradients(false), try gradients(true))
        #expect(plain.map { $0 == nil } == recomputed.map { $0 == nil })
        let whole = length(plain.compactMap { $0 }.flatMap { $0 })
        #expect(whole > 0.1)
        for (left, right) in zip(plain, recomputed) {
            guard let left, let right else { continue }
            let off = length(zip(left, right).map { $0 - $1 })
            // Some gradients are zero but for rounding: a shift of all keys changes nothing.
            #expect(off <= precision.tolerance * (length(left) + 1e-3 * whole), "\(off), \(length(left))")
        }
    }

    /// Parameters of which none begins with zeros, so that gradients reach everything.
    private struct Loud: ParameterSource, Sendable {
        let base: FreshParameters
        func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
            try base.parameter(
                at: path, shape: shape,
                initializer: initializer == .zeros ? .normal(deviation: 0.1) : initializer)
        }
    }
}
