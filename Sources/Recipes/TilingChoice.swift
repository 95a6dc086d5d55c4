/// Which edges of a picture fit together, so that it can be laid beside itself without a seam.
public enum TilingChoice: String, PlainChoice, Equatable, Sendable {
    /// None: the picture ends at its edges.
    case none
    /// The left one and the right one: a frieze.
    case horizontal
    /// The upper one and the lower one: a column.
    case vertical
    /// All: wallpaper.
    case both

    static let what = "tiling"

    /// The choice whose edges fit together across, down, or both ways.
    public init(isHorizontal: Bool, isVertical: Bool) {
        self =
            isHorizontal ? (isVertical ? .both : .horizontal) : (isVertical ? .vertical : .none)
    }

    /// Reads a name; `true` and `false`, as earlier versions wrote, are `both` and `none`.
    public init(from decoder: any Decoder) throws {
        if let isTiling = try? decoder.singleValueContainer().decode(Bool.self) {
            self = isTiling ? .both : .none
        } else {
            self = try .decode(from: decoder)
        }
    }

    /// True when the left edge fits the right one.
    public var isHorizontal: Bool { self == .horizontal || self == .both }
    /// True when the upper edge fits the lower one.
    public var isVertical: Bool { self == .vertical || self == .both }

    /// The flag of the command line that means it.
    public var flag: String {
        switch self {
        case .none, .both: "--tiling"
        case .horizontal: "--tiling-x"
        case .vertical: "--tiling-y"
        }
    }
}
