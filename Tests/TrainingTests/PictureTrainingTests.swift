import Datasets
import Foundation
import Images
import Recipes
import Tensors
import Testing

@testable import Training

/// Training from a folder, from tar files and from mixtures.
@Suite(.serialized) struct PictureTrainingTests {
    /// A folder of six pictures of different sizes; one is broken, one has no words.
    private func photos(beside run: URL) throws -> URL {
        let folder = run.deletingLastPathComponent().appending(path: "photos", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 0..<6 {
            let image = try Image(
                width: 20 + 3 * number, height: 30 - 2 * number, fill: (UInt8(40 * number), 90, 200))
            let bytes = number == 3 ? try image.pngData().prefix(40) : try image.pngData()
            try Data(bytes).write(to: folder.appending(path: "\(number).png"))
            if number != 5 {
                try Data("number \(number) on the left".utf8).write(
                    to: folder.appending(path: "\(number).txt"))
            }
        }
        return folder
    }

    private func recipe(_ folder: URL, images: Int = 24) throws -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: images)
        var rules = PictureRules()
        (rules.crop, rules.flip) = (.random, 0.5)
        recipe.data.sources = [
            DataSource(.folder(.init(path: folder.path, rules: rules)), weight: 3),
            DataSource(.scenes(SceneData()), weight: 1),
        ]
        return recipe
    }

    @Test func aBrokenOffRunOnPicturesGoesOnBitForBit() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let vocabulary = try TinyRun.vocabulary()
        let recipe = try recipe(photos(beside: whole))
        var events: [TrainingEvent] = []
        try TinyRun.expectGoesOnBitForBit(
            recipe, .words(vocabulary), whole: whole, broken: broken, stops: [1, 3]
        ) { events.append($0) }

        let summaries = events.filter { if case .data = $0 { true } else { false } }
        #expect(
            summaries == [
                .data(
                    source: try #require(folderPath(recipe)), examples: 6, share: 0.75,
                    notes: ["1 without caption"])
            ])
        let broke = events.compactMap { if case .brokenPicture(_, let name, _) = $0 { name } else { nil } }
        #expect(broke == ["3.png"])
    }

    private func folderPath(_ recipe: TrainingRecipe) -> String? {
        if case .folder(let folder) = recipe.data.sources[0].kind { folder.path } else { nil }
    }

    @Test func changedPicturesAreNoticed() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let vocabulary = try TinyRun.vocabulary()
        let folder = try photos(beside: run)
        let recipe = try recipe(folder, images: 8)
        try Trainer(recipe, run: run, vocabulary: vocabulary).run()
        try FileManager.default.removeItem(at: folder.appending(path: "0.png"))
        let longer = try self.recipe(folder, images: 16)
        do {
            try Trainer(longer, run: run, vocabulary: vocabulary).run()
            Issue.record("went on with other pictures")
        } catch let error as TrainingError {
            #expect(error == .dataChanged(run: run, source: folder.path, before: 6, now: 5))
            #expect(error.summary.contains("6 pictures") && error.advice.count == 2)
        }
        try FileManager.default.removeItem(at: run.appending(path: "data.json"))
        try Trainer(longer, run: run, vocabulary: vocabulary).run()
    }

    @Test func batchesOfAMixtureDependOnTheirPlaceOnly() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        var recipe = try recipe(photos(beside: run))
        recipe.data.scenes?.objectWeight = 3
        recipe.captionReading = CaptionReading()
        let vocabulary = try TinyRun.vocabulary()
        func batches() throws -> TrainingBatches {
            try TrainingBatches(recipe, tokenizer: vocabulary.tokenizer, tokens: 24)
        }
        let whole = try batches().batch(.init(start: 0, count: 16, resolution: 16))
        let part = try batches().batch(.init(start: 10, count: 6, resolution: 16))
        #expect(Array(whole.pixels.suffix(part.pixels.count)) == part.pixels)
        #expect(Array(whole.ids.suffix(part.ids.count)) == part.ids)
        let (labels, weights) = (try #require(whole.labels), try #require(whole.pixelWeights))
        #expect(labels.count == 16 * SceneLabels.questions.count && weights.count == 16 * 16 * 16)
        // Pictures have no labels and equal weights, scenes have both.
        let places = SourceMixture(weights: [3, 1], seed: recipe.seed).places(0..<16)
        #expect(Set(places.map(\.source)) == [0, 1])
        for (number, place) in places.enumerated() {
            let row = labels[
                number * SceneLabels.questions.count..<(number + 1) * SceneLabels.questions.count]
            #expect(row.allSatisfy { $0 == -1 } == (place.source == 0))
            if place.source == 0 {
                #expect(weights[number * 256..<(number + 1) * 256].allSatisfy { $0 == 1 })
            }
        }
        let captions = try batches().batch(.init(start: 0, count: 4, resolution: 16, captionsOnly: true))
        #expect(captions.isCaptionsOnly && captions.pixelWeights == nil)
    }

    @Test func tarFilesTrainToo() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let shard = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "DatasetsTests/Fixtures/pax.tar")
        var recipe = TinyRun.recipe(images: 8)
        recipe.data.sources = [DataSource(.shards(.init(files: ["here.tar"])))]
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(recipe, run: run, vocabulary: vocabulary, locate: { _ in shard }).run()
        let kept = try FileManager.default.contentsOfDirectory(atPath: run.appending(path: "data").path)
        #expect(kept.count == 2 && kept.contains { $0.hasSuffix(".shard") })
        recipe.data.sources = [DataSource(.folder(.init(path: "/nowhere/at/all")))]
        let other = try TinyRun.folder("other")
        defer { TinyRun.remove(other) }
        #expect(throws: PictureDataError.self) {
            try Trainer(recipe, run: other, vocabulary: vocabulary).run()
        }
    }
}
