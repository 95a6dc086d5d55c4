/// Letters as dots, five wide and eight high, for machines without a font.
///
/// A glyph is 64 bits: eight rows from the top, the low five bits of each, leftmost dot highest. The base line lies
/// under the seventh row.
enum BitmapLetters {
    private static let columns = 5
    private static let rows = 8

    /// How many pixels wide a dot is; capitals are seven dots high and 0.73 em in common fonts.
    private static func dot(size: Double) -> Int { max(1, Int((size * 0.73 / 7).rounded())) }

    static func metrics(size: Double) -> Font.Metrics {
        let dot = Double(dot(size: size))
        return Font.Metrics(ascent: 8 * dot, descent: 2 * dot, lineHeight: 11 * dot)
    }

    static func width(of letters: [UInt32], size: Double) -> Double {
        Double(letters.count * (columns + 1) * dot(size: size))
    }

    static func mask(of letters: [UInt32], size: Double) -> TextMask {
        let dot = dot(size: size)
        let pieces = letters.enumerated().flatMap { index, letter -> [TextMask.Piece] in
            let glyph = glyph(for: letter)
            let origin = index * (columns + 1) * dot
            return (0..<rows * columns).compactMap { place in
                let (row, column) = place.quotientAndRemainder(dividingBy: columns)
                guard glyph >> UInt64((rows - 1 - row) * 8 + columns - 1 - column) & 1 == 1 else {
                    return nil
                }
                return TextMask.Piece(
                    x: origin + column * dot, y: (row - 7) * dot, width: dot, height: dot,
                    coverage: [UInt8](repeating: 255, count: dot * dot))
            }
        }
        return TextMask(covering: pieces)
    }

    private static func glyph(for letter: UInt32) -> UInt64 {
        switch letter {
        case 32..<127: ascii[Int(letter) - 32]
        case 0x2026: 0x0000_0000_0000_1500  // …
        case 0x2212, 0x2013, 0x2014: 0x0000_001F_0000_0000  // − – —
        case 0xD7: 0x0000_110A_040A_1100  // ×
        case 0xB7: 0x0000_000C_0C00_0000  // ·
        default: 0x1F11_1111_1111_1F00  // a box for everything else
        }
    }

    private static let ascii: [UInt64] = [
        0x0000000000000000, 0x0404040404000400, 0x0A0A0A0000000000, 0x0A0A1F0A1F0A0A00, 0x040F140E051E0400,
        0x1819020408130300, 0x0C12140815120D00, 0x0404080000000000, 0x0204080808040200, 0x0804020202040800,
        0x0004150E15040000, 0x0004041F04040000, 0x00000000000C0408, 0x0000001F00000000, 0x00000000000C0C00,
        0x0101020408101000, 0x0E11131519110E00, 0x040C040404040E00, 0x0E11010204081F00, 0x1F02040201110E00,
        0x02060A121F020200, 0x1F101E0101110E00, 0x0608101E11110E00, 0x1F01020408080800, 0x0E11110E11110E00,
        0x0E11110F01020C00, 0x000C0C000C0C0000, 0x000C0C000C040800, 0x0204081008040200, 0x00001F001F000000,
        0x0804020102040800, 0x0E11010204000400, 0x0E11010D15150E00, 0x0E11111F11111100, 0x1E11111E11111E00,
        0x0E11101010110E00, 0x1C12111111121C00, 0x1F10101E10101F00, 0x1F10101E10101000, 0x0E11101711110F00,
        0x1111111F11111100, 0x0E04040404040E00, 0x0702020202120C00, 0x1112141814121100, 0x1010101010101F00,
        0x111B151511111100, 0x1111191513111100, 0x0E11111111110E00, 0x1E11111E10101000, 0x0E11111115120D00,
        0x1E11111E14121100, 0x0F10100E01011E00, 0x1F04040404040400, 0x1111111111110E00, 0x11111111110A0400,
        0x1111111515150A00, 0x11110A040A111100, 0x1111110A04040400, 0x1F01020408101F00, 0x0E08080808080E00,
        0x1010080402010100, 0x0E02020202020E00, 0x040A110000000000, 0x000000000000001F, 0x0804020000000000,
        0x00000E010F110F00, 0x1010161911111E00, 0x00000E1010110E00, 0x01010D1311110F00, 0x00000E111F100E00,
        0x0609081C08080800, 0x00000F11110F010E, 0x1010161911111100, 0x04000C0404040E00, 0x020006020202120C,
        0x1010121418141200, 0x0C04040404040E00, 0x00001A1515111100, 0x0000161911111100, 0x00000E1111110E00,
        0x00001E11111E1010, 0x00000D13110F0101, 0x0000161910101000, 0x00000E100E011E00, 0x08081C0808090600,
        0x0000111111130D00, 0x00001111110A0400, 0x0000111115150A00, 0x0000110A040A1100, 0x00001111110F010E,
        0x00001F0204081F00, 0x0204040804040200, 0x0404040404040400, 0x0804040204040800, 0x0000081502000000,
    ]
}
