import Checkpoints
import Datasets
import Foundation
import Images
import Layers
import Networks
import Recipes
import Tensors
import Testing
import Training

@testable import Evaluation

@Suite struct ProbeTests {
    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "darkroom-probe-\(UUID().uuidString)", directoryHint: .isDirectory)

    private func trained(
        _ name: String, seed: UInt64 = 1, rate: Double = 2e-3, world: WorldName = .scenes
    ) throws -> (file: URL, losses: [Double]) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var plan = ProbePlan()
        (plan.seed, plan.resolution, plan.pictures, plan.epochs, plan.batchSize) = (seed, 16, 96, 10, 16)
        plan.world = world
        (plan.learningRate.warmupImages, plan.learningRate.peak) = (96, rate)
        let file = folder.appending(path: name + ".safetensors")
        var losses: [Double] = []
        try ProbeTraining.run(
            plan, to: file, metadata: ["colour": "red"], onProgress: { losses.append($0.loss) })
        return (file, losses)
    }

    @Test func aNetworkOfTheseSizes() throws {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        let reader = try PictureReader(ParameterScope(store), resolution: 32, questions: 21, answers: 13)
        var random = try RandomStream(seed: 1)
        let pictures = try random.normal([2, 3, 32, 32]).squeezed(0)
        let features = try reader.features(pictures)
        #expect(features.shape == [2, PictureReader.featureWidth])
        let scores = try reader.scores(features)
        #expect(scores.shape == [21, 2, 13])
        // Every parameter takes part.
        try CaptionReader.loss(of: scores, labels: Array(repeating: 1, count: 42)).backward()
        for (path, tensor) in zip(store.paths, store.tensors) {
            #expect(try (tensor.gradient?.norm().item() ?? 0) > 0, "\(path)")
        }
        // A picture is read by itself, whatever stands beside it.
        let alone = try reader.features(pictures.slice(1..<2)).values(as: Float.self)
        let together = try features.slice(1..<2).values(as: Float.self)
        #expect(zip(alone, together).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(throws: NetworkError.pictureSide(.root, side: 20, multiple: 16)) {
            try PictureReader(ParameterScope(store), resolution: 20, questions: 1, answers: 2)
        }
    }

    @Test func itLearnsAndItsFileReads() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, losses) = try trained("a")
        #expect(try #require(losses.last) < 0.8 * #require(losses.first), "\(losses)")
        #expect(ProbeFile.isOne(file))
        let probe = try ProbeFile(opening: file)
        #expect(probe.resolution == 16 && probe.metadata["colour"] == "red")
        #expect(probe.metadata["images_seen"] == "960")
        #expect(probe.questions.map(\.name) == SceneLabels.questions.map(\.name))
        let reader = try ProbeReader(probe, of: .scenes)
        var options = SceneOptions()
        (options.seed, options.resolution) = (77, 32)
        let world = try SceneWorld(options)
        let examples = try (0..<70).map { try world.example(at: $0) }
        let readings = try reader.read(examples.map(\.image))
        #expect(readings.count == 70)
        #expect(readings.allSatisfy { $0.features.count == PictureReader.featureWidth })
        for reading in readings {
            let scene = SceneAttributes(answers: reading.answers)
            #expect(scene.labels.count == reading.answers.count)
        }
        // It reads more than one that has not learnt anything.
        let untrained = try ProbeReader(
            ProbeFile(opening: trained("d", rate: 1e-9).file), of: .scenes)
        func rightShare(_ readings: [ProbeReader.Reading]) -> Double {
            let marks = zip(examples, readings).flatMap { example, reading in
                zip(example.attributes.labels, reading.answers).filter { $0.0 >= 0 }.map { $0.0 == $0.1 }
            }
            return Double(marks.count { $0 }) / Double(marks.count)
        }
        let (learnt, fresh) = try (
            rightShare(readings), rightShare(untrained.read(examples.map(\.image)))
        )
        #expect(learnt > 0.35 && learnt > fresh + 0.1, "\(learnt) after training, \(fresh) before")
        // The same seed trains the same probe, another seed another.
        let (again, other) = (try trained("b").file, try trained("c", seed: 2).file)
        func weights(_ file: URL) throws -> [Float] {
            try ProbeFile(opening: file).weights
                .parameter(at: "answers.bias", shape: [21 * 13], initializer: .zeros).values()
        }
        #expect(try weights(file) == weights(again) && weights(file) != weights(other))
    }

    /// A probe of each world learns, its file reads that world, and is refused for another.
    @Test(arguments: [WorldName.portraits, .emoji]) func everyWorldHasAProbe(name: WorldName) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, losses) = try trained("a", world: name)
        #expect(try #require(losses.last) < 0.9 * #require(losses.first), "\(losses)")
        let probe = try ProbeFile(opening: file)
        #expect(probe.metadata["world"] == name.rawValue)
        #expect(probe.questions.map(\.name) == name.questions.map(\.name))
        #expect(probe.questions.map(\.answers) == name.questions.map(\.answers))
        let reader = try ProbeReader(probe, of: name)
        let world = try name.open(WorldOptions(seed: 9, resolution: 32))
        let records = try (0..<5).map { try world.record(at: $0) }
        let readings = try reader.read((0..<5).map { try world.picture(at: $0) })
        for reading in readings {
            let isPossible = zip(reading.answers, name.questions).allSatisfy {
                $1.answers.indices.contains($0)
            }
            #expect(reading.answers.count == name.questions.count && isPossible)
        }
        let part = try ProbeReport.Part(.train, of: name, records: records, readings: readings, seed: 1)
        #expect(part.pictures == 5 && part.attributes.contains { $0.attribute == .everything })
        let error = #expect(throws: EvaluationError.self) { try ProbeReader(probe, of: .scenes) }
        #expect(error == .otherWorld(file, expected: "scenes", found: name.rawValue))
        #expect(error?.summary.contains("expected a probe that reads scenes, found one") == true)
        #expect(error?.advice.contains { $0.contains("train-probe --world scenes") } == true)
    }

    /// A file of before other worlds had probes names none, and is one of scenes.
    @Test func aFileThatNamesNoWorldReadsScenes() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, _) = try trained("a")
        let probe = try ProbeFile(opening: file)
        let old = folder.appending(path: "old.safetensors")
        let store = ParameterStore(from: probe.weights)
        let questions = SceneLabels.questions
        _ = try PictureReader(
            ParameterScope(store), resolution: 16, questions: questions.count,
            answers: questions.map(\.answers.count).max() ?? 1)
        try ProbeFile.write(
            parameters: zip(store.paths, store.tensors).map { (name: $0.description, tensor: $1) },
            questions: probe.questions, resolution: 16, metadata: [:], to: old)
        let pictures = try (0..<3).map { try SceneWorld().example(at: $0).image }
        let read = try ProbeReader(ProbeFile(opening: old), of: .scenes).read(pictures)
        #expect(try read == ProbeReader(probe, of: .scenes).read(pictures))
        #expect(throws: EvaluationError.otherWorld(old, expected: "portraits", found: "scenes")) {
            try ProbeReader(ProbeFile(opening: old), of: .portraits)
        }
    }

    @Test func filesThatAreNoProbeAreRefused() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "x.safetensors")
        let weights = [(name: "a", tensor: try Tensor.zeros([2, 2]))]
        try CheckpointWriter.write(weights, to: file)
        #expect(!ProbeFile.isOne(file))
        let error = #expect(throws: CheckpointError.self) { try ProbeFile(opening: file) }
        #expect(error?.summary.contains("expected a probe, found tensors such as a") == true)
        #expect(error?.advice.first?.contains("train-probe") == true)
        // Another list of questions than the scenes have now.
        try ProbeFile.write(
            parameters: weights, questions: [.init(name: "left shape", answers: ["sphere"])], resolution: 64,
            metadata: [:], to: file)
        #expect(throws: EvaluationError.otherQuestions(file, world: "scenes", question: "left shape")) {
            try ProbeReader(ProbeFile(opening: file), of: .scenes)
        }
        for metadata in [["questions": "[]", "resolution": "64"], ["resolution": "64"]] {
            try CheckpointWriter.write(
                weights, metadata: metadata.merging(["format": "darkroom-probe-1"]) { $1 }, to: file)
            #expect(throws: CheckpointError.self) { try ProbeFile(opening: file) }
        }
    }

    @Test func everyErrorSaysWhatAndWhatToDo() {
        let errors: [EvaluationError] = [
            .otherQuestions(URL(filePath: "/m/p.safetensors"), world: "scenes", question: "light"),
            .otherWorld(URL(filePath: "/m/q.safetensors"), expected: "emoji", found: "scenes"),
            .tooFewPictures(found: 1), .widthsDiffer(3, 4),
        ]
        let words = ["p.safetensors", "expected a probe that reads emoji", "found 1", "3 numbers"]
        for (error, word) in zip(errors, words) {
            #expect(error.summary.contains(word) && !error.advice.isEmpty)
        }
    }
}
