/// A world beside the scenes as training data: its name, or an object with `name`, `count` and `objectWeight`.
public struct WorldData: Codable, Equatable, Sendable {
    /// The worlds that there are.
    public enum Name: String, PlainChoice, Equatable, Sendable {
        /// Painted faces, drawn from nothing.
        case portraits
        /// The pictures of a colour font.
        case emoji
        /// Photographs of things, set into the scenes' settings.
        case stamps

        static let what = "world"
        /// Reads a name.
        public init(from decoder: any Decoder) throws { self = try Self.decode(from: decoder) }
    }
    /// Which world.
    public var name: Name
    /// The number of different pictures; nil for a new one every time.
    public var count: Int?
    /// How much a pixel of the thing or person counts in the loss beside one of the background, from 1 up.
    public var objectWeight = 1.0

    /// An endless world.
    public init(_ name: Name) { self.name = name }

    enum CodingKeys: String, CodingKey, CaseIterable { case name, count, objectWeight }

    /// Reads a name or an object.
    public init(from decoder: any Decoder) throws {
        if (try? decoder.singleValueContainer().decode(String.self)) != nil {
            name = try Name(from: decoder)
            return
        }
        let fields = try StrictFields(decoder, CodingKeys.self)
        name = try fields.required(.name)
        count = try fields.optional(.count, in: 1...1_000_000_000)
        objectWeight = try fields.value(.objectWeight, or: objectWeight, in: 1...100)
    }
}
