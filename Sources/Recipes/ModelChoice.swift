/// Which network to train, and how large.
public enum ModelChoice: Equatable, Sendable {
    /// A convolutional U-Net with attention to the text.
    case unet(UNetSize)
    /// A transformer over patches of pixels.
    case pixelTransformer(TransformerSize)

    /// The names of the shapes of network in JSON.
    public static let ids = ["unet", "pixelTransformer"]

    /// Whether the network is told where pixels stand, so that a picture can have no joined edges.
    public var tellsPositions: Bool {
        switch self {
        case .unet(let size): size.positions
        case .pixelTransformer: true
        }
    }

    /// What reads the captions.
    public var text: TextSize {
        switch self {
        case .unet(let size): size.text
        case .pixelTransformer(let size): size.text
        }
    }

    /// The table of sizes: a recipe may give one of these names in place of numbers.
    public static let presets: [(name: String, model: ModelChoice)] = [
        (
            "unet-tiny",
            .unet(
                .init(channels: [16, 32], blocks: [1, 1], attention: [.none, .full], heads: 2, text: .tiny))
        ),
        (
            "unet-small",
            .unet(
                .init(
                    channels: [48, 96, 144], blocks: [1, 2, 2], attention: [.none, .text, .full], heads: 4))
        ),
        ("unet-base", .unet(.init())),
        (
            "unet-large",
            .unet(.init(channels: [96, 192, 288], heads: 6, text: .init(width: 384, layers: 3)))
        ),
        ("transformer-tiny", .pixelTransformer(.init(patch: 8, width: 32, depth: 2, heads: 2, text: .tiny))),
        ("transformer-small", .pixelTransformer(.init(patch: 8, width: 192, depth: 6, heads: 4))),
        ("transformer-base", .pixelTransformer(.init())),
        (
            "transformer-large",
            .pixelTransformer(
                .init(patch: 4, width: 384, depth: 12, heads: 6, text: .init(width: 384, layers: 3)))
        ),
    ]
}

/// The size of Darkroom's own text transformer, which reads the word-piece vectors.
public struct TextSize: Codable, Equatable, Sendable {
    /// The width of a token's state; a multiple of the heads.
    public var width: Int
    /// The number of transformer layers.
    public var layers: Int
    /// The number of attention heads.
    public var heads: Int
    /// Tokens of a caption that are read; longer captions are cut.
    public var tokens: Int
    /// Whether heads take turns in looking back, ahead, at neighbours and everywhere, so that the order of words counts
    /// from the first step.
    public var directions: Bool

    /// A text transformer of two layers over 48 tokens unless said otherwise.
    public init(
        width: Int = 256, layers: Int = 2, heads: Int = 4, tokens: Int = 48, directions: Bool = false
    ) {
        (self.width, self.layers, self.heads, self.tokens) = (width, layers, heads, tokens)
        self.directions = directions
    }

    /// For tests: trains in seconds, draws nothing well.
    public static let tiny = TextSize(width: 32, layers: 1, heads: 2, tokens: 24)

    enum CodingKeys: String, CodingKey, CaseIterable { case width, layers, heads, tokens, directions }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        let usual = TextSize()
        width = try fields.value(.width, or: usual.width, in: 8...8192)
        layers = try fields.value(.layers, or: usual.layers, in: 0...64)
        heads = try fields.value(.heads, or: usual.heads, in: 1...128)
        tokens = try fields.value(.tokens, or: usual.tokens, in: 2...512)
        directions = try fields.value(.directions, or: usual.directions)
        guard width.isMultiple(of: heads) else {
            throw fields.contradiction(
                .heads, "\(heads) heads do not divide the width \(width)", "choose heads that divide it")
        }
    }
}

/// What the pixels of a resolution attend to.
public enum AttentionReach: String, PlainChoice, Equatable, Sendable {
    /// Nothing: convolutions only.
    case none
    /// The words of the caption.
    case text
    /// The words and, in the same softmax, all other pixels.
    case full

    static let what = "reach of attention"

    /// Reads a name.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}

/// The size of a U-Net.
public struct UNetSize: Codable, Equatable, Sendable {
    /// Channels at each resolution, from fine to coarse; each resolution halves the sides.
    public var channels: [Int]
    /// Residual blocks at each resolution.
    public var blocks: [Int]
    /// What each resolution attends to.
    public var attention: [AttentionReach]
    /// The number of attention heads; divides the channels wherever there is attention.
    public var heads: Int
    /// Pixels a side that become channels before the first convolution; 1 for none.
    public var patch: Int
    /// The text transformer.
    public var text: TextSize
    /// Whether pixels are told where they stand when they attend, so that sides can be asked for in pure noise.
    public var positions: Bool

    /// The 64 × 64 U-Net of about 16 million parameters unless said otherwise.
    public init(
        channels: [Int] = [64, 128, 256], blocks: [Int] = [1, 2, 2],
        attention: [AttentionReach] = [.none, .text, .full],
        heads: Int = 4, patch: Int = 2, text: TextSize = .init(), positions: Bool = false
    ) {
        (self.channels, self.blocks, self.attention) = (channels, blocks, attention)
        (self.heads, self.patch, self.text, self.positions) = (heads, patch, text, positions)
    }

    /// The side of the smallest picture unit: sizes must be multiples of it.
    public var sizeMultiple: Int { patch << (channels.count - 1) }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case channels, blocks, attention, heads, patch, text, positions
    }

    /// Reads an object and checks that its lists fit each other.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        let usual = UNetSize()
        channels = try fields.value(.channels, or: usual.channels, "1 to 8 multiples of 16, from 16 to 4096")
        {
            (1...8).contains($0.count) && $0.allSatisfy { (16...4096).contains($0) && $0.isMultiple(of: 16) }
        }
        let levels = channels.count
        blocks = try fields.value(
            .blocks, or: Self.fitted(usual.blocks, to: levels), "a list of numbers from 1 to 16"
        ) {
            $0.allSatisfy { (1...16).contains($0) }
        }
        attention = try fields.value(.attention, or: Self.fitted(usual.attention, to: levels))
        heads = try fields.value(.heads, or: usual.heads, in: 1...128)
        patch = try fields.value(.patch, or: usual.patch, in: 1...16)
        text = try fields.value(.text, or: usual.text)
        positions = try fields.value(.positions, or: usual.positions)
        guard blocks.count == levels, attention.count == levels else {
            throw fields.contradiction(
                blocks.count == levels ? .attention : .blocks,
                "expected \(levels) entries, one for each entry of channels, found "
                    + "\(blocks.count == levels ? attention.count : blocks.count)",
                "give channels, blocks and attention one entry for each resolution")
        }
        if let width = zip(channels, attention).first(where: { $1 != .none && !$0.isMultiple(of: heads) })?.0
        {
            throw fields.contradiction(
                .heads, "\(heads) heads do not divide \(width) channels",
                "choose heads that divide every width")
        }
    }

    /// `values`, cut or continued with the last one.
    private static func fitted<Value>(_ values: [Value], to count: Int) -> [Value] {
        (0..<count).compactMap { values.indices.contains($0) ? values[$0] : values.last }
    }
}

/// The size of a pixel transformer.
public struct TransformerSize: Codable, Equatable, Sendable {
    /// Pixels a side of one token.
    public var patch: Int
    /// The width of a token's state; a multiple of the heads.
    public var width: Int
    /// The number of transformer blocks.
    public var depth: Int
    /// The number of attention heads.
    public var heads: Int
    /// The text transformer.
    public var text: TextSize

    /// The transformer of about 11 million parameters unless said otherwise.
    public init(patch: Int = 8, width: Int = 256, depth: Int = 8, heads: Int = 4, text: TextSize = .init()) {
        (self.patch, self.width, self.depth, self.heads, self.text) = (patch, width, depth, heads, text)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case patch, width, depth, heads, text }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        let usual = TransformerSize()
        patch = try fields.value(.patch, or: usual.patch, in: 1...64)
        width = try fields.value(.width, or: usual.width, in: 8...8192)
        depth = try fields.value(.depth, or: usual.depth, in: 1...128)
        heads = try fields.value(.heads, or: usual.heads, in: 1...128)
        text = try fields.value(.text, or: usual.text)
        guard width.isMultiple(of: heads), (width / heads).isMultiple(of: 2) else {
            throw fields.contradiction(
                .heads, "\(heads) heads do not divide the width \(width) into even parts",
                "choose heads so that width / heads is an even number")
        }
    }
}

extension ModelChoice: Codable {
    /// Pixels of which every side must be a multiple.
    public var sizeMultiple: Int {
        switch self {
        case .unet(let size): size.sizeMultiple
        case .pixelTransformer(let size): size.patch
        }
    }

    /// Reads `{"unet": {…}}`, `{"pixelTransformer": {…}}`, or a name from the table of sizes.
    public init(from decoder: any Decoder) throws {
        let names = Self.ids + Self.presets.map(\.name)
        let choice = try NamedChoice(decoder, what: "model")
        switch choice.name {
        case "unet": self = .unet(try choice.options(or: .init()))
        case "pixelTransformer": self = .pixelTransformer(try choice.options(or: .init()))
        default:
            guard let preset = Self.presets.first(where: { $0.name == choice.name }) else {
                throw RecipeError.unknownChoice(
                    path: choice.path, what: "model", found: choice.name, known: names)
            }
            try choice.refuseOptions()
            self = preset.model
        }
    }

    /// Writes the numbers, never a name, so that a recipe means the same when the table changes.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .unet(let size): try NamedChoice.encode("unet", size, to: encoder)
        case .pixelTransformer(let size): try NamedChoice.encode("pixelTransformer", size, to: encoder)
        }
    }
}
