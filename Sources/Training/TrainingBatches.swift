import Datasets
import Foundation
import Images
import Recipes
import Tensors
import Tokenizers

/// Makes batches out of the sources of a recipe, by place in the order only.
struct TrainingBatches: Sendable {
    private var sources: [ExampleSource]
    private let mixture: SourceMixture
    private var buckets: ExampleBuckets?
    private let decoded: PictureCache?
    private let recipe: TrainingRecipe
    private let captions: CaptionTokens
    private let questions: CaptionQuestions?
    private let weighsPixels: Bool
    private let hasPictures: Bool

    /// Opens every source.
    ///
    /// `locate` says where a path of the recipe leads; `cache` is a folder for what is worth keeping of large sources, and
    /// `decoded` keeps pictures that have been decoded.
    /// - Throws: `DatasetError`, `PictureDataError` when a source of the recipe cannot be used.
    init(
        _ recipe: TrainingRecipe, tokenizer: WordPieceTokenizer, tokens: Int,
        locate: (String) -> URL = { URL(filePath: $0) }, cache: URL? = nil, decoded: PictureCache? = nil
    ) throws {
        try self.init(
            recipe, captions: CaptionTokens(tokenizer, count: tokens), locate: locate, cache: cache,
            decoded: decoded)
    }

    /// The same with captions read in any way.
    init(
        _ recipe: TrainingRecipe, captions: CaptionTokens,
        locate: (String) -> URL = { URL(filePath: $0) }, cache: URL? = nil, decoded: PictureCache? = nil
    ) throws {
        let sources = try recipe.data.sources.enumerated().map { number, source in
            try ExampleSource(
                source, number: number, of: recipe, locate: locate, cache: cache, decoded: decoded)
        }
        self.decoded = decoded
        self.sources = sources
        mixture = SourceMixture(weights: recipe.data.sources.map(\.weight), seed: recipe.seed)
        (self.captions, self.recipe) = (captions, recipe)
        buckets = try recipe.data.buckets.map { try ExampleBuckets(sources, plan: $0, of: recipe) }
        questions = recipe.captionReading.map { _ in CaptionQuestions(recipe.data) }
        weighsPixels = sources.contains(where: \.weighsPixels)
        hasPictures = sources.contains { $0.pictures != nil }
    }

    /// The batch at a place in the order; with buckets all its pictures have one size.
    /// - Throws: what making its first bad example threw.
    func batch(_ request: BatchLoader.Order) throws -> HostBatch {
        let (size, places) = deal(request)
        @Sendable func example(_ number: Int) throws -> TrainingExample {
            try places[number].source.example(
                at: places[number].place, size, captionsOnly: request.captionsOnly)
        }
        // Decoding is worth all processors; scenes leave them to the training beside.
        let examples =
            try hasPictures
            ? ParallelMap.results(places.count) { try example($0) } : places.indices.map { try example($0) }
        let plain = [Float](repeating: 1, count: size.width * size.height)
        var pixels: [UInt8] = []
        var (ids, labels): ([Int64], [Int64]) = ([], [])
        var weights: [Float] = []
        if !request.captionsOnly { pixels.reserveCapacity(request.count * plain.count * 3) }
        for example in examples {
            ids += captions.ids(example.caption)
            if let questions { labels += questions.answers(example.labels, of: example.world) }
            if request.captionsOnly { continue }
            pixels += example.pixels
            if weighsPixels { weights += example.weights ?? plain }
        }
        return HostBatch(
            start: request.start, count: request.count, width: size.width, height: size.height,
            pixels: pixels, pixelWeights: weighsPixels && !request.captionsOnly ? weights : nil, ids: ids,
            labels: questions.map { _ in labels })
    }

    /// The examples of a batch and the size of their pictures.
    private func deal(
        _ request: BatchLoader.Order
    ) -> (size: BucketPlan.Size, examples: [(source: ExampleSource, place: Int)]) {
        if let buckets { return buckets.deal(request) }
        let places = mixture.places(request.start..<(request.start + request.count))
        return (
            BucketPlan.Size(width: request.resolution, height: request.resolution),
            places.map { (sources[$0.source], $0.place) }
        )
    }

    /// Full captions with held-out combinations, as many of each world of the recipe, and what they show: to see how
    /// well captions are read.
    ///
    /// - Returns: nil when the recipe draws from no world.
    /// - Throws: `DatasetError` when the recipe asks for scenes that cannot be.
    static func heldOutCaptions(
        _ recipe: TrainingRecipe, count: Int, tokenizer: WordPieceTokenizer, tokens: Int
    ) throws -> HostBatch? {
        let resolution = recipe.data.resolution
        let questions = CaptionQuestions(recipe.data)
        var (ids, labels): ([Int64], [Int64]) = ([], [])
        for name in questions.worlds {
            let world: any PictureWorld
            if name == .scenes {
                guard let data = recipe.data.scenes else { continue }
                world = try SceneWorld(
                    SceneOptions(data, seed: recipe.seed, resolution: resolution), split: .heldout)
            } else {
                world = try name.open(
                    WorldOptions(seed: recipe.seed, resolution: resolution, split: .heldout))
            }
            for index in 0..<count {
                let words = try world.words(at: index, kind: .full)
                ids += tokenizer.encode(words.caption, limit: tokens, padding: true).ids.map(Int64.init)
                labels += questions.answers(words.labels, of: name)
            }
        }
        guard !ids.isEmpty else { return nil }
        return HostBatch(
            start: 0, count: ids.count / tokens, resolution: resolution, pixels: [], pixelWeights: nil,
            ids: ids, labels: labels)
    }
}

extension TrainingBatches {
    /// What is known of the folders and shards before training, in the recipe's order.
    var inventory: [DataInventory.Source] {
        pictures.map { _, pictures, _ in
            DataInventory.Source(
                title: pictures.source.title, count: pictures.source.count,
                fingerprint: String(pictures.source.fingerprint, radix: 16))
        }
    }

    /// A word about each folder and shard set.
    var summaries: [TrainingEvent] {
        pictures.map { number, pictures, share in
            let findings = pictures.source.findings
            let notes = [
                (findings.captionless, "without caption"), (findings.ignored, "other files passed over"),
                (findings.links, "links not followed"), (findings.missing, "named in metadata but not there"),
            ]
            return .data(
                source: pictures.source.title, examples: pictures.source.count, share: share,
                notes: (buckets.map { [$0.note(onSource: number)] } ?? [])
                    + notes.filter { $0.0.count > 0 }.map { "\($0.0.count) \($0.1)" })
        }
    }

    /// The search for pictures that look alike, under the recipe's rules.
    func nearDuplicateSearch(_ recipe: TrainingRecipe) -> NearDuplicateSearch {
        NearDuplicateSearch(
            zip(sources, recipe.data.sources).enumerated().compactMap { number, pair in
                guard let pictures = pair.0.pictures, let rules = pair.1.rules else { return nil }
                return (number, .init(pictures: pictures.source, rules: rules))
            })
    }

    /// The same batches without some pictures of some sources.
    /// - Throws: `PictureDataError.allTwins` when nothing is left of a source.
    func leavingOut(_ leftOut: [Int: Set<Int>]) throws -> TrainingBatches {
        guard leftOut.values.contains(where: { !$0.isEmpty }) else { return self }
        var other = self
        for (number, indices) in leftOut {
            if let pictures = sources[number].pictures {
                other.sources[number] = .pictures(try pictures.leavingOut(indices))
            }
        }
        other.buckets = try recipe.data.buckets.map {
            try ExampleBuckets(other.sources, plan: $0, of: recipe)
        }
        return other
    }

    /// Bytes that all pictures from files take decoded, one size for each resolution of a recipe; what `random` crops keep
    /// beyond the size is not counted.
    func decodedBytes(_ recipe: TrainingRecipe) -> Int {
        let resolutions = Set([recipe.data.resolution] + recipe.stages.map(\.resolution))
        let each = resolutions.reduce(0) { $0 + PictureCache.byteCount(width: $1, height: $1) }
        return each * pictures.reduce(0) { $0 + $1.1.source.count }
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

    private var pictures: [(number: Int, PictureExamples, share: Double)] {
        let total = Double(mixture.shares.reduce(0, +))
        return zip(sources, mixture.shares).enumerated().compactMap { number, source in
            source.0.pictures.map { (number, $0, Double(source.1) / total) }
        }
    }
}
