import Foundation
import Images
import Recipes
import Testing

@testable import Training

/// Training with decoded pictures kept on the disk.
@Suite(.serialized) struct PictureCacheTrainingTests {
    private func recipe(beside run: URL, images: Int = 24) throws -> TrainingRecipe {
        let folder = run.deletingLastPathComponent().appending(path: "photos", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 0..<5 {
            let image = try Image(
                width: 20 + 8 * number, height: 30, fill: (UInt8(40 * number), 90, UInt8(200 - number)))
            try image.pngData().write(to: folder.appending(path: "\(number).png"))
        }
        var recipe = TinyRun.recipe(images: images)
        var rules = PictureRules()
        (rules.crop, rules.flip) = (.random, 0.5)
        recipe.data.sources = [DataSource(.folder(.init(path: folder.path, rules: rules)))]
        recipe.data.buckets = BucketPlan(minimum: 8, maximum: 24, step: 4)
        return recipe
    }

    private func train(_ recipe: TrainingRecipe, _ run: URL) throws -> [String] {
        var notes: [String] = []
        try Trainer(recipe, run: run, vocabulary: TinyRun.vocabulary()).run {
            false
        } onEvent: {
            if case .note(let text) = $0 { notes.append(text) }
        }
        return notes
    }

    @Test func theWeightsAreThoseWithoutCache() throws {
        let (plain, cached) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [plain, cached].forEach(TinyRun.remove) }
        var recipe = try recipe(beside: plain)
        #expect(try train(recipe, plain).isEmpty)
        let cache = cached.deletingLastPathComponent().appending(path: "cache")
        recipe.data.cache = cache.path
        // The first part fills the cache, the rest finds it; the recipe may change it.
        var short = recipe
        short.totalImages = 8
        #expect(try train(short, cached).isEmpty)
        let file = cache.appending(path: "records-0")
        let size = try Data(contentsOf: file).count
        #expect(size > 3 * 16 * 16 * 3)

        try FileManager.default.removeItem(at: cached)
        #expect(try train(recipe, cached).isEmpty)
        #expect(try TinyRun.state(of: cached, imagesSeen: 24) == TinyRun.state(of: plain, imagesSeen: 24))
        let models = try [plain, cached].map { try Data(contentsOf: $0.appending(path: "model.safetensors")) }
        #expect(models[0] == models[1])

        // Every byte of the content damaged: told, and the same weights again.
        var bytes = try Data(contentsOf: file)
        for place in stride(from: 16 + 32 + 40, to: bytes.count, by: 100) { bytes[place] ^= 0xFF }
        try bytes.write(to: file)
        try FileManager.default.removeItem(at: cached)
        let notes = try train(recipe, cached)
        #expect(notes.contains { $0.contains("damaged") })
        #expect(try TinyRun.state(of: cached, imagesSeen: 24) == TinyRun.state(of: plain, imagesSeen: 24))
    }

    @Test func aTrialKnowsWhatTheCacheWillTake() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = try recipe(beside: run, images: 8)
        recipe.data.buckets = nil
        if case .folder(var folder) = recipe.data.sources[0].kind {
            folder.rules.crop = .center
            recipe.data.sources[0].kind = .folder(folder)
        }
        let vocabulary = try TinyRun.vocabulary()
        #expect(try TrainingTrial(recipe, vocabulary: vocabulary).cacheBytes == nil)
        let cache = run.deletingLastPathComponent().appending(path: "cache")
        recipe.data.cache = cache.path
        let expected = try #require(try TrainingTrial(recipe, vocabulary: vocabulary).cacheBytes)
        #expect(!FileManager.default.fileExists(atPath: cache.path))
        _ = try train(recipe, run)
        // The file's own head is 16 bytes.
        #expect(try Data(contentsOf: cache.appending(path: "records-0")).count == 16 + expected)
    }

    @Test func aRunMayGetACacheLater() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = try recipe(beside: run, images: 8)
        _ = try train(recipe, run)
        recipe.totalImages = 16
        recipe.data.cache = run.deletingLastPathComponent().appending(path: "cache").path
        _ = try train(recipe, run)
        #expect(FileManager.default.fileExists(atPath: recipe.data.cache ?? ""))
        recipe.data.buckets = nil
        #expect(throws: TrainingError.self) { try train(recipe, run) }
    }
}
