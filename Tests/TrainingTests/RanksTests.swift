import Foundation
import Layers
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Training

/// Several ranks on threads of one process give what one gives; CLITests has them in processes.
@Suite(.serialized) struct RanksTests {
    @Test func partsAreNeighboursAndCoverTheBatch() {
        for (whole, count) in [(32, 4), (7, 3), (2, 5), (0, 2), (1, 1)] {
            let ranges = (0..<count).map { Ranks.Part(rank: $0, count: count).range(of: whole) }
            #expect(ranges.flatMap { Array($0) } == Array(0..<whole))
            #expect(ranges.allSatisfy { $0.count == whole / count || $0.count == whole / count + 1 })
        }
        let part = Ranks.Part(rank: 1, count: 2)
            .of(.init(start: 100, count: 5, resolution: 16, captionsOnly: true))
        #expect(part == .init(start: 102, count: 3, resolution: 16, captionsOnly: true))
    }

    /// Trains a recipe with so many ranks; the first writes into `run`.
    private func train(
        _ recipe: TrainingRecipe, ranks count: Int, in run: URL,
        isCancelled: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) async throws {
        let results = try await together(localRanks(count)) { place in
            let vocabulary = try TinyRun.vocabulary()
            let folder = place.rank == 0 ? run : run.appending(path: "nobody-writes-here")
            let trainer = try Trainer(
                recipe, run: folder, vocabulary: vocabulary, ranks: Ranks(ProcessGroup(place)))
            try trainer.run(isCancelled: { isCancelled(place.rank) })
            #expect(!FileManager.default.fileExists(atPath: folder.path) || place.rank == 0)
        }
        for result in results { try result.get() }
    }

    /// Parameters at the start and in the last checkpoint, as one row of numbers.
    private func weights(_ recipe: TrainingRecipe, _ run: URL) throws -> (first: [Float], last: [Float]) {
        let session = try TrainingSession(recipe, vectors: TinyRun.vocabulary().vectors)
        func row() throws -> [Float] { try session.store.tensors.flatMap { try $0.values(as: Float.self) } }
        let first = try row()
        try session.restore(
            from: run.appending(path: "checkpoints/" + String(format: "%09d", recipe.totalImages)))
        return (first, try row())
    }
    private func length(_ row: some Sequence<Float>) -> Double {
        row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// Pixel weights, captions read, a stage of captions, a last batch of two pictures for three ranks.
    private static func recipe() -> TrainingRecipe {
        var recipe = TinyRun.recipe(images: 42, precision: .fp32)
        recipe.captionReading = .init()
        recipe.data.scenes?.objectWeight = 3
        recipe.stages = [
            .init(untilImages: 8, resolution: 16, captionsOnly: true), .init(untilImages: 42, resolution: 16),
        ]
        return recipe
    }

    /// The rounding of sums may differ, and AdamW magnifies it where gradients are small: 1/1000 of the way travelled.
    @Test(arguments: [2, 3]) func severalRanksGiveTheWeightsOfOne(count: Int) async throws {
        let recipe = Self.recipe()
        let (one, several) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [one, several].forEach(TinyRun.remove) }
        try Trainer(recipe, run: one, vocabulary: TinyRun.vocabulary()).run()
        try await train(recipe, ranks: count, in: several)
        let (start, expected) = try weights(recipe, one)
        let found = try weights(recipe, several).last
        let way = length(zip(expected, start).map { $0 - $1 })
        let apart = length(zip(found, expected).map { $0 - $1 })
        #expect(way > 0.1 && apart < 1e-3 * way, "\(apart) apart after a way of \(way)")

        let events = try String(contentsOf: several.appending(path: "events.jsonl"), encoding: .utf8)
            .split(separator: "\n").map { try TrainingEvent(json: String($0)) }
        let shares = events.compactMap {
            if case .progress(let progress) = $0 { progress.exchangeShare } else { nil }
        }
        #expect(!shares.isEmpty && shares.allSatisfy { (0...1).contains($0) }, "\(shares)")
    }

    /// Asked to stop at any rank, all stop, and another number of ranks goes on to the same weights.
    @Test func anotherNumberOfRanksGoesOn() async throws {
        let recipe = Self.recipe()
        let (whole, broken) = (try TinyRun.folder(), try TinyRun.folder())
        defer { [whole, broken].forEach(TinyRun.remove) }
        try Trainer(recipe, run: whole, vocabulary: TinyRun.vocabulary()).run()
        for count in [2, 3] {
            await #expect(throws: CancellationError.self) {
                try await train(recipe, ranks: count, in: broken, isCancelled: { $0 == 1 })
            }
        }
        let resumed = RunFolderProbe.imagesSeen(in: broken)
        #expect(resumed == 8)
        try Trainer(recipe, run: broken, vocabulary: TinyRun.vocabulary()).run()
        let (start, expected) = try weights(recipe, whole)
        let found = try weights(recipe, broken).last
        let way = length(zip(expected, start).map { $0 - $1 })
        #expect(length(zip(found, expected).map { $0 - $1 }) < 1e-3 * way)
    }

    @Test func anotherRecipeIsRefused() async throws {
        let run = try TinyRun.folder()
        defer { TinyRun.remove(run) }
        let found = try await together(localRanks(2)) { place in
            var recipe = TinyRun.recipe()
            recipe.batchSize = 4 + place.rank
            let group = try ProcessGroup(place)
            defer { group.leave() }
            try Ranks(group).check(recipe)
        }
        #expect(throws: Never.self) { try found[0].get() }
        #expect(throws: TrainingError.ranksDiffer(rank: 1, key: "batchSize", first: "4", found: "5")) {
            try found[1].get()
        }
    }

    @Test func theErrorSaysWhatAndWhatToDo() {
        let error = TrainingError.ranksDiffer(rank: 1, key: "seed", first: "2", found: "3")
        #expect(error.summary.contains("Rank 1") && error.summary.contains("`seed` is 3 here and 2 there"))
        #expect(error.advice.contains { $0.contains("same recipe") })
    }
}

private enum RunFolderProbe {
    /// The images seen of the latest checkpoint.
    static func imagesSeen(in run: URL) -> Int? {
        (try? FileManager.default.contentsOfDirectory(atPath: run.appending(path: "checkpoints").path))?
            .compactMap { Int($0) }.max()
    }
}
