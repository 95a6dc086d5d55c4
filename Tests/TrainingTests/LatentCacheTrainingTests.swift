import Datasets
import Foundation
import Images
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Training

/// Adapters trained with kept latents, beside the tiny Stable Diffusion models of the reference.
@Suite(.serialized) struct LatentCacheTrainingTests {
    private static let models = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures").standardizedFileURL
    private let folder: TemporaryFolder
    init() throws {
        folder = try TemporaryFolder()
        let photos = folder.appending("photos")
        try FileManager.default.createDirectory(at: photos, withIntermediateDirectories: true)
        for number in 0..<3 {
            let (width, height) = (40 + 8 * number, 36)
            // A ramp, so that a mirrored picture is another one.
            let pixels = (0..<width * height * 3).map { UInt8(($0 / 3 % width * 3 + 40 * number) % 256) }
            try Image(width: width, height: height, channels: 3, pixels: pixels).pngData()
                .write(to: photos.appending(path: "\(number).png"))
        }
    }

    private func base(_ family: String = "sd1") throws -> AdapterBase {
        try AdapterBase(opening: Self.models.appending(path: family))
    }

    private func recipe(_ base: AdapterBase, cache: URL? = nil, images: Int = 16) throws -> TrainingRecipe {
        var data =
            "\"resolution\": 32, \"folder\": {\"path\": \"\(folder.appending("photos").path)\", \"flip\": 0.5}"
        if let cache { data += ", \"latentCache\": \"\(cache.path)\"" }
        return try base.completed(
            TrainingRecipe.decoded(
                from: """
                    {"name": "tiny", "seed": 5, "data": {\(data)}, "batchSize": 4, "totalImages": \(images),
                     "learningRate": {"peak": 0.03, "warmupImages": 4}, "checkpointEveryImages": 4,
                     "precision": "fp32", "samples": {"everyImages": 0},
                     "initialWeights": "\(base.url.path)", "adapter": {"rank": 2}}
                    """))
    }

    private func train(_ recipe: TrainingRecipe, _ base: AdapterBase, _ run: URL) throws -> [String] {
        var notes: [String] = []
        try Trainer(recipe, run: run, origin: .base(base)).run(onEvent: {
            if case .note(let text) = $0 { notes.append(text) }
        })
        return notes
    }

    @Test func theWeightsAreThoseWithoutCache() throws {
        let (base, cache) = (try base(), folder.appending("kept"))
        let plain = folder.appending("plain")
        #expect(try train(recipe(base), base, plain).isEmpty)
        let expected = try TinyRun.state(of: plain, imagesSeen: 16)

        // Filled in three parts, two of them broken off; the resumed run begins with what the first ones kept.
        let (cached, broken) = (folder.appending("cached"), folder.appending("broken"))
        let kept = try recipe(base, cache: cache)
        try TinyRun.interrupt(kept, .base(base), run: broken, stops: [2, 2])
        let some = try LatentCache(cache).count
        #expect((2...6).contains(some))
        #expect(try train(kept, base, broken).isEmpty)
        #expect(try TinyRun.state(of: broken, imagesSeen: 16) == expected)
        // Three pictures and their mirror images, however often they are shown.
        let all = try LatentCache(cache).count
        #expect((some...6).contains(all))

        // Another run finds all of them.
        let file = cache.appending(path: "records-0")
        let size = try Data(contentsOf: file).count
        #expect(size == 16 + all * LatentCache.byteCount(channels: 4, width: 8, height: 8))
        #expect(try train(kept, base, cached).isEmpty)
        #expect(try TinyRun.state(of: cached, imagesSeen: 16) == expected)
        #expect(try Data(contentsOf: file).count == size)

        // A number of each record damaged: told, and the same weights again.
        var bytes = try Data(contentsOf: file)
        for place in stride(from: 16 + 200, to: size, by: (size - 16) / all) { bytes[place] ^= 0xFF }
        try bytes.write(to: file)
        try FileManager.default.removeItem(at: cached)
        #expect(try train(kept, base, cached).contains { $0.contains("damaged") })
        #expect(try TinyRun.state(of: cached, imagesSeen: 16) == expected)
        let again = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: cached)
        #expect(try train(kept, base, cached).isEmpty)
        #expect(try Data(contentsOf: file) == again)
    }

    /// A run may get the cache when it goes on.
    @Test func aRunMayGetACacheLater() throws {
        let (base, run) = (try base(), folder.appending("run"))
        try TinyRun.interrupt(recipe(base), .base(base), run: run, stops: [2])
        let cache = folder.appending("kept")
        #expect(try train(recipe(base, cache: cache), base, run).isEmpty)
        #expect(try LatentCache(cache).count > 0)
    }

    @Test func aTrialKnowsWhatTheCacheWillTake() throws {
        let base = try base()
        let cache = folder.appending("kept")
        #expect(try TrainingTrial(recipe(base), origin: .base(base)).latentCacheBytes == nil)
        let trial = try TrainingTrial(recipe(base, cache: cache), origin: .base(base))
        // Three pictures, each both ways.
        #expect(
            trial.latentCacheBytes == 6 * LatentCache.byteCount(channels: 4, width: 8, height: 8)
                && trial.cacheBytes == nil)
        #expect(!FileManager.default.fileExists(atPath: cache.path))
    }

    private func batch(_ recipe: TrainingRecipe, _ base: AdapterBase, start: Int) throws -> HostBatch {
        try TrainingBatches(recipe, captions: CaptionTokens(base.clipTokenizers()))
            .batch(.init(start: start, count: 4, resolution: 32))
    }

    /// Each showing draws a latent of its own, and what is kept of one autoencoder is not another's.
    @Test func theKeyHoldsWhatDecides() throws {
        let (one, other) = (try base(), try base("sd2-v"))
        let cache = try LatentCache(folder.appending("kept"))
        let pictures = try batch(recipe(one), one, start: 0)
        func latents(_ base: AdapterBase, _ cache: LatentCache?, _ batch: HostBatch) throws -> Tensor {
            try LatentEncoder(base.url, seed: 5, cache: cache, device: .cpu).latents(of: batch)
        }
        let plain = try latents(one, nil, pictures)
        #expect(try latents(one, cache, pictures).bytes() == plain.bytes())
        let count = cache.count
        #expect((1...4).contains(count))
        #expect(try latents(one, cache, pictures).bytes() == plain.bytes() && cache.count == count)
        // The same pictures at another place of the order: other noise, no other record.
        let later = HostBatch(
            start: 100, count: 4, resolution: 32, pixels: pictures.pixels, pixelWeights: nil,
            ids: pictures.ids, labels: nil)
        #expect(try latents(one, cache, later).bytes() == latents(one, nil, later).bytes())
        #expect(try latents(one, cache, later).bytes() != plain.bytes() && cache.count == count)
        #expect(try latents(other, cache, pictures).bytes() == latents(other, nil, pictures).bytes())
        #expect(cache.count == 2 * count)
        // One pixel decides.
        var pixels = pictures.pixels
        pixels[0] ^= 1
        let changed = HostBatch(
            start: 0, count: 4, resolution: 32, pixels: pixels, pixelWeights: nil, ids: pictures.ids,
            labels: nil)
        #expect(try latents(one, cache, changed).bytes() == latents(one, nil, changed).bytes())
        #expect(cache.count == 2 * count + 1)
    }
}
