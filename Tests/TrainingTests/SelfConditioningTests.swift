import Checkpoints
import Diffusion
import Foundation
import Layers
import Networks
import Recipes
import Tensors
import Testing

@testable import Training

/// Networks that see their own estimates.
@Suite(.serialized) struct SelfConditioningTests {
    private func recipe(
        _ share: Double, images: Int = 24, precision: Precision = .bf16, transformer: Bool = false
    ) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images, precision: precision)
        recipe.selfConditioning = share
        if transformer {
            recipe.model = .pixelTransformer(.init(patch: 4, width: 32, depth: 2, heads: 2, text: .tiny))
        }
        return recipe
    }

    private func batch(_ recipe: TrainingRecipe, count: Int = 8) throws -> HostBatch {
        try TrainingBatches(recipe, tokenizer: TinyRun.vocabulary().tokenizer, tokens: 24)
            .batch(.init(start: 0, count: count, resolution: 16))
    }

    private func parameters(_ session: TrainingSession) throws -> [ParameterPath: [Float]] {
        Dictionary(
            uniqueKeysWithValues: try zip(session.store.paths, session.store.tensors).map {
                ($0, try $1.values(as: Float.self))
            })
    }

    /// The first pass hides nothing from the second: with and without an estimate, the same parameters learn.
    @Test(arguments: [Precision.fp32, .bf16], [false, true])
    func everythingLearnsInTheSecondPass(precision: Precision, transformer: Bool) throws {
        func learning(_ share: Double) throws -> Set<ParameterPath> {
            var recipe = recipe(share, precision: precision, transformer: transformer)
            recipe.captionDropout = 0
            let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
            let pictures = try batch(recipe)
            // Layers that begin with zeros let gradients through from the second update on.
            for _ in 0..<2 { _ = try session.step(pictures) }
            let before = try parameters(session)
            _ = try session.step(pictures)
            let after = try parameters(session)
            return Set(before.keys.filter { before[$0] != after[$0] })
        }
        let (plain, estimating) = (try learning(0), try learning(1))
        #expect(plain.count > 20 && estimating == plain)
    }

    /// The estimate's channels learn only where there are estimates; the share says how often that is.
    @Test func theShareDecidesHowOften() throws {
        func channels(_ share: Double) throws -> [Float] {
            let recipe = recipe(share, precision: .fp32)
            let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
            let pictures = try batch(recipe)
            let place = try #require(
                session.store.paths.firstIndex { TextToImageModel.seesPictures($0) })
            var moved: [Float] = []
            for _ in 0..<16 {
                let before = try session.store.tensors[place].detached() * 1
                _ = try session.step(pictures, learningRate: 0.01)
                let way = try (session.store.tensors[place].detached() - before).slice(12..<24, along: 1)
                moved.append(Float(try way.norm().item()))
            }
            return moved
        }
        let never = try channels(1e-9)
        #expect(never.allSatisfy { $0 == 0 })
        // The layers behind begin with zeros: nothing comes through in the first update.
        #expect(try channels(1).dropFirst(2).allSatisfy { $0 > 0 })
        // Momentum carries them on after the first update with an estimate; until then they are still.
        let half = try channels(0.5)
        #expect(half.first == 0 && half.last ?? 0 > 0)
    }

    /// Cut into pieces a batch learns what it learns whole: the pieces agree whether there is an estimate.
    @Test func piecesLearnWhatTheWholeLearns() throws {
        func losses(_ size: Int, _ accumulate: Int) throws -> [Double] {
            var recipe = recipe(0.5, images: 96, precision: .fp32)
            (recipe.batchSize, recipe.accumulate) = (size, accumulate)
            let vocabulary = try TinyRun.vocabulary()
            let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
            let batches = try TrainingBatches(
                recipe, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
            var losses: [Double] = []
            while let order = Trainer.order(recipe, from: session.imagesSeen) {
                losses.append(try session.step(batches.batch(order)).loss)
            }
            return losses
        }
        let (whole, pieces) = (try losses(12, 1), try losses(4, 3))
        #expect(whole.count == 8 && pieces.count == 8)
        #expect(zip(pieces, whole).allSatisfy { abs($0 - $1) < 1e-3 * abs($1) }, "\(pieces), \(whole)")
    }

    @Test func aBrokenOffRunGoesOnBitForBit() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        let recipe = recipe(0.5, images: 32)
        try TinyRun.expectGoesOnBitForBit(
            recipe, .words(vocabulary), whole: whole, broken: broken, stops: [2, 3])
        let kept = try DarkroomModelFile(
            opening: whole.appending(path: "model.safetensors"), weightType: .float32)
        let trained = try TrainingRecipe.decoded(from: kept.recipe, named: "model")
        #expect(trained.selfConditioning == 0.5 && trained.seesEstimates)
    }

    /// A model without estimates goes on with them: at first it says what it said, whatever estimate it is shown.
    @Test(arguments: [false, true]) func aModelLearnsToSeeEstimatesLater(transformer: Bool) throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(recipe(0, images: 16, transformer: transformer), run: run, vocabulary: vocabulary).run()
        let old = run.appending(path: "model.safetensors")
        var later = recipe(0.5, images: 16, transformer: transformer)
        later.initialWeights = old.path
        let trainer = try Trainer(later, run: run.appending(path: "later"), vocabulary: vocabulary)
        let session = try TrainingSession(
            later, vectors: vocabulary.vectors, initial: trainer.initialParameters(old))
        let before = try TextToImageModel(
            ParameterScope(DarkroomModelFile(opening: old, weightType: .float32).weights),
            choice: later.model, resolution: 16, vectors: vocabulary.vectors)
        var random = try RandomStream(seed: 2)
        let (x, estimate) = (try random.normal([3, 16, 16]), try random.normal([3, 16, 16]))
        func said(_ model: TextToImageModel, _ x: Tensor) throws -> [Float] {
            try Autograd.disabled {
                try model.network(
                    x, timestep: Tensor([300] as [Float], shape: [1]),
                    text: model.text.unconditional(batch: 1), ForwardContext()
                ).values(as: Float.self)
            }
        }
        let (expected, grown) = (try said(before, x), try #require(try session.averagedModel()))
        #expect(expected.contains { $0 != 0 })
        for seen in [x, try Tensor.concatenated([x, estimate], along: 1)] {
            let found = try said(grown, seen)
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
        }
    }

    /// A model that says x times what the second half of its channels, where there is one, comes to, and notes what it saw.
    private final class Spy: Learner {
        var seen: [Tensor] = []
        let tokens = 24
        func samples(of batch: HostBatch) throws -> Tensor { try batch.samples() }
        func read(_ ids: Tensor, _ context: ForwardContext) throws -> CaptionStates {
            CaptionStates(tokens: try ids.to(.float32))
        }
        func dropping(_ text: CaptionStates, where dropped: Tensor) throws -> CaptionStates { text }
        func predict(
            _ x: Tensor, timesteps: Tensor, text: CaptionStates, _ context: ForwardContext
        ) throws -> Tensor {
            seen.append(x)
            let pictures = try x.slice(0..<3, along: 1)
            return x.size(1) == 3 ? try pictures * 0.5 : try x.slice(3..<6, along: 1) - pictures
        }
    }

    /// The held-out loss is that of the second pass, which sees what the first one estimated at the same level.
    @Test func heldOutLossesAreThoseWithAnEstimate() throws {
        func asked(_ share: Double) throws -> (loss: HeldOutLoss, spy: Spy, session: TrainingSession) {
            let recipe = recipe(share, precision: .fp32)
            let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
            let spy = Spy()
            return (
                try session.heldOutLoss(batch(recipe, count: 4), levels: 3, with: spy), spy, session
            )
        }
        let (plain, without) = try { ($0.loss, $0.spy) }(asked(0))
        #expect(without.seen.map { $0.size(1) } == [3, 3, 3])
        let (estimating, spy, session) = try asked(0.1)
        #expect(spy.seen.map { $0.size(1) } == [3, 6, 3, 6, 3, 6])
        for (number, level) in estimating.levels.enumerated() {
            let (first, second) = (spy.seen[2 * number], spy.seen[2 * number + 1])
            let noise = TrainingSession.level(number, of: 3, along: session.objective.schedule)
            let estimate = try EstimateMemory.shown(
                session.recipe.target.convert(first * 0.5, to: .sample, x: first, at: noise))
            #expect(
                try (second.slice(3..<6, along: 1) - estimate).magnitude().maximum().item() < 1e-5)
            #expect(try second.slice(0..<3, along: 1).bytes() == first.bytes())
            #expect(level.loss != plain.levels[number].loss)
            let sample = try batch(session.recipe, count: 4).samples()
            let guess = try session.recipe.target.convert(
                estimate - first, to: .sample, x: first, at: noise)
            let expected = try (guess - sample).squared().mean().item()
            #expect(abs(level.error - expected) < 1e-4 * expected)
        }
    }
}
