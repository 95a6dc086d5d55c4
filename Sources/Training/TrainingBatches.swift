import Datasets
import Foundation
import Images
import Recipes
import Tensors
import Tokenizers

/// Makes batches out of the sources of a recipe, by place in the order only.
struct TrainingBatches: Sendable {
    private let sources: TrainingSources
    private let buckets: ExampleBuckets?
    private let captions: CaptionTokens
    private let questions: CaptionQuestions?
    private let weighsPixels: Bool
    private let hasPictures: Bool

    /// Batches of opened sources, with captions read in any way; with buckets the headers of all pictures are read.
    /// - Throws: `PictureDataError` when a source has no picture that can be used.
    init(_ sources: TrainingSources, captions: CaptionTokens) throws {
        let recipe = sources.recipe
        (self.sources, self.captions) = (sources, captions)
        buckets = try recipe.data.buckets.map { try ExampleBuckets(sources.all, plan: $0, of: recipe) }
        questions = recipe.captionReading.map { _ in CaptionQuestions(recipe.data) }
        weighsPixels = sources.all.contains(where: \.weighsPixels)
        hasPictures = sources.all.contains { $0.pictures != nil }
    }

    /// Opens every source of a recipe; see `TrainingSources`.
    /// - Throws: `DatasetError`, `PictureDataError` when a source of the recipe cannot be used.
    init(
        _ recipe: TrainingRecipe, captions: CaptionTokens,
        locate: (String) -> URL = { URL(filePath: $0) }
    ) throws {
        try self.init(TrainingSources(recipe, locate: locate), captions: captions)
    }

    /// The same with word pieces, cut or padded to `tokens`.
    init(_ recipe: TrainingRecipe, tokenizer: WordPieceTokenizer, tokens: Int) throws {
        try self.init(recipe, captions: CaptionTokens(tokenizer, count: tokens))
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
        let places = sources.mixture.places(request.start..<(request.start + request.count))
        return (
            BucketPlan.Size(width: request.resolution, height: request.resolution),
            places.map { (sources.all[$0.source], $0.place) }
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
    /// A word about each folder and shard set.
    var summaries: [TrainingEvent] {
        sources.pictures.map { number, pictures, share in
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

    /// What happened to pictures since the last call: the broken ones, and what the cache has to say.
    func takeNews() -> [TrainingEvent] { sources.takeNews() }
}
