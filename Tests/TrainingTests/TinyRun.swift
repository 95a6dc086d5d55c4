import Foundation
import Networks
import Recipes
import Tensors
import Testing

@testable import Training

/// A run so small that a test can train it: 16 × 16 scenes, a U-Net of some thousand parameters.
enum TinyRun {
    static func recipe(images: Int = 48, precision: Precision = .bf16) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.name = "tiny"
        recipe.seed = 5
        recipe.data.resolution = 16
        recipe.model = .unet(
            .init(channels: [16, 32], blocks: [1, 1], attention: [.text, .full], heads: 2, text: .tiny))
        recipe.batchSize = 4
        recipe.totalImages = images
        recipe.learningRate.warmupImages = 8
        recipe.checkpointEveryImages = 8
        recipe.samples.everyImages = 0
        recipe.precision = precision
        return recipe
    }

    /// Letters, digits and the words that scenes are described with; random vectors.
    static func vocabulary() throws -> Vocabulary {
        let letters = "abcdefghijklmnopqrstuvwxyz0123456789,.-".map(String.init)
        let pieces =
            ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters
            + letters.filter { $0.first?.isLetter == true }.map { "##" + $0 }
        var random = try RandomStream(seed: 3)
        let table = try random.normal([pieces.count, 16]).squeezed(0)
        return try Vocabulary(pieces: pieces, vectors: WordVectors(quantizing: table))
    }

    static func folder(_ name: String = "run") throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "darkroom-training-\(UUID().uuidString)/\(name)")
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        return url
    }

    static func remove(_ run: URL) {
        try? FileManager.default.removeItem(at: run.deletingLastPathComponent())
    }

    /// Trains in one go and, in the folder `broken`, with a stop after each of these numbers of questions whether to stop;
    /// both must end with the same bytes.
    static func expectGoesOnBitForBit(
        _ recipe: TrainingRecipe, _ origin: TrainingOrigin, whole: URL, broken: URL, stops: [Int],
        onEvent: (TrainingEvent) -> Void = { _ in }, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try Trainer(recipe, run: whole, origin: origin).run(onEvent: onEvent)
        try interrupt(recipe, origin, run: broken, stops: stops, sourceLocation: sourceLocation)
        try Trainer(recipe, run: broken, origin: origin).run()
        #expect(
            try state(of: broken, imagesSeen: recipe.totalImages)
                == state(of: whole, imagesSeen: recipe.totalImages),
            sourceLocation: sourceLocation)
    }

    /// Trains in a folder and is stopped each time that it has asked so often whether to stop.
    static func interrupt(
        _ recipe: TrainingRecipe, _ origin: TrainingOrigin, run: URL, stops: [Int],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for stop in stops {
            var steps = 0
            #expect(throws: CancellationError.self, sourceLocation: sourceLocation) {
                try Trainer(recipe, run: run, origin: origin).run(isCancelled: {
                    steps += 1
                    return steps == stop
                })
            }
        }
    }

    /// Everything a checkpoint holds, byte for byte, except the clock's JSON.
    static func state(of run: URL, imagesSeen: Int) throws -> [String: Data] {
        let folder = run.appending(path: "checkpoints/" + String(format: "%09d", imagesSeen))
        var files: [String: Data] = [:]
        for name in ["parameters", "average", "optimizer"] {
            files[name] = try Data(contentsOf: folder.appending(path: name + ".safetensors"))
        }
        return files
    }
}
