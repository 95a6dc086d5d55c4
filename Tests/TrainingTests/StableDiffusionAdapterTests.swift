import Checkpoints
import Foundation
import Layers
import Networks
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Training

/// Adapters beside the tiny Stable Diffusion models of the reference.
@Suite(.serialized) struct StableDiffusionAdapterTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures").standardizedFileURL
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func recipe(
        _ base: AdapterBase, _ adapter: String = #"{"rank": 4}"#, precision: String = "fp32", images: Int = 24
    ) throws -> TrainingRecipe {
        let given = try TrainingRecipe.decoded(
            from: """
                {"name": "tiny", "seed": 5, "data": {"resolution": 32}, "batchSize": 4, "totalImages": \(images),
                 "learningRate": {"peak": 0.03, "warmupImages": 4}, "checkpointEveryImages": 8,
                 "precision": "\(precision)", "samples": {"everyImages": 0},
                 "initialWeights": "\(base.url.path)", "adapter": \(adapter)}
                """)
        return try base.completed(given)
    }
    private func batch(_ recipe: TrainingRecipe, _ base: AdapterBase, count: Int = 4) throws -> HostBatch {
        try TrainingBatches(recipe, captions: CaptionTokens(base.clipTokenizers()))
            .batch(.init(start: 0, count: count, resolution: 32))
    }
    private func answer(_ learner: any Learner, _ batch: HostBatch) throws -> Tensor {
        try Autograd.disabled {
            let x = try learner.samples(of: batch)
            return try learner.predict(
                x, timesteps: .full([batch.count], 500),
                text: learner.read(batch.tokens(), ForwardContext()), ForwardContext())
        }
    }
    /// The learner of an untrained session over a model with the adapter merged.
    private func merged(_ base: AdapterBase, _ recipe: TrainingRecipe, _ adapter: URL) throws -> any Learner {
        let plain = try ModelFiles(opening: base.url)
        let copy = folder.appending("merged")
        try plain.adding(AdapterFile(opening: adapter), scale: 1).writeFolder(to: copy, as: .float32)
        // The copies of tokenizers are made anew, and the tiny ones have settings of their own.
        for name in ["tokenizer", "tokenizer_2"] {
            let source = base.url.appending(path: name)
            guard FileManager.default.fileExists(atPath: source.path) else { continue }
            try? FileManager.default.removeItem(at: copy.appending(path: name))
            try FileManager.default.copyItem(at: source, to: copy.appending(path: name))
        }
        return try TrainingSession(recipe, adapting: AdapterBase(opening: copy), device: .cpu).learner
    }

    @Test(arguments: [
        ("sd1", #"{"rank": 4}"#),
        ("sd1", #"{"targets": ["to_q", "q_proj", "fc1", "conv1", "proj_in"], "rank": 2}"#),
        ("sd2-v", #"{"rank": 4, "keys": "diffusers"}"#),
        ("sd2-v", #"{"rank": 4, "alpha": 8, "keys": "peft"}"#),
        ("xl", #"{"rank": 4, "targets": ["to_k", "to_v", "q_proj", "v_proj"]}"#),
    ])
    func itLearnsAndItsFileMakesTheSameModel(family: String, adapter: String) throws {
        let base = try AdapterBase(opening: Self.models.appending(path: family))
        let recipe = try recipe(base, adapter)
        #expect(recipe.target == (family == "sd2-v" ? .velocity : .epsilon))
        #expect(recipe.noiseLevels == .uniform && recipe.weighting == .uniform)
        let session = try TrainingSession(recipe, adapting: base, device: .cpu)
        let pictures = try batch(recipe, base)
        let before = try answer(session.learner, pictures)
        let frozen = try #require(session.adapted).frozen
        let weights: [ParameterPath: [UInt8]] = try frozen.tensors.mapValues { try $0.bytes() }
        func loss() throws -> Double {
            try session.heldOutLoss(pictures, levels: 4, with: session.learner).loss
        }
        let first = try loss()
        for _ in 0..<16 { _ = try session.step(pictures) }
        let last = try loss()
        #expect(last < 0.99 * first, "\(first) → \(last)")
        let after: [ParameterPath: [UInt8]] = try frozen.tensors.mapValues { try $0.bytes() }
        #expect(after == weights)
        let reads = session.store.paths.contains { $0.description.hasPrefix("text_encoder.") }
        #expect(reads == adapter.contains("q_proj"))

        let plan = try #require(recipe.adapter)
        let file = folder.appending(AdapterToWrite.name(base.style(plan)))
        try session.exportAdapters(
            beside: base, to: RunFolder(folder.url.appending(path: "."), recipe: recipe))
        let (trained, drawn) = try (
            answer(session.averagedLearner(), pictures), answer(merged(base, recipe, file), pictures)
        )
        let moved = try (trained - before).magnitude().maximum().item()
        let difference = try (trained - drawn).magnitude().maximum().item()
        #expect(moved > 0.01)
        #expect(difference < 1e-3 * moved, "\(difference) of \(moved)")
    }

    @Test func pausedAndResumedInHalfPrecisionEqualsUnbroken() throws {
        let base = try AdapterBase(opening: Self.models.appending(path: "sd1"))
        let recipe = try recipe(base, precision: "bf16")
        let (whole, broken) = (folder.appending("whole"), folder.appending("broken"))
        try TinyRun.expectGoesOnBitForBit(
            recipe, .base(base), whole: whole, broken: broken, stops: [3])
        let files = try [whole, broken].map {
            try Data(contentsOf: $0.appending(path: "adapter.safetensors"))
        }
        #expect(files[0] == files[1])
    }

    @Test func halfPrecisionLearnsNearlyTheSame() throws {
        let base = try AdapterBase(opening: Self.models.appending(path: "sd1"))
        var learnt: [Tensor] = []
        for precision in ["fp32", "bf16"] {
            let recipe = try recipe(
                base, #"{"rank": 4, "targets": ["to_q", "to_v", "fc1"]}"#, precision: precision)
            let session = try TrainingSession(recipe, adapting: base, device: .cpu)
            let pictures = try batch(recipe, base)
            for _ in 0..<4 { #expect(try session.step(pictures).isApplied) }
            #expect(session.store.tensors.allSatisfy { $0.dtype == .float32 })
            let ups = try zip(session.store.paths, session.store.tensors)
                .filter { $0.0.description.hasSuffix(LowRankPlan.upName) }
                .map { try $0.1.detached().reshaped($0.1.count) }
            learnt.append(try Tensor.concatenated(ups))
        }
        let product = try (learnt[0] * learnt[1]).sum().item()
        let lengths = try learnt[0].norm().item() * learnt[1].norm().item()
        #expect(lengths > 0 && product / lengths > 0.8, "cosine \(product / lengths)")
    }

    @Test func modelsForOtherTasksAreRefused() throws {
        #expect(throws: TrainingError.self) {
            try AdapterBase(opening: Self.models.appending(path: "refiner"))
        }
        for family in ["inpaint", "lcm"] {
            let base = try AdapterBase(opening: Self.models.appending(path: family))
            #expect(throws: TrainingError.self) {
                try TrainingSession(recipe(base), adapting: base, device: .cpu)
            }
        }
        let base = try AdapterBase(opening: Self.models.appending(path: "sd1"))
        let error = #expect(throws: TrainingError.self) {
            try recipe(base, #"{"targets": ["to_qq"]}"#)
        }
        #expect(error?.advice.first?.contains("to_q") == true)
    }

    @Test func theEmptyCaptionTakesThePlaceOfDroppedOnes() throws {
        let base = try AdapterBase(opening: Self.models.appending(path: "xl"))
        let recipe = try recipe(base)
        let learner = try TrainingSession(recipe, adapting: base, device: .cpu).learner
        let captions = try CaptionTokens(base.clipTokenizers())
        let ids = try Tensor(captions.ids("a cat") + captions.ids(""), shape: [2, captions.count])
        let text = try learner.read(ids, ForwardContext())
        let dropped = try learner.dropping(
            text, where: Tensor([1, 0] as [Float], shape: [2]).isGreater(than: 0))
        try expectClose(dropped.tokens.slice(0..<1), text.tokens.slice(1..<2))
        try expectClose(dropped.tokens.slice(1..<2), text.tokens.slice(1..<2))
        let pooled = try #require(dropped.pooled)
        try expectClose(pooled.slice(0..<1), pooled.slice(1..<2))
        let (own, none) = try (text.tokens.slice(0..<1), text.tokens.slice(1..<2))
        #expect(try (own - none).magnitude().maximum().item() > 1e-3)
    }
}
