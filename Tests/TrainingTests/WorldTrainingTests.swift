import Datasets
import Foundation
import Images
import Recipes
import Testing

@testable import Training

@Suite struct WorldTrainingTests {
    private func recipe(_ data: String, images: Int = 24) throws -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images)
        recipe.data = try TrainingRecipe.decoded(from: #"{"data": \#(data)}"#).data
        return recipe
    }

    @Test func portraitsBecomeBatches() throws {
        let recipe = try recipe(#"{"resolution": 16, "world": {"name": "portraits", "objectWeight": 3}}"#)
        let batches = try TrainingBatches(recipe, tokenizer: TinyRun.vocabulary().tokenizer, tokens: 24)
        let batch = try batches.batch(.init(start: 5, count: 3, resolution: 16))
        let world = try WorldName.portraits.open(WorldOptions(seed: recipe.seed, resolution: 16))
        let paintings = try (5..<8).map { try world.painting(at: $0) }
        #expect(batch.pixels == paintings.flatMap(\.image.pixels))
        #expect(batch.pixelWeights == paintings.flatMap { $0.focus.map { 1 + 2 * $0 } })
        let captions = try (5..<8).map { try world.words(at: $0, variant: 0).caption }
        #expect(Set(captions).count == 3)
        #expect(
            batch.ids.count == 3 * 24
                && Set((0..<3).map { Array(batch.ids[$0 * 24..<$0 * 24 + 24]) }).count == 3)
    }

    @Test func aFiniteWorldIsSeenAgainInAnotherOrder() throws {
        let recipe = try recipe(#"{"resolution": 8, "world": {"name": "portraits", "count": 6}}"#)
        let batches = try TrainingBatches(recipe, tokenizer: TinyRun.vocabulary().tokenizer, tokens: 24)
        let epochs = try [0, 6].map { start -> [Data] in
            let pixels = try batches.batch(.init(start: start, count: 6, resolution: 8)).pixels
            return (0..<6).map { Data(pixels[$0 * 192..<($0 + 1) * 192]) }
        }
        #expect(Set(epochs[0]) == Set(epochs[1]) && Set(epochs[0]).count == 6)
        #expect(epochs[0] != epochs[1])
    }

    /// Scenes, whose captions are read, and portraits, whose captions nobody asks about.
    @Test func aMixtureOfWorldsBrokenOffEqualsUnbroken() throws {
        var recipe = try recipe(
            #"{"resolution": 16, "sources": [{"scenes": {}}, {"world": "portraits", "weight": 2}]}"#)
        recipe.captionReading = .init()
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        try TinyRun.expectGoesOnBitForBit(
            recipe, .words(vocabulary), whole: whole, broken: broken, stops: [3])
    }
}
