/// An sRGB colour with straight alpha, 0…255 each; alpha 255 is opaque.
public struct Color: Hashable, Sendable {
    /// Red, 0…255.
    public var red: UInt8
    /// Green, 0…255.
    public var green: UInt8
    /// Blue, 0…255.
    public var blue: UInt8
    /// Opacity, 0…255.
    public var alpha: UInt8

    /// A colour from its parts.
    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, alpha: UInt8 = 255) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// A colour from a number such as `0x3366CC`.
    public init(hex: UInt32) {
        self.init(
            UInt8(truncatingIfNeeded: hex >> 16), UInt8(truncatingIfNeeded: hex >> 8),
            UInt8(truncatingIfNeeded: hex))
    }

    /// The same colour, this opaque: 0 invisible … 1 solid; values outside are clamped.
    public func opacity(_ fraction: Double) -> Color {
        var faded = self
        faded.alpha = UInt8((min(max(fraction, 0), 1) * Double(alpha)).rounded())
        return faded
    }

    /// The colour that lies `fraction` (0…1, clamped) of the way to another.
    public func mixed(with other: Color, _ fraction: Double) -> Color {
        let share = min(max(fraction, 0), 1)
        func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
            UInt8((Double(from) + (Double(to) - Double(from)) * share).rounded())
        }
        return Color(
            mix(red, other.red), mix(green, other.green), mix(blue, other.blue),
            alpha: mix(alpha, other.alpha))
    }

    /// White.
    public static let white = Color(255, 255, 255)
    /// Black.
    public static let black = Color(0, 0, 0)
    /// The colour of text and axes: nearly black, a little blue.
    public static let ink = Color(hex: 0x1F2430)
    /// The colour of secondary text.
    public static let mutedInk = Color(hex: 0x667085)
    /// The colour of grid lines.
    public static let hairline = Color(hex: 0xE4E7EC)
    /// The background of sheets: a warm white.
    public static let paper = Color(hex: 0xFCFBF8)

    /// Eight colours for data, distinct also for most colour-blind readers, in the order to use them.
    ///
    /// A darkened selection after Okabe and Ito, "Color Universal Design", 2008.
    public static let palette: [Color] = [
        Color(hex: 0x2667B0), Color(hex: 0xD95F1E), Color(hex: 0x168F6E), Color(hex: 0xC0428A),
        Color(hex: 0xC8930A), Color(hex: 0x3F9CCB), Color(hex: 0x7A5BB5), Color(hex: 0x5B6472),
    ]
}
