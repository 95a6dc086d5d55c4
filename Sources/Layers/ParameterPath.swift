/// The name of a parameter or an activation: components joined by dots, as in checkpoints.
public struct ParameterPath: Hashable, Comparable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The whole name, such as `down.0.blocks.1.conv1.weight`; empty at the root.
    public let description: String

    /// A path from its dotted text.
    public init(_ text: String) { description = text }
    /// A path from a literal.
    public init(stringLiteral text: String) { description = text }

    /// The empty path.
    public static let root = ParameterPath("")

    /// The path of something inside this one.
    public func appending(_ component: String) -> ParameterPath {
        ParameterPath(description.isEmpty ? component : description + "." + component)
    }
    /// Alphabetical order.
    public static func < (left: ParameterPath, right: ParameterPath) -> Bool {
        left.description < right.description
    }
}
