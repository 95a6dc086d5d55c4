/// The procedural world of scenes as training data.
public struct SceneData: Codable, Equatable, Sendable {
    /// The number of different scenes; nil for a new scene every time.
    public var count: Int?
    /// How often each style is drawn; the three weights are relative to each other.
    public var styles = StyleWeights()
    /// The share of scenes with two objects, 0 to 1.
    public var twoObjects = 0.3
    /// The share of scenes in a library or at a bonfire, 0 to 1.
    public var specialSettings = 0.1
    /// How often each size is drawn where one thing stands alone; the three weights are relative to each other.
    public var sizes = SizeWeights()
    /// How much a pixel of a thing counts in the loss beside one of the background, from 1 up.
    ///
    /// Things cover a twentieth of a picture, and what the caption says is mostly about them.
    public var objectWeight = 1.0

    /// Relative frequencies of the styles of drawing.
    public struct StyleWeights: Codable, Equatable, Sendable {
        /// Rendered with light and shadow.
        public var photo = 0.8
        /// Flat colours with outlines.
        public var cartoon = 0.1
        /// Lines on paper.
        public var drawing = 0.1

        /// Mostly photos.
        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable { case photo, cartoon, drawing }

        /// Reads an object; styles left out have weight 0 as soon as one is named.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            photo = try fields.value(.photo, or: 0, in: 0...1000)
            cartoon = try fields.value(.cartoon, or: 0, in: 0...1000)
            drawing = try fields.value(.drawing, or: 0, in: 0...1000)
            guard photo + cartoon + drawing > 0 else {
                throw fields.contradiction(
                    .photo, "all styles have weight 0", "give at least one style a weight above 0")
            }
        }
    }

    /// Relative frequencies of the sizes.
    public struct SizeWeights: Codable, Equatable, Sendable {
        /// A tenth of the picture across.
        public var small = 1.0
        /// A fifth of the picture across.
        public var medium = 1.0
        /// A third of the picture across.
        public var large = 2.0

        /// Large things twice as often as small ones.
        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable { case small, medium, large }

        /// Reads an object; sizes left out have weight 0 as soon as one is named.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            small = try fields.value(.small, or: 0, in: 0...1000)
            medium = try fields.value(.medium, or: 0, in: 0...1000)
            large = try fields.value(.large, or: 0, in: 0...1000)
            guard small + medium + large > 0 else {
                throw fields.contradiction(
                    .small, "all sizes have weight 0", "give at least one size a weight above 0")
            }
        }
    }

    /// Endless scenes.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case count, styles, twoObjects, specialSettings, sizes, objectWeight
    }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        try self.init(StrictFields(decoder, CodingKeys.self))
    }

    init(_ fields: StrictFields<CodingKeys>) throws {
        count = try fields.optional(.count, in: 1...1_000_000_000)
        styles = try fields.value(.styles, or: styles)
        twoObjects = try fields.value(.twoObjects, or: twoObjects, in: 0...1)
        specialSettings = try fields.value(.specialSettings, or: specialSettings, in: 0...1)
        sizes = try fields.value(.sizes, or: sizes)
        objectWeight = try fields.value(.objectWeight, or: objectWeight, in: 1...100)
    }
}
