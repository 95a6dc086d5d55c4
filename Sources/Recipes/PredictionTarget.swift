/// What a network is trained to predict, given `x = signal · sample + noise · epsilon`.
public enum PredictionTarget: String, PlainChoice, Equatable, Sendable {
    /// The noise: epsilon.
    case epsilon
    /// The v-prediction target: signal · epsilon − noise · sample. Source: Salimans and Ho 2022.
    case velocity
    /// The rectified-flow target: epsilon − sample. Source: Liu et al. 2022.
    case flow
    /// The clean picture: sample.
    case sample

    static let what = "prediction target"

    /// Reads the name of a target.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}

/// The precision of the network's arithmetic.
public enum Precision: String, PlainChoice, Equatable, Sendable {
    /// The fastest that the device does well.
    case auto
    /// 32-bit floats throughout.
    case fp32
    /// bfloat16 products, 32-bit everything else.
    case bf16
    /// IEEE half precision products, 32-bit everything else; what overflows is computed again in 32 bits.
    case fp16
    /// Weights of linear maps and convolutions of the U-Net in a byte a number, one scale an output channel; bf16 products.
    case int8
    /// The same with products of bytes: what flows through the network is rounded to bytes too.
    case w8a8

    /// How the U-Net's weights are rounded to bytes; nil where they are not.
    public var quantizesInputs: Bool? {
        switch self {
        case .int8: false
        case .w8a8: true
        case .auto, .fp32, .bf16, .fp16: nil
        }
    }

    static let what = "precision"

    /// Reads the name of a precision.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }

    /// The precision of that name.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "precision") }
}
