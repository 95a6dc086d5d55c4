public import Images

/// A world of captioned pictures: every index has one, the same on every call, thread and machine.
///
/// What trains, exports or shows pictures needs no more than this, whichever world they are from.
public protocol PictureWorld: Sendable {
    /// The name by which recipes and the command line know it.
    var name: String { get }
    /// Width and height of the pictures in pixels.
    var resolution: Int { get }
    /// Which part of the world the indices number.
    var split: SceneSplit { get }
    /// What `WorldWords.labels` answers, in their order; empty for a world without labels.
    var questions: [LabelQuestion] { get }

    /// The sentence and the labels of one index, without drawing it.
    ///
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    func words(at index: Int, kind: SceneCaption) throws(DatasetError) -> WorldWords

    /// The picture of one index.
    ///
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    func painting(at index: Int) throws(DatasetError) -> WorldPainting

    /// The picture of one index alone: the image of its painting.
    ///
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    func picture(at index: Int) throws(DatasetError) -> Image

    /// All that is known of one index.
    ///
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    func record(at index: Int) throws(DatasetError) -> WorldRecord
}

extension PictureWorld {
    /// A varied sentence and the labels of one index, without drawing it.
    ///
    /// Captions of other `variant`s word the same picture differently; an epoch number serves well.
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    public func words(at index: Int, variant: UInt64) throws(DatasetError) -> WorldWords {
        try words(at: index, kind: .varied(variant))
    }

    /// The picture of one index alone, taken from its painting.
    ///
    /// - Throws: `DatasetError` when what the world is made of cannot be read.
    public func picture(at index: Int) throws(DatasetError) -> Image { try painting(at: index).image }
}

/// What is said of a picture.
public struct WorldWords: Hashable, Sendable {
    /// A caption, never a false one.
    public let caption: String
    /// The number of the answer to each question of the world, −1 where one does not apply.
    public let labels: [Int]
}

/// A picture, and where in it the things are of which its caption speaks.
public struct WorldPainting: Hashable, Sendable {
    /// The picture, RGB.
    public let image: Image
    /// How much of each pixel belongs to the thing or face in the picture, 0...1, row by row from the top; hair, hat and
    /// clothes of a portrait are a fifth.
    ///
    /// A loss may weigh these pixels more: they are few, and the caption is mostly about them.
    public let focus: [Float]
}

extension SceneWorld: PictureWorld {
    /// `scenes`.
    public var name: String { "scenes" }
    /// Width and height of the pictures in pixels.
    public var resolution: Int { options.resolution }
    /// `SceneLabels.questions`.
    public var questions: [LabelQuestion] { WorldName.scenes.questions }

    /// The sentence and the labels of one index.
    public func words(at index: Int, kind: SceneCaption) -> WorldWords {
        let scene = scene(at: index)
        return WorldWords(caption: scene.caption(kind), labels: scene.attributes.labels)
    }

    /// The picture of one index, and where its things are.
    ///
    /// - Throws: Never for a world whose options were valid, as they are when it was opened.
    public func painting(at index: Int) throws(DatasetError) -> WorldPainting {
        let scene = scene(at: index)
        return WorldPainting(
            image: try picture(at: index),
            focus: try scene.objectMap(resolution: resolution).map { $0 < 0 ? 0 : 1 })
    }

    /// The picture of one index, without looking for its things.
    ///
    /// - Throws: Never for a world whose options were valid, as they are when it was opened.
    public func picture(at index: Int) throws(DatasetError) -> Image {
        try scene(at: index).picture(resolution: resolution, supersampling: options.supersampling)
    }

    /// The attributes of one index.
    public func record(at index: Int) -> WorldRecord { .scene(attributes(at: index)) }
}
