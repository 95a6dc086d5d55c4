import Checkpoints
import Foundation
import Layers
import Recipes
import Tensors
import Testing

@testable import Training

@Suite(.serialized) struct TrainerTests {
    @Test func aRunEndsWithAModelAndItsCheckpoints() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var events: [TrainingEvent] = []
        try Trainer(TinyRun.recipe(), run: run, vocabulary: TinyRun.vocabulary())
            .run(onEvent: { events.append($0) })

        let folder = try #require(try? FileManager.default.contentsOfDirectory(atPath: run.path))
        #expect(
            Set(folder).isSuperset(of: ["recipe.json", "events.jsonl", "checkpoints", "model.safetensors"]))
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: run.appending(path: "checkpoints").path)
        #expect(kept.sorted() == ["000000040", "000000048"], "the last two are kept: \(kept)")
        guard case .started(0, 48, _) = events.first, case .finished(48, _) = events.last else {
            Issue.record("first \(String(describing: events.first)), last \(String(describing: events.last))")
            return
        }
        let lines = try String(contentsOf: run.appending(path: "events.jsonl"), encoding: .utf8)
            .split(separator: "\n")
        #expect(lines.count == events.count)
        let logged = try lines.map { try TrainingEvent(json: String($0)) }
        #expect(logged == events)
    }

    @Test func aSmallerNetworkBecomesTheDeepestLevelsOfALargerOne() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(TinyRun.recipe(images: 8), run: run, vocabulary: vocabulary).run()
        let small = run.appending(path: "model.safetensors")

        var recipe = TinyRun.recipe(images: 8)
        recipe.model = .unet(
            .init(
                channels: [16, 16, 32], blocks: [1, 1, 1], attention: [.none, .text, .full], heads: 2,
                text: .tiny))
        recipe.initialWeights = small.path
        let grown = run.appending(path: "grown")
        let trainer = try Trainer(recipe, run: grown, vocabulary: vocabulary)
        let session = try TrainingSession(
            recipe, vectors: vocabulary.vectors, initial: trainer.initialParameters(small))
        let trained = try DarkroomModelFile(opening: small, weightType: .float32).weights
        for (path, origin) in [
            ("unet.down.1.0.block.conv1.weight", "unet.down.0.0.block.conv1.weight"),
            ("unet.up.2.upsample.weight", "unet.up.1.upsample.weight"),
            ("unet.middle.first.conv1.weight", "unet.middle.first.conv1.weight"),
            ("text.project.weight", "text.project.weight"),
        ] {
            let found = try #require(session.store[ParameterPath(path)], "\(path)")
            let expected = try trained.parameter(
                at: ParameterPath(origin), shape: found.shape, initializer: .zeros)
            #expect(try found.detached().bytes() == expected.bytes(), "\(path)")
        }
        try trainer.run()
        #expect(FileManager.default.fileExists(atPath: grown.appending(path: "model.safetensors").path))
    }

    @Test func brokenOffAndResumedEqualsUnbroken() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        try TinyRun.expectGoesOnBitForBit(
            TinyRun.recipe(), .words(vocabulary), whole: whole, broken: broken, stops: [1, 5])
    }

    @Test func aDamagedCheckpointIsPassedOver() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(TinyRun.recipe(images: 16), run: run, vocabulary: vocabulary).run()
        let good = try TinyRun.state(of: run, imagesSeen: 16)
        let file = run.appending(path: "checkpoints/000000016/optimizer.safetensors")
        try Data(try Data(contentsOf: file).prefix(100)).write(to: file)
        var first: TrainingEvent?
        try Trainer(TinyRun.recipe(images: 16), run: run, vocabulary: vocabulary)
            .run(onEvent: { first = first ?? $0 })
        guard case .started(8, 16, _) = first else {
            Issue.record("expected to go on after 8 images: \(String(describing: first))")
            return
        }
        #expect(try TinyRun.state(of: run, imagesSeen: 16) == good)
    }

    @Test func anotherRecipeIsRefusedAndSoIsASecondProcess() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        let trainer = try Trainer(TinyRun.recipe(), run: run, vocabulary: vocabulary)
        #expect(throws: TrainingError.runIsBusy(run: run)) {
            try Trainer(TinyRun.recipe(), run: run, vocabulary: vocabulary)
        }
        withExtendedLifetime(trainer) {}
        let other = try TinyRun.folder("other")
        defer { TinyRun.remove(other) }
        _ = try Trainer(TinyRun.recipe(), run: other, vocabulary: vocabulary)
        var changed = TinyRun.recipe()
        changed.learningRate.peak = 0.5
        do {
            _ = try Trainer(changed, run: other, vocabulary: vocabulary)
            Issue.record("a changed recipe was accepted")
        } catch let error as TrainingError {
            #expect(error.summary.contains("`learningRate`"))
            #expect(error.advice.first?.contains("--run") == true)
        }
        changed = TinyRun.recipe(images: 64)
        changed.keepCheckpoints = 5
        _ = try Trainer(changed, run: other, vocabulary: vocabulary)
    }

    @Test func stagesEndBatches() throws {
        var recipe = TinyRun.recipe(images: 22)
        recipe.stages = [
            .init(untilImages: 10, resolution: 8, batchSize: 4), .init(untilImages: 22, resolution: 16),
        ]
        var (position, orders) = (0, [BatchLoader.Order]())
        while let order = Trainer.order(recipe, from: position) {
            orders.append(order)
            position += order.count
        }
        #expect(orders.map(\.count) == [4, 4, 2, 4, 4, 4])
        #expect(orders.map(\.resolution) == [8, 8, 8, 16, 16, 16])
    }
}
