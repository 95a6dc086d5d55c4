public import Images

/// A picture of the procedural world with its sentence and everything it states.
public struct SceneExample: Hashable, Sendable {
    /// The picture, RGB.
    public let image: Image
    /// A varied caption that states some of the attributes, never a false one.
    public let caption: String
    /// All attributes.
    public let attributes: SceneAttributes

    /// The picture and its caption alone.
    public var captioned: CaptionedImage { CaptionedImage(image: image, caption: caption) }
}

/// The procedural world: every index is a scene with a picture, captions and a record of attributes.
///
/// All results depend only on the options, the split and the index: not on threads, calls before, or the machine's load.
public struct SceneWorld: Sendable {
    /// What is drawn and how.
    public let options: SceneOptions
    /// Which part of the world the indices number.
    public let split: SceneSplit

    /// Opens a world.
    ///
    /// - Throws: `DatasetError.badOption` when an option makes no picture.
    public init(_ options: SceneOptions = SceneOptions(), split: SceneSplit = .train) throws(DatasetError) {
        try options.validate()
        self.options = options
        self.split = split
    }

    private func key(_ index: Int) -> UInt64 {
        let part: UInt64 = split == .train ? 0x7A17 : 0x4E1D
        return SplitMix.mixed(options.seed ^ part << 48) ^ UInt64(bitPattern: Int64(index))
    }

    /// The attributes of one index; any index will do.
    public func attributes(at index: Int) -> SceneAttributes {
        var random = SplitMix(key(index), 1)
        return SceneSampler(options: options, split: split).attributes(&random)
    }

    /// The scene of one index: its attributes and the seed of all that they leave open.
    public func scene(at index: Int) -> Scene {
        Scene(attributes(at: index), seed: SplitMix.mixed(key(index) ^ 0x5EED))
    }

    /// A caption of one index.
    public func caption(at index: Int, kind: SceneCaption = .varied(0)) -> String {
        scene(at: index).caption(kind)
    }

    /// The picture, caption and attributes of one index.
    ///
    /// Captions of other `variant`s word the same scene differently; an epoch number serves well.
    /// - Throws: Never for a world whose options were valid, as they are when it was opened.
    public func example(at index: Int, variant: UInt64 = 0) throws(DatasetError) -> SceneExample {
        let scene = scene(at: index)
        let image = try scene.picture(resolution: options.resolution, supersampling: options.supersampling)
        return SceneExample(
            image: image, caption: scene.caption(.varied(variant)), attributes: scene.attributes)
    }
}

/// One scene: stated attributes, and a seed for the small things that no caption states.
public struct Scene: Hashable, Sendable {
    /// What captions may state.
    public let attributes: SceneAttributes
    /// Decides exact positions, rotations, textures, clouds, books.
    public let seed: UInt64

    init(_ attributes: SceneAttributes, seed: UInt64) {
        self.attributes = attributes
        self.seed = seed
    }

    /// Makes a scene of given attributes.
    ///
    /// - Throws: `DatasetError.impossibleScene` when they contradict each other.
    public init(attributes: SceneAttributes, seed: UInt64) throws(DatasetError) {
        if let reason = attributes.problem { throw .impossibleScene(reason: reason) }
        self.init(attributes, seed: seed)
    }

    /// The sentence that describes this scene.
    public func caption(_ kind: SceneCaption = .varied(0)) -> String {
        SceneWriter(attributes, kind: kind, seed: seed).sentence
    }
}
