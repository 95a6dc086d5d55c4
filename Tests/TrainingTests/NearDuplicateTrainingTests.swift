import Foundation
import Images
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Datasets
@testable import Training

/// Pictures that look alike are found before training, and left out where the recipe says so.
@Suite(.serialized) struct NearDuplicateTrainingTests {
    /// Soft patches that no other seed has.
    private func patches(_ seed: UInt64, side: Int = 48) throws -> Image {
        var random = SplitMix(seed)
        let pixels = (0..<8 * 8 * 3).map { _ in UInt8(30 + random.below(200)) }
        return try Image(width: 8, height: 8, channels: 3, pixels: pixels)
            .resized(width: side, height: side, method: .bicubic)
    }

    /// Five different pictures and two smaller copies of the first: `c.png` in this folder, `twin.png` in another.
    private func sources(beside run: URL) throws -> [URL] {
        let folders = ["photos", "more"].map {
            run.deletingLastPathComponent().appending(path: $0, directoryHint: .isDirectory)
        }
        for folder in folders {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        for (number, name) in ["a", "b", "d", "e"].enumerated() {
            try patches(UInt64(number + 1)).pngData().write(to: folders[0].appending(path: name + ".png"))
        }
        try patches(1, side: 32).pngData().write(to: folders[0].appending(path: "c.png"))
        try patches(1, side: 40).pngData().write(to: folders[1].appending(path: "twin.png"))
        try patches(9).pngData().write(to: folders[1].appending(path: "z.png"))
        return folders
    }

    private func recipe(_ folders: [URL], _ rules: NearDuplicateRule...) -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: 16)
        recipe.data.sources = zip(folders, rules).map { folder, rule in
            var picture = PictureRules()
            picture.nearDuplicates = rule
            return DataSource(.folder(.init(path: folder.path, rules: picture)))
        }
        return recipe
    }

    private func search(_ recipe: TrainingRecipe) throws -> NearDuplicateSearch {
        try TrainingSources(recipe).nearDuplicateSearch
    }

    @Test func theRulesOfEachSourceDecide() throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let folders = try sources(beside: run)
        func place(_ source: Int, _ index: Int) -> NearDuplicateSearch.Place {
            .init(source: source, index: index)
        }
        let all = [place(0, 0), place(0, 2), place(1, 0)]
        let report = try search(recipe(folders, .report, .report)).findings()
        #expect(report.groups == [all] && report.leftOut.isEmpty && report.spare == 2)
        #expect(try search(recipe(folders, .skip, .report)).findings().leftOut == [0: [2]])
        #expect(try search(recipe(folders, .skip, .skip)).findings().leftOut == [0: [2], 1: [0]])
        #expect(try search(recipe(folders, .ignore, .skip)).findings().groups.isEmpty)
        #expect(try search(recipe(folders, .ignore, .ignore)).isEmpty)
        #expect(
            throws: PictureDataError.nearDuplicates(
                source: folders[1].path, name: "twin.png", twin: "\(folders[0].path): a.png", count: 2)
        ) { try search(recipe(folders, .report, .error)).findings() }
        #expect(throws: CancellationError.self) {
            try search(recipe(folders, .report, .report)).findings(isCancelled: { true })
        }
    }

    /// A run that leaves pictures out tells so, goes on bit for bit, and looks once only.
    @Test func aBrokenOffRunGoesOnWithoutTheSamePictures() throws {
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        let recipe = recipe(try sources(beside: whole), .skip, .skip)
        let vocabulary = try TinyRun.vocabulary()
        var events: [TrainingEvent] = []
        try Trainer(recipe, run: whole, vocabulary: vocabulary).run(onEvent: { events.append($0) })
        let told = events.filter { if case .nearDuplicates = $0 { true } else { false } }
        let path = recipe.data.sources.compactMap {
            if case .folder(let folder) = $0.kind { folder.path } else { nil }
        }
        #expect(
            told == [
                .nearDuplicates(
                    groups: 1, spare: 2, skipped: 2, pairs: [["\(path[0]): a.png", "\(path[0]): c.png"]])
            ])
        let line = try #require(told.first).json()
        #expect(try TrainingEvent(json: line) == told[0])
        let log = try String(contentsOf: whole.appending(path: "events.jsonl"), encoding: .utf8)
        #expect(log.contains(line))

        // Twice while looking, then after each update.
        try TinyRun.interrupt(recipe, .words(vocabulary), run: broken, stops: [4])
        let kept = broken.appending(path: "data")
        let looks = try FileManager.default.contentsOfDirectory(atPath: kept.path)
        #expect(looks.count == 2 && looks.allSatisfy { $0.hasSuffix(".looks") })
        var done = 0
        let again = try TrainingSources(recipe).nearDuplicateSearch.findings(
            cache: kept, onProgress: { _, _ in done += 1 })
        #expect(done == 0 && again.leftOut == [0: [2], 1: [0]])
        try Trainer(recipe, run: broken, vocabulary: vocabulary).run()
        #expect(
            try TinyRun.state(of: broken, imagesSeen: 16) == TinyRun.state(of: whole, imagesSeen: 16))
    }

    /// What one run saw, another that keeps decoded pictures in the same folder need not look at.
    @Test func runsWithOneCacheLookOnce() throws {
        let (run, other) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [run, other].forEach(TinyRun.remove) }
        var recipe = recipe(try sources(beside: run), .skip, .skip)
        let cache = run.deletingLastPathComponent().appending(path: "kept")
        recipe.data.cache = cache.path
        let vocabulary = try TinyRun.vocabulary()
        try Trainer(recipe, run: run, vocabulary: vocabulary).run()
        func looks(_ folder: URL) -> [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
                .filter { $0.hasSuffix(".looks") }.sorted()
        }
        #expect(looks(cache).count == 2 && looks(cache) == looks(run.appending(path: "data")))
        try Trainer(recipe, run: other, vocabulary: vocabulary).run()
        #expect(looks(other.appending(path: "data")).isEmpty)
        #expect(try TinyRun.state(of: other, imagesSeen: 16) == TinyRun.state(of: run, imagesSeen: 16))
    }

    /// Ranks that look at a part each find what one finds.
    @Test func ranksShareTheLooking() async throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let recipe = recipe(try sources(beside: run), .skip, .skip)
        let expected = try search(recipe).findings()
        let cache = run.appending(path: "data")
        for _ in 0..<2 {
            let found = try await together(localRanks(2)) { place in
                let search = try TrainingSources(recipe).nearDuplicateSearch
                let group = try ProcessGroup(place)
                defer { group.leave() }
                return try search.findings(ranks: Ranks(group), cache: place.rank == 0 ? cache : nil)
            }
            #expect(try found.map { try $0.get() } == [expected, expected])
        }
    }
}
