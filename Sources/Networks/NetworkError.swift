public import Diagnostics
public import Layers

/// What a network cannot compute with.
public enum NetworkError: ActionableError, Equatable {
    /// An input of another shape than the network reads.
    case wrongShape(ParameterPath, of: String, expected: String, found: [Int])
    /// An input without which the network has no answer.
    case missingInput(ParameterPath, String, why: String)
    /// An input that the network has no use for.
    case unexpectedInput(ParameterPath, String, why: String)
    /// A text that was prepared by a network of other sizes.
    case foreignText(ParameterPath)
    /// A side that the network cannot be built for.
    case pictureSide(ParameterPath, side: Int, multiple: Int)

    /// True: the parts that were put together do not belong together.
    public var isBadUsage: Bool { true }

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .wrongShape(let path, let input, let expected, let found):
            "\(Self.place(path)): \(input) must be \(expected); found \(found)."
        case .missingInput(let path, let input, let why):
            "\(Self.place(path)) needs \(input): \(why)."
        case .unexpectedInput(let path, let input, let why):
            "\(Self.place(path)) cannot use \(input): \(why)."
        case .foreignText(let path):
            "\(Self.place(path)): the text was prepared by another network."
        case .pictureSide(let path, let side, let multiple):
            "\(Self.place(path)) reads pictures whose side is a multiple of \(multiple); found \(side)."
        }
    }
    /// What to do.
    public var advice: [String] {
        switch self {
        case .wrongShape:
            ["Check that text encoders, U-Net and autoencoder are of one model family."]
        case .missingInput(_, let input, _): ["Give it \(input)."]
        case .unexpectedInput(_, let input, _): ["Leave out \(input)."]
        case .foreignText: ["Prepare the text with the network that reads it."]
        case .pictureSide(_, let side, let multiple):
            ["Use \(max(multiple, (side + multiple / 2) / multiple * multiple)) instead."]
        }
    }

    private static func place(_ path: ParameterPath) -> String {
        path == .root ? "The network" : "`\(path)`"
    }
}
