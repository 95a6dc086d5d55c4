/// What a network learns from: one source of pictures and captions, or a mixture of several.
///
/// Four ways to write it: an object with the keys of `SceneData`; an object with one of `scenes`, `world`, `folder` and
/// `shards`;
/// an object with the list `sources`; that list alone. `resolution` is 64 where it is not given.
public struct TrainingData: Codable, Equatable, Sendable {
    /// Pixels a side.
    public var resolution = 64
    /// Where examples come from, at least one.
    public var sources = [DataSource(.scenes(SceneData()))]
    /// The sizes of several shapes that pictures from files are trained at; nil cuts all to squares.
    public var buckets: BucketPlan?
    /// A folder where decoded pictures are kept, so that they are decoded once; nil keeps none.
    ///
    /// It changes no weight.
    public var cache: String?
    /// A folder where what an autoencoder says of pictures is kept, so that each is encoded once; nil keeps none.
    ///
    /// It changes no weight, and goes with adapters of models that have an autoencoder.
    public var latentCache: String?
    /// Whether training begins with a word about what was found in folders and shards.
    public var summary = true

    /// Endless 64 × 64 scenes.
    public init() {}

    /// The first source of scenes, if there is one; setting it changes that source or adds one.
    public var scenes: SceneData? {
        get {
            for case .scenes(let scenes) in sources.map(\.kind) { return scenes }
            return nil
        }
        set {
            let place = sources.firstIndex { if case .scenes = $0.kind { true } else { false } }
            switch (place, newValue) {
            case (let place?, let scenes?): sources[place].kind = .scenes(scenes)
            case (nil, let scenes?): sources.append(DataSource(.scenes(scenes)))
            case (let place?, nil): sources.remove(at: place)
            case (nil, nil): break
            }
        }
    }

    /// Whether any source is a folder or a set of tar files.
    public var hasPictureFiles: Bool {
        sources.contains { source in
            switch source.kind {
            case .folder, .shards: true
            case .scenes, .world: false
            }
        }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case resolution, buckets, cache, latentCache, scenes, world, folder, shards, sources, summary
    }

    /// Reads an object or a list.
    public init(from decoder: any Decoder) throws {
        let names = CodingKeys.allCases.map(\.stringValue)
        if (try? decoder.unkeyedContainer()) != nil {
            sources = try Self.checked([DataSource](from: decoder), joined(decoder.codingPath))
            return
        }
        let sceneNames = SceneData.CodingKeys.allCases.map(\.stringValue)
        let either = try StrictFields(decoder, CodingKeys.self, besides: sceneNames)
        resolution = try either.value(.resolution, or: resolution, in: 8...4096)
        summary = try either.value(.summary, or: summary)
        buckets = try either.optional(.buckets)
        cache = try either.optional(.cache)
        if let cache { try PictureRules.check(cache, at: either.path(.cache)) }
        latentCache = try either.optional(.latentCache)
        if let latentCache { try PictureRules.check(latentCache, at: either.path(.latentCache)) }
        let given = [CodingKeys.scenes, .world, .folder, .shards, .sources].filter { either.contains($0) }
        guard let key = given.first else {
            let scenes = try SceneData(StrictFields(decoder, SceneData.CodingKeys.self, besides: names))
            sources = [DataSource(.scenes(scenes))]
            return
        }
        let fields = try StrictFields(decoder, CodingKeys.self)
        guard given.count == 1 else {
            throw fields.contradiction(
                given[1], "stands beside \(key.stringValue), and one place is needed",
                "list both: \"sources\": [{\"\(key.stringValue)\": …}, {\"\(given[1].stringValue)\": …}]")
        }
        switch key {
        case .scenes: sources = [DataSource(.scenes(try fields.required(key)))]
        case .world: sources = [DataSource(.world(try fields.required(key)))]
        case .folder: sources = [DataSource(.folder(try fields.required(key)))]
        case .shards: sources = [DataSource(.shards(try fields.required(key)))]
        default: sources = try Self.checked(fields.required(key), fields.path(key))
        }
    }

    private static func checked(_ sources: [DataSource], _ path: String) throws(RecipeError) -> [DataSource] {
        guard (1...100).contains(sources.count) else {
            throw .outOfRange(path: path, expected: "1 to 100 sources", found: "\(sources.count)")
        }
        return sources
    }

    /// Writes the shortest of the forms that are read.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(resolution, forKey: .resolution)
        if hasPictureFiles || buckets != nil { try fields.encode(buckets, forKey: .buckets) }
        if hasPictureFiles || cache != nil { try fields.encode(cache, forKey: .cache) }
        if hasPictureFiles || latentCache != nil {
            try fields.encode(latentCache, forKey: .latentCache)
        }
        guard sources.count == 1, let only = sources.first, only.weight == 1 else {
            try fields.encode(sources, forKey: .sources)
            return try fields.encode(summary, forKey: .summary)
        }
        switch only.kind {
        case .scenes(let scenes):
            if !summary { try fields.encode(summary, forKey: .summary) }
            return try scenes.encode(to: encoder)
        case .world(let world): try fields.encode(world, forKey: .world)
        case .folder(let folder): try fields.encode(folder, forKey: .folder)
        case .shards(let shards): try fields.encode(shards, forKey: .shards)
        }
        try fields.encode(summary, forKey: .summary)
    }
}

/// One source of examples in a mixture.
public struct DataSource: Codable, Equatable, Sendable {
    /// Where the examples come from.
    public enum Kind: Equatable, Sendable {
        /// The procedural world.
        case scenes(SceneData)
        /// A world beside the scenes.
        case world(WorldData)
        /// A folder of pictures.
        case folder(FolderData)
        /// Tar files.
        case shards(ShardData)
    }
    /// Where the examples come from.
    public var kind: Kind
    /// How many of the examples come from here; weights are relative to each other.
    public var weight: Double

    /// A source of some weight.
    public init(_ kind: Kind, weight: Double = 1) { (self.kind, self.weight) = (kind, weight) }

    enum CodingKeys: String, CodingKey, CaseIterable { case scenes, world, folder, shards, weight }

    /// Reads an object with one of `scenes`, `world`, `folder` and `shards`, and `weight`.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        weight = try fields.value(.weight, or: 1, "a number from 0.001 to 1000") {
            (0.001...1000).contains($0)
        }
        let given = [CodingKeys.scenes, .world, .folder, .shards].filter { fields.contains($0) }
        switch given {
        case [.scenes]: kind = .scenes(try fields.required(.scenes))
        case [.world]: kind = .world(try fields.required(.world))
        case [.folder]: kind = .folder(try fields.required(.folder))
        case [.shards]: kind = .shards(try fields.required(.shards))
        default:
            throw RecipeError.contradiction(
                path: joined(decoder.codingPath),
                problem: given.isEmpty
                    ? "says nothing about where examples come from"
                    : "names \(given.map(\.stringValue).joined(separator: " and ")) at once",
                remedy: "give each source one of scenes, world, folder and shards")
        }
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch kind {
        case .scenes(let scenes): try fields.encode(scenes, forKey: .scenes)
        case .world(let world): try fields.encode(world, forKey: .world)
        case .folder(let folder): try fields.encode(folder, forKey: .folder)
        case .shards(let shards): try fields.encode(shards, forKey: .shards)
        }
        try fields.encode(weight, forKey: .weight)
    }
}
