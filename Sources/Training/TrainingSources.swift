import Datasets
import Foundation
import Recipes

/// The opened sources of a recipe, of which some pictures may yet be left out before batches are made.
struct TrainingSources: Sendable {
    /// The recipe that names them.
    let recipe: TrainingRecipe
    /// The sources in the recipe's order.
    private(set) var all: [ExampleSource]
    /// Which source an example comes from.
    let mixture: SourceMixture
    private let decoded: PictureCache?

    /// Opens every source.
    ///
    /// `locate` says where a path of the recipe leads; `cache` is a folder for what is worth keeping of large sources, and
    /// `decoded` keeps pictures that have been decoded.
    /// - Throws: `DatasetError`, `PictureDataError` when a source of the recipe cannot be used.
    init(
        _ recipe: TrainingRecipe, locate: (String) -> URL = { URL(filePath: $0) }, cache: URL? = nil,
        decoded: PictureCache? = nil
    ) throws {
        all = try recipe.data.sources.enumerated().map { number, source in
            try ExampleSource(
                source, number: number, of: recipe, locate: locate, cache: cache, decoded: decoded)
        }
        mixture = SourceMixture(weights: recipe.data.sources.map(\.weight), seed: recipe.seed)
        (self.recipe, self.decoded) = (recipe, decoded)
    }

    /// The folders and shards with their places in the recipe and their shares of the examples.
    var pictures: [(number: Int, PictureExamples, share: Double)] {
        let total = Double(mixture.shares.reduce(0, +))
        return zip(all, mixture.shares).enumerated().compactMap { number, source in
            source.0.pictures.map { (number, $0, Double(source.1) / total) }
        }
    }

    /// What is known of the folders and shards before training, in the recipe's order.
    var inventory: [DataInventory.Source] {
        pictures.map { _, pictures, _ in
            DataInventory.Source(
                title: pictures.source.title, count: pictures.source.count,
                fingerprint: String(pictures.source.fingerprint, radix: 16))
        }
    }

    /// The search for pictures that look alike, under the recipe's rules.
    var nearDuplicateSearch: NearDuplicateSearch {
        NearDuplicateSearch(
            pictures.compactMap { number, pictures, _ in
                recipe.data.sources[number].rules.map {
                    (number, .init(pictures: pictures.source, rules: $0))
                }
            })
    }

    /// The same sources without some pictures of some of them.
    /// - Throws: `PictureDataError.allTwins` when nothing is left of a source.
    func leavingOut(_ leftOut: [Int: Set<Int>]) throws -> TrainingSources {
        var other = self
        for (number, indices) in leftOut {
            if let pictures = all[number].pictures {
                other.all[number] = .pictures(try pictures.leavingOut(indices))
            }
        }
        return other
    }

    /// Bytes that all pictures from files take decoded; what `random` crops keep beyond the size is not counted.
    var decodedBytes: Int {
        keptBytes(of: pictures.reduce(0) { $0 + $1.1.source.count }) {
            PictureCache.byteCount(width: $0, height: $0)
        }
    }

    /// Bytes that the kept latents of all pictures from files take, mirrored ones apart.
    ///
    /// `each` gives those of a square picture by its side in pixels. A `random` crop is another picture each time, which is not
    /// counted.
    func latentBytes(_ each: (Int) -> Int) -> Int {
        let count = pictures.reduce(0) { sum, source in
            let flip = recipe.data.sources[source.number].rules?.flip ?? 0
            return sum + source.1.source.count * (flip > 0 && flip < 1 ? 2 : 1)
        }
        return keptBytes(of: count, each)
    }

    /// Bytes that so many pictures take in each of the recipe's resolutions.
    private func keptBytes(of count: Int, _ each: (Int) -> Int) -> Int {
        Set([recipe.data.resolution] + recipe.stages.map(\.resolution)).reduce(0) { $0 + each($1) } * count
    }

    /// What happened to pictures since the last call: the broken ones, and what the cache has to say.
    func takeNews() -> [TrainingEvent] {
        let broken = pictures.flatMap { _, pictures, _ in
            pictures.takeNewlyBroken().map {
                TrainingEvent.brokenPicture(
                    source: pictures.source.title, name: $0.name, reason: $0.reason)
            }
        }
        return broken + (decoded?.takeNotes() ?? []).map { .note(text: $0) }
    }
}
