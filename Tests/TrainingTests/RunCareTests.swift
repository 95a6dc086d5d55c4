import Checkpoints
import Foundation
import Layers
import Optimizers
import Recipes
import Tensors
import Testing

@testable import Training

/// Snapshots of averages, held-out loss, and going back when updates fail.
@Suite(.serialized) struct RunCareTests {
    /// Everything that a run can keep beside the plain weights, switched on.
    static func recipe(images: Int = 48) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images)
        (recipe.batchSize, recipe.accumulate) = (2, 2)
        recipe.noiseOffset = 0.05
        var short = WeightAverage()
        short.halfLifeImages = 100
        recipe.averages = WeightAverages(WeightAverage(), short)
        recipe.powerAverages = PowerAverages()
        recipe.powerAverages?.everyImages = 8
        recipe.heldOut = HeldOutPlan()
        recipe.heldOut?.everyImages = 24
        recipe.heldOut?.count = 3
        recipe.heldOut?.levels = 4
        return recipe
    }

    /// The files that a finished run leaves, by name.
    private func files(_ run: URL) throws -> [String: Data] {
        var files = try TinyRun.state(of: run, imagesSeen: 48)
        for name in ["model.safetensors", "model-average-2.safetensors"] {
            files[name] = try Data(contentsOf: run.appending(path: name))
        }
        let folder = run.appending(path: "averages")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            files[name] = try Data(contentsOf: folder.appending(path: name))
        }
        let last = run.appending(path: "checkpoints/000000048/averages.safetensors")
        files["averages"] = try Data(contentsOf: last)
        return files
    }

    @Test func withEverythingOnBrokenOffAndResumedEqualsUnbroken() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        var looks: [HeldOutLoss] = []
        var counts: [Int] = []
        try Trainer(Self.recipe(), run: whole, vocabulary: vocabulary).run(onEvent: { event in
            if case .heldOut(let look) = event { looks.append(look) }
            if case .averages(_, _, let count, let bytes) = event, bytes > 0 { counts.append(count) }
        })
        #expect(looks.map(\.imagesSeen) == [0, 24, 48])
        #expect(looks.allSatisfy { $0.levels.count == 4 && $0.loss > 0 })
        #expect(counts == [1, 2, 3, 4, 5, 6])
        var later: [HeldOutLoss] = []
        for stop in [1, 4, 3, 100] {
            var steps = 0
            // It is taken up from the checkpoint before, as after a kill: the one that cancelling saves goes.
            try? Trainer(Self.recipe(), run: broken, vocabulary: vocabulary).run(
                isCancelled: {
                    steps += 1
                    return steps == stop
                }, onEvent: { if case .heldOut(let look) = $0 { later.append(look) } })
            let made = try FileManager.default.contentsOfDirectory(
                atPath: broken.appending(path: "checkpoints").path
            ).sorted()
            if stop != 100, made.count > 1, let last = made.last {
                try FileManager.default.removeItem(at: broken.appending(path: "checkpoints/\(last)"))
            }
        }
        #expect(try files(broken) == files(whole))
        #expect(later.allSatisfy { looks.contains($0) } && later.count >= 3, "the same looks, bit for bit")
    }

    @Test func anyAverageIsReconstructedAfterTraining() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        var recipe = Self.recipe()
        recipe.learningRate.peak = 1e-2
        // A third average goes along, of the length to be reconstructed.
        recipe.powerAverages?.sigmaRel = [0.05, 0.1, 0.15]
        try Trainer(recipe, run: run, vocabulary: vocabulary).run()
        let snapshots = AverageSnapshots(run: run)
        #expect(snapshots.moments == [8, 16, 24, 32, 40, 48])

        let stored = try snapshots.reconstruct(sigmaRel: 0.15, at: 48)
        #expect(stored.snapshots == 6 && stored.factors.count == 18)
        let checkpoint = try Checkpoint(
            opening: run.appending(path: "checkpoints/000000048/averages.safetensors"))
        let direct = try stored.weights.map { name, tensor in
            (name, tensor, try checkpoint.tensor(named: "power.2.\(name)", shape: tensor.shape))
        }
        #expect(direct.count > 20)
        for (name, found, expected) in direct {
            let worst = try (found - expected).magnitude().maximum().item()
            #expect(worst < 2e-3, "\(name): halves round to 1/2048 of a weight")
        }
        // The file draws as any model does.
        let file = run.appending(path: "between.safetensors")
        let between = try snapshots.reconstruct(sigmaRel: 0.08)
        try AverageSnapshots.write(between, sigmaRel: 0.08, recipe: recipe, vocabulary: vocabulary, to: file)
        let model = try DarkroomModelFile(opening: file, weightType: .float32)
        #expect(model.metadata["average_sigma_rel"] == "0.08" && model.metadata["images_seen"] == "48")

        let missing = TrainingError.noSnapshots(
            folder: snapshots.folder, imagesSeen: 4, found: [8, 16, 24, 32, 40, 48])
        #expect(throws: missing) { try snapshots.reconstruct(sigmaRel: 0.1, at: 4) }
        #expect(
            missing.summary.hasSuffix(
                "expected snapshots of averages up to 4 images, found 6 from 8 to 48 images."))
        try Data("{}".utf8).write(to: snapshots.file(at: 56))
        #expect(throws: (any Error).self) { try snapshots.reconstruct(sigmaRel: 0.1) }
    }

    /// A network begins by answering zero: its error is then the mean square of the pictures, whatever the noise.
    @Test func theFirstLookIsTheMeanSquareOfThePictures() throws {
        var recipe = Self.recipe()
        (recipe.target, recipe.weighting, recipe.precision) = (.sample, .uniform, .fp32)
        let vocabulary = try TinyRun.vocabulary()
        let session = try TrainingSession(recipe, vectors: vocabulary.vectors)
        let examples = try #require(
            try HostBatch.heldOut(
                recipe, count: 5, tokenizer: vocabulary.tokenizer, tokens: session.tokens))
        let look = try session.heldOutLoss(examples, levels: 3)
        let square = try examples.samples().squared().mean().item()
        #expect(zip(look.levels, [0.1675, 0.5005, 0.8335]).allSatisfy { abs($0.noiseShare - $1) < 1e-9 })
        for level in look.levels {
            #expect(abs(level.error / square - 1) < 1e-5 && abs(level.loss / square - 1) < 1e-5)
        }
        #expect(abs(look.error / square - 1) < 1e-5)
        // With a flow target zero means: the picture is the noisy one divided by two parts that add up to one.
        recipe.target = .flow
        let flow = try TrainingSession(recipe, vectors: vocabulary.vectors).heldOutLoss(examples, levels: 3)
        #expect(zip(flow.levels, flow.levels.dropFirst()).allSatisfy { $0.error < $1.error })
    }

    private func broken(_ batch: HostBatch) -> HostBatch {
        HostBatch(
            start: batch.start, count: batch.count, width: batch.width, height: batch.height,
            pixels: batch.pixels,
            pixelWeights: [Float](repeating: .nan, count: batch.count * batch.width * batch.height),
            ids: batch.ids, labels: batch.labels)
    }

    @Test func failingUpdatesLeadBackToTheLastGoodState() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = Self.recipe()
        (recipe.rollback.afterSkipped, recipe.rollback.most) = (3, 2)
        var trainer = try Trainer(recipe, run: run, vocabulary: TinyRun.vocabulary())
        // Until the run has gone back once, all from the 20th image on is broken.
        trainer.alter = { batch, rollbacks in rollbacks == 0 && batch.start >= 20 ? broken(batch) : batch }
        var events: [TrainingEvent] = []
        try trainer.run(onEvent: { events.append($0) })
        let back = events.filter { if case .rolledBack = $0 { true } else { false } }
        #expect(back == [.rolledBack(imagesSeen: 32, to: 16, learningRateScale: 0.5, count: 1)])
        let skipped = events.count { if case .skipped = $0 { true } else { false } }
        #expect(skipped == 3)
        let clock = try TrainingSession.Clock(of: run.appending(path: "checkpoints/000000048"))
        #expect(clock.rollbacks == 1 && clock.skippedInARow == 0)
        // The half rate is kept when the run is taken up again.
        let session = try trainer.resumedSession()
        #expect(session.imagesSeen == 48 && session.learningRateScale == 0.5)
        #expect(AverageSnapshots(run: run).moments == [8, 16, 24, 32, 40, 48])
    }

    @Test func aRunThatCannotBeSavedEndsWithAClearError() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = Self.recipe()
        (recipe.rollback.afterSkipped, recipe.rollback.most) = (2, 2)
        var trainer = try Trainer(recipe, run: run, vocabulary: TinyRun.vocabulary())
        trainer.alter = { batch, _ in batch.start >= 12 ? broken(batch) : batch }
        var scales: [Double] = []
        let error = TrainingError.diverged(imagesSeen: 20, skipped: 2, rollbacks: 2)
        #expect(throws: error) {
            try trainer.run(onEvent: { event in
                if case .rolledBack(20, 8, let scale, _) = event { scales.append(scale) }
            })
        }
        #expect(scales == [0.5, 0.25])
        #expect(
            error.summary
                == "Training diverged after 20 images: 2 updates in a row were not finite, also after going back "
                + "2 times with half the learning rate each time.")
        let kept = try FileManager.default.contentsOfDirectory(
            atPath: run.appending(path: "checkpoints").path)
        #expect(kept == ["000000008"], "the good state is still there")
    }
}
