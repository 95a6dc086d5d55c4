import Datasets
import Foundation
import Images
import Layers
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Training

/// Training on pictures of several shapes.
@Suite(.serialized) struct BucketTrainingTests {
    /// Seven pictures: three squares, two wide, two tall, one of the tall ones broken in its pixels.
    private func photos(beside run: URL) throws -> URL {
        let folder = run.deletingLastPathComponent().appending(path: "photos", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let sizes = [(20, 20), (32, 30), (18, 18), (40, 24), (60, 36), (24, 40), (36, 60)]
        for (number, size) in sizes.enumerated() {
            let image = try Image(width: size.0, height: size.1, fill: (UInt8(10 * number), 90, 200))
            let bytes = try image.pngData()
            try Data(number == 6 ? bytes.prefix(60) : bytes).write(
                to: folder.appending(path: "\(number).png"))
            try Data("number \(number) on the left".utf8).write(to: folder.appending(path: "\(number).txt"))
        }
        return folder
    }

    private func recipe(_ folder: URL, images: Int = 30, scenes: Double? = nil) throws -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images)
        recipe.model = .unet(
            .init(
                channels: [16, 32], blocks: [1, 1], attention: [.text, .full], heads: 2, text: .tiny,
                positions: true))
        recipe.data.buckets = BucketPlan(minimum: 8, maximum: 24, step: 4)
        var rules = PictureRules()
        (rules.crop, rules.flip) = (.random, 0.5)
        recipe.data.sources = [DataSource(.folder(.init(path: folder.path, rules: rules)))]
        if let scenes { recipe.data.sources.append(DataSource(.scenes(SceneData()), weight: scenes)) }
        // Read back, so that the checks of a recipe are passed.
        return try TrainingRecipe.decoded(from: recipe.json())
    }

    private func batches(_ recipe: TrainingRecipe) throws -> TrainingBatches {
        try TrainingBatches(recipe, tokenizer: TinyRun.vocabulary().tokenizer, tokens: 24)
    }

    private func orders(_ recipe: TrainingRecipe) -> [BatchLoader.Order] {
        var orders: [BatchLoader.Order] = []
        while let order = Trainer.order(recipe, from: orders.last.map { $0.start + $0.count } ?? 0) {
            orders.append(order)
        }
        return orders
    }

    @Test func aBatchHasOneShapeAndNoPictureIsLost() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let recipe = try recipe(photos(beside: run), images: 280)
        let batches = try batches(recipe)
        var seen: [UInt8: Int] = [:]
        var shapes: [String: Int] = [:]
        for order in orders(recipe) {
            let batch = try batches.batch(order)
            #expect(batch.pixels.count == batch.count * batch.width * batch.height * 3)
            #expect(try batch.samples().shape == [batch.count, 3, batch.height, batch.width])
            shapes["\(batch.width)x\(batch.height)", default: 0] += batch.count
            for picture in 0..<batch.count {
                seen[batch.pixels[picture * batch.width * batch.height * 3], default: 0] += 1
            }
        }
        // Forty epochs of seven; the broken one's turns go to its neighbour.
        #expect(shapes.keys.sorted() == ["12x20", "16x16", "20x12"])
        #expect(seen.keys.sorted() == [0, 10, 20, 30, 40, 50])
        for (red, count) in seen { #expect(abs(count - (red == 50 ? 80 : 40)) <= 4, "\(red): \(count)") }
    }

    @Test func partsOfRanksMakeTheWholeBatch() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = try recipe(photos(beside: run), scenes: 1)
        recipe.accumulate = 2
        recipe.stages = [
            .init(untilImages: 10, resolution: 16, batchSize: 3), .init(untilImages: 30, resolution: 8),
        ]
        let (batches, others) = (try batches(recipe), try self.batches(recipe))
        for order in orders(recipe).reversed() {
            let whole = try batches.batch(order)
            let parts = try (0..<3).map {
                try others.batch(Ranks.Part(rank: $0, count: 3).of(order))
            }
            #expect(parts.flatMap(\.pixels) == whole.pixels && parts.flatMap(\.ids) == whole.ids)
            for part in parts where part.count > 0 {
                #expect(part.width == whole.width && part.height == whole.height)
            }
            // At half the resolution the sides are half, in multiples of what the network takes.
            if order.start >= 10 {
                #expect([whole.width, whole.height].allSatisfy { [4, 8, 12].contains($0) })
            }
        }
    }

    @Test func aBrokenOffRunGoesOnBitForBit() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        let recipe = try recipe(photos(beside: whole), scenes: 0.5)
        var events: [TrainingEvent] = []
        try TinyRun.expectGoesOnBitForBit(
            recipe, .words(vocabulary), whole: whole, broken: broken, stops: [1, 3]
        ) { events.append($0) }
        let notes = events.compactMap { if case .data(_, _, _, let notes) = $0 { notes } else { nil } }
        #expect(notes == [["16 × 16: 3, 12 × 20: 2, 20 × 12: 2"]])
    }

    /// The rounding of sums may differ: 1/1000 of the way travelled.
    @Test func twoRanksGiveTheWeightsOfOne() async throws {
        let (one, two) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [one, two].forEach(TinyRun.remove) }
        var made = try recipe(photos(beside: one), images: 22, scenes: 0.5)
        made.precision = .fp32
        made.data.cache = one.deletingLastPathComponent().appending(path: "cache").path
        let recipe = made
        try Trainer(recipe, run: one, vocabulary: TinyRun.vocabulary()).run()
        let results = try await together(localRanks(2)) { place in
            let folder = place.rank == 0 ? two : two.appending(path: "nobody-writes-here")
            try Trainer(
                recipe, run: folder, vocabulary: TinyRun.vocabulary(), ranks: Ranks(ProcessGroup(place))
            ).run()
        }
        for result in results { try result.get() }
        func weights(_ run: URL?) throws -> [Float] {
            let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
            if let run {
                try session.restore(from: run.appending(path: "checkpoints/000000022"))
            }
            return try session.store.tensors.flatMap { try $0.values(as: Float.self) }
        }
        let (start, expected, found) = (try weights(nil), try weights(one), try weights(two))
        func length(_ a: [Float], _ b: [Float]) -> Float {
            zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        }
        #expect(length(expected, start) > 0.1)
        #expect(length(found, expected) < 1e-3 * length(expected, start))
    }
}
