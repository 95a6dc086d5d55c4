import Checkpoints
import Foundation
import Layers
import Networks
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Training

/// Adapters beside one of Darkroom's own models.
@Suite(.serialized) struct AdapterTrainingTests {
    private let folder: TemporaryFolder
    private let base: AdapterBase

    init() throws {
        folder = try TemporaryFolder()
        let file = folder.appending("base.safetensors")
        let vocabulary = try TinyRun.vocabulary()
        let recipe = TinyRun.recipe(precision: .fp32)
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        // Fresh networks end in zeros, behind which nothing could be learnt at once.
        var random = try RandomStream(seed: 11)
        let parameters = try zip(session.store.paths, session.store.tensors).map { path, tensor in
            (
                name: path.description,
                tensor: try tensor.detached() + random.normal(tensor.shape).squeezed(0) * 0.1
            )
        }
        try DarkroomModelFile.write(
            parameters: parameters, vectors: (vocabulary.vectors.quantized, vocabulary.vectors.scale),
            vocabulary: vocabulary.pieces, recipe: recipe.json(pretty: false), metadata: ["name": "base"],
            to: file)
        base = try AdapterBase(opening: file)
    }

    private func recipe(_ adapter: String = #"{"rank": 4}"#, images: Int = 48) throws -> TrainingRecipe {
        let given = try TrainingRecipe.decoded(
            from: """
                {"name": "tiny", "seed": 5, "data": {"resolution": 16}, "batchSize": 4, "totalImages": \(images),
                 "learningRate": {"peak": 0.03, "warmupImages": 8}, "checkpointEveryImages": 8, "precision": "fp32",
                 "samples": {"everyImages": 0}, "initialWeights": "\(base.url.path)", "adapter": \(adapter)}
                """)
        return try base.completed(given)
    }
    private func batch(_ recipe: TrainingRecipe) throws -> HostBatch {
        try TrainingBatches(recipe, tokenizer: TinyRun.vocabulary().tokenizer, tokens: 24)
            .batch(.init(start: 0, count: 8, resolution: 16))
    }
    private func plainModel(adding adapter: URL? = nil) throws -> TextToImageModel {
        let file = try DarkroomModelFile(opening: base.url, weightType: .float32)
        let weights = try file.weights(adding: adapter.map { [(try AdapterFile(opening: $0), 1)] } ?? [])
        return try TextToImageModel(
            ParameterScope(weights), choice: recipe().model, resolution: 16,
            vectors: TinyRun.vocabulary().vectors)
    }
    /// What a model says to the same noise and captions.
    private func answer(_ learner: any Learner, _ batch: HostBatch) throws -> Tensor {
        try Autograd.disabled {
            try learner.predict(
                batch.samples(), timesteps: .full([batch.count], 500),
                text: learner.read(batch.tokens(), ForwardContext()), ForwardContext())
        }
    }

    @Test func anAdapterThatHasLearntNothingChangesNothing() throws {
        let session = try TrainingSession(recipe(), adapting: base, device: .cpu)
        let pictures = try batch(recipe())
        let plain = try answer(plainModel(), pictures).bytes()
        #expect(try answer(session.learner, pictures).bytes() == plain)
        #expect(try answer(session.averagedLearner(), pictures).bytes() == plain)
    }

    @Test(arguments: [#"{"rank": 4}"#, #"{"rank": 2, "alpha": 8, "targets": "all-linear", "dropout": 0.1}"#])
    func itLearnsWhileTheModelStaysAndItsFileDrawsTheSame(adapter: String) throws {
        let recipe = try recipe(adapter, images: 8 * 24)
        let session = try TrainingSession(recipe, adapting: base, device: .cpu)
        let frozen = try #require(session.adapted).frozen
        let before: [ParameterPath: [UInt8]] = try frozen.tensors.mapValues { try $0.bytes() }
        #expect(session.store.paths.allSatisfy { $0.description.contains(".lora_") })
        #expect(Set(session.store.paths).isDisjoint(with: before.keys))
        let pictures = try batch(recipe)
        func loss() throws -> Double {
            try session.heldOutLoss(pictures, levels: 4, with: session.learner).loss
        }
        let first = try loss()
        for _ in 0..<24 { _ = try session.step(pictures) }
        let last = try loss()
        #expect(last < 0.9 * first, "\(first) → \(last)")
        let after: [ParameterPath: [UInt8]] = try frozen.tensors.mapValues { try $0.bytes() }
        #expect(after == before)

        let run = try RunFolder(folder.appending("run-\(recipe.adapter?.rank ?? 0)"), recipe: recipe)
        try session.exportAdapters(beside: base, to: run)
        let file = run.url.appending(path: "adapter")
        let (drawn, trained) = try (
            answer(plainModel(adding: file), pictures), answer(session.averagedLearner(), pictures)
        )
        let (difference, moved) = try (
            (drawn - trained).magnitude().maximum().item(),
            (drawn - answer(plainModel(), pictures)).magnitude().maximum().item()
        )
        #expect(moved > 0.1)
        #expect(difference < 1e-3 * moved, "\(difference) of \(moved)")
    }

    @Test func latentsOfAModelThatHasNoneCannotBeKept() throws {
        var given = try recipe()
        given.data.latentCache = "kept"
        let error = #expect(throws: RecipeError.self) { try base.completed(given) }
        #expect(error?.summary.contains("data.latentCache") == true)
    }

    @Test func brokenOffAndResumedEqualsUnbroken() throws {
        let recipe = try recipe(#"{"rank": 2, "dropout": 0.2}"#)
        let (whole, broken) = (folder.appending("whole"), folder.appending("broken"))
        try TinyRun.expectGoesOnBitForBit(
            recipe, .base(base), whole: whole, broken: broken, stops: [1, 5])
        let files = try [whole, broken].map {
            try Data(contentsOf: $0.appending(path: "adapter/adapter_model.safetensors"))
        }
        #expect(files[0] == files[1])
        #expect(
            !FileManager.default.fileExists(atPath: whole.appending(path: "model.safetensors").path))
    }

    @Test func targetsAreNamesOfModules() throws {
        let session = try TrainingSession(
            recipe(#"{"rank": 2, "targets": ["out", "unet.middle.attention.query", "text.project"]}"#),
            adapting: base,
            device: .cpu)
        let modules = Set(session.store.paths.map { $0.description.components(separatedBy: ".lora_")[0] })
        #expect(modules.contains("unet.middle.attention.query") && modules.contains("text.project"))
        #expect(
            modules.allSatisfy {
                $0.hasSuffix(".out") || ["query", "project"].contains($0.split(separator: ".").last)
            })
        // Found before anything is begun.
        let error = #expect(throws: TrainingError.self) { try recipe(#"{"targets": ["querry"]}"#) }
        #expect(error?.summary.contains("\"querry\"") == true)
        #expect(error?.advice.first?.contains("query") == true)
    }

    @Test func networkScheduleAndTargetAreTheModels() throws {
        let trained = TinyRun.recipe()
        var given = try recipe()
        #expect(given.model == trained.model && given.target == trained.target)
        #expect(try base.completed(given) == given)
        given.target = .velocity
        #expect(
            throws: TrainingError.baseDiffers(
                base.url, key: "target", model: #""sample""#, given: #""velocity""#)
        ) { try base.completed(given) }
        #expect(throws: TrainingError.self) {
            try AdapterBase(
                opening: URL(filePath: #filePath).deletingLastPathComponent()
                    .appending(path: "../PipelinesTests/Fixtures/sd1/unet").standardizedFileURL)
        }
    }
}
