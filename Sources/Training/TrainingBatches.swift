import Datasets
import Foundation
import Images
import Recipes
import Tensors
import Tokenizers

/// Makes batches out of the sources of a recipe, by place in the order only.
struct TrainingBatches: Sendable {
    /// A source of examples.
    private enum Source: Sendable {
        case scenes(SceneExamples)
        case world(WorldExamples)
        case pictures(PictureExamples)
    }
    private var sources: [Source]
    private let mixture: SourceMixture
    private let tokenizer: WordPieceTokenizer
    private let tokens: Int
    private let questions: CaptionQuestions?
    private let weighsPixels: Bool
    private let hasPictures: Bool

    /// Opens every source.
    ///
    /// `locate` says where a path of the recipe leads; `cache` is a folder for what is worth keeping of large sources.
    /// - Throws: `DatasetError`, `PictureDataError` when a source of the recipe cannot be used.
    init(
        _ recipe: TrainingRecipe, tokenizer: WordPieceTokenizer, tokens: Int,
        locate: (String) -> URL = { URL(filePath: $0) }, cache: URL? = nil
    ) throws {
        let resolutions = Set([recipe.data.resolution] + recipe.stages.map(\.resolution))
        sources = try recipe.data.sources.enumerated().map { number, source in
            if case .scenes(let scenes) = source.kind {
                return .scenes(
                    try SceneExamples(scenes, seed: recipe.seed, resolutions: resolutions))
            }
            if case .world(let world) = source.kind {
                return .world(try WorldExamples(world, seed: recipe.seed, resolutions: resolutions))
            }
            guard let (pictures, rules) = try PictureSources.open(source, locate: locate, cache: cache) else {
                throw TrainingError.badExample(index: 0, reason: "source \(number) holds nothing.")
            }
            let seed = RandomStream.derivedSeed(recipe.seed, purpose: "pictures", index: number)
            return .pictures(try PictureExamples(pictures, options: .init(rules), seed: seed))
        }
        mixture = SourceMixture(weights: recipe.data.sources.map(\.weight), seed: recipe.seed)
        (self.tokenizer, self.tokens) = (tokenizer, tokens)
        questions = recipe.captionReading.map { _ in CaptionQuestions(recipe.data) }
        weighsPixels = sources.contains {
            switch $0 {
            case .scenes(let scenes): scenes.objectWeight != 1
            case .world(let world): world.objectWeight != 1
            case .pictures: false
            }
        }
        hasPictures = sources.contains { if case .pictures = $0 { true } else { false } }
    }

    /// The batch at a place in the order.
    /// - Throws: what making its first bad example threw.
    func batch(_ request: BatchLoader.Order) throws -> HostBatch {
        let places = mixture.places(request.start..<(request.start + request.count))
        // Decoding is worth all processors; scenes leave them to the training beside.
        let examples =
            try hasPictures
            ? ParallelMap.results(places.count) { try example(places[$0], request) }
            : places.map { try example($0, request) }
        let plain = [Float](repeating: 1, count: request.resolution * request.resolution)
        var pixels: [UInt8] = []
        var (ids, labels): ([Int64], [Int64]) = ([], [])
        var weights: [Float] = []
        if !request.captionsOnly { pixels.reserveCapacity(request.count * plain.count * 3) }
        for example in examples {
            ids += tokenizer.encode(example.caption, limit: tokens, padding: true).ids.map(Int64.init)
            if let questions { labels += questions.answers(example.labels, of: example.world) }
            if request.captionsOnly { continue }
            pixels += example.pixels
            if weighsPixels { weights += example.weights ?? plain }
        }
        return HostBatch(
            start: request.start, count: request.count, resolution: request.resolution, pixels: pixels,
            pixelWeights: weighsPixels && !request.captionsOnly ? weights : nil, ids: ids,
            labels: questions.map { _ in labels })
    }

    private func example(
        _ place: SourceMixture.Place, _ request: BatchLoader.Order
    ) throws -> TrainingExample {
        switch sources[place.source] {
        case .scenes(let scenes):
            return try scenes.example(
                at: place.place, resolution: request.resolution, captionsOnly: request.captionsOnly)
        case .world(let world):
            return try world.example(
                at: place.place, resolution: request.resolution, captionsOnly: request.captionsOnly)
        case .pictures(let pictures):
            if request.captionsOnly { return TrainingExample(caption: try pictures.caption(at: place.place)) }
            let side = request.resolution
            let made = try pictures.example(at: place.place, width: side, height: side)
            var example = TrainingExample(caption: made.caption)
            example.pixels = made.image.pixels
            return example
        }
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
        pictures.map { pictures, share in
            DataInventory.Source(
                title: pictures.source.title, count: pictures.source.count,
                fingerprint: String(pictures.source.fingerprint, radix: 16))
        }
    }

    /// A word about each folder and shard set.
    var summaries: [TrainingEvent] {
        pictures.map { pictures, share in
            let findings = pictures.source.findings
            let notes = [
                (findings.captionless, "without caption"), (findings.ignored, "other files passed over"),
                (findings.links, "links not followed"), (findings.missing, "named in metadata but not there"),
            ]
            return .data(
                source: pictures.source.title, examples: pictures.source.count, share: share,
                notes: notes.filter { $0.0.count > 0 }.map { "\($0.0.count) \($0.1)" })
        }
    }

    /// The search for pictures that look alike, under the recipe's rules.
    func nearDuplicateSearch(_ recipe: TrainingRecipe) -> NearDuplicateSearch {
        NearDuplicateSearch(
            zip(sources, recipe.data.sources).enumerated().compactMap { number, pair in
                guard case .pictures(let pictures) = pair.0, let rules = pair.1.rules else { return nil }
                return (number, .init(pictures: pictures.source, rules: rules))
            })
    }

    /// The same batches without some pictures of some sources.
    /// - Throws: `PictureDataError.allTwins` when nothing is left of a source.
    func leavingOut(_ leftOut: [Int: Set<Int>]) throws -> TrainingBatches {
        var other = self
        for (number, indices) in leftOut {
            if case .pictures(let pictures) = sources[number] {
                other.sources[number] = .pictures(try pictures.leavingOut(indices))
            }
        }
        return other
    }

    /// The broken pictures met since the last call.
    func takeNewlyBroken() -> [(source: String, picture: PictureExamples.Broken)] {
        pictures.flatMap { pictures, _ in
            pictures.takeNewlyBroken().map { (source: pictures.source.title, picture: $0) }
        }
    }

    private var pictures: [(PictureExamples, share: Double)] {
        let total = Double(mixture.shares.reduce(0, +))
        return zip(sources, mixture.shares).compactMap { source, share in
            if case .pictures(let pictures) = source { (pictures, Double(share) / total) } else { nil }
        }
    }
}
