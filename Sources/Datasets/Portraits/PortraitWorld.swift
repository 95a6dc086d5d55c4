import Images

/// The world of painted faces: every index is a portrait with a picture, captions and a record of attributes.
///
/// All results depend only on the options and the index: not on threads, calls before, or the machine's load.
public struct PortraitWorld: PictureWorld {
    /// Which portraits, and how large.
    public let options: WorldOptions

    /// Opens a world.
    ///
    /// - Throws: `DatasetError.badOption` when the size makes no picture.
    public init(_ options: WorldOptions = WorldOptions()) throws(DatasetError) {
        try options.validate()
        self.options = options
    }

    /// `portraits`.
    public var name: String { "portraits" }
    /// Width and height of the pictures in pixels.
    public var resolution: Int { options.resolution }
    /// Which part of the world is numbered.
    public var split: SceneSplit { options.split }
    /// `PortraitLabels.questions`.
    public var questions: [LabelQuestion] { WorldName.portraits.questions }

    /// The portrait of one index; any index will do.
    public func portrait(at index: Int) -> Portrait {
        var random = SplitMix(options.key(index), 2)
        let attributes = PortraitSampler(split: split).attributes(&random)
        return Portrait(attributes, seed: SplitMix.mixed(options.key(index) ^ 0x5EED))
    }

    /// The sentence and the labels of one index.
    public func words(at index: Int, kind: SceneCaption) -> WorldWords {
        let portrait = portrait(at: index)
        return WorldWords(caption: portrait.caption(kind), labels: portrait.attributes.labels)
    }

    /// The picture of one index, and where its face and the rest of the person are.
    ///
    /// - Throws: Never for a world whose options were valid, as they are when it was opened.
    public func painting(at index: Int) throws(DatasetError) -> WorldPainting {
        try portrait(at: index).painting(resolution: resolution)
    }

    /// The attributes of one index.
    public func record(at index: Int) -> WorldRecord { .portrait(portrait(at: index).attributes) }
}

/// One portrait: stated attributes, and a seed for the small things that no caption states.
public struct Portrait: Hashable, Sendable {
    /// What captions may state.
    public let attributes: PortraitAttributes
    /// Decides proportions, tilt, the parting of the hair, the colour of the eyes, tones.
    public let seed: UInt64

    init(_ attributes: PortraitAttributes, seed: UInt64) {
        (self.attributes, self.seed) = (attributes, seed)
    }

    /// Makes a portrait of given attributes: the same seed gives the same person in another role, hat or mood.
    ///
    /// - Throws: `DatasetError.impossiblePortrait` when they contradict each other.
    public init(attributes: PortraitAttributes, seed: UInt64) throws(DatasetError) {
        if let reason = attributes.problem { throw .impossiblePortrait(reason: reason) }
        self.init(attributes, seed: seed)
    }

    /// The sentence that describes this portrait.
    public func caption(_ kind: SceneCaption = .varied(0)) -> String {
        PortraitWriter(attributes, kind: kind, seed: seed).sentence
    }

    /// Paints the portrait.
    ///
    /// - Parameters:
    ///   - resolution: Width and height in pixels, 1...4096.
    ///   - supersampling: Samples along each side of a pixel, 1...8.
    /// - Returns: The picture and what matters in it (1 the face, a fifth hair, hat and clothes, 0 what is behind), the same
    ///   on every call and thread.
    /// - Throws: `DatasetError.badOption` for sizes outside these ranges.
    public func painting(resolution: Int, supersampling: Int = 2) throws(DatasetError) -> WorldPainting {
        guard (1...4096).contains(resolution) else {
            throw .badOption(name: "resolution", expected: "in 1...4096", found: "\(resolution)")
        }
        guard (1...8).contains(supersampling) else {
            throw .badOption(name: "supersampling", expected: "in 1...8", found: "\(supersampling)")
        }
        let painter = PortraitPainter(attributes, seed: seed)
        var focus: [Float] = []
        do throws(ImageError) {
            let image = try Image(rgbWidth: resolution, height: resolution) { buffer in
                focus = painter.paint(resolution, supersampling, into: buffer)
            }
            return WorldPainting(image: image, focus: focus)
        } catch {
            throw .badOption(name: "resolution", expected: "in 1...4096", found: "\(resolution)")
        }
    }
}
