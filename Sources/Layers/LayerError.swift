public import Diagnostics

/// What can go wrong when layers are put together.
public enum LayerError: ActionableError, Equatable {
    /// Two layers share a parameter but want different shapes of it.
    case shapeConflict(ParameterPath, expected: [Int], found: [Int])
    /// A sinusoidal embedding of a width that cosines and sines cannot share.
    case unevenWidth(Int)
    /// Groups of channels that are not of equal size.
    case unevenGroups(ParameterPath, channels: Int, groups: Int)

    /// One sentence: where, expected, found.
    public var summary: String {
        switch self {
        case .shapeConflict(let path, let expected, let found):
            "`\(path)` is asked for with shape \(expected), but exists with shape \(found)."
        case .unevenWidth(let width):
            "A sinusoidal embedding needs an even width of at least 2; found \(width)."
        case .unevenGroups(let path, let channels, let groups):
            "`\(path)` has \(channels) channels, which \(groups) groups cannot share equally."
        }
    }
    /// What to do.
    public var advice: [String] {
        switch self {
        case .shapeConflict: ["Give the two layers different names, or the same sizes."]
        case .unevenWidth(let width): ["Use \(max(2, width &+ 1)) instead."]
        case .unevenGroups: ["Choose a number of groups that divides the channels."]
        }
    }
}
