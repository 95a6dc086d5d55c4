/// A picture of dots for terminals: each character shows 2 × 4 dots in one colour.
struct BrailleCanvas {
    /// The basic colours that every terminal knows, by their codes; `plain` is the terminal's own.
    enum Ink: Int {
        case plain = 39
        case red = 91
        case green = 92
        case yellow = 93
        case blue = 94
    }

    let columns, rows: Int
    private var dots: [UInt8]
    private var inks: [Ink]

    /// An empty picture of so many characters, at least one each way.
    init(columns: Int, rows: Int) {
        self.columns = max(1, columns)
        self.rows = max(1, rows)
        dots = Array(repeating: 0, count: self.columns * self.rows)
        inks = Array(repeating: .plain, count: self.columns * self.rows)
    }

    /// Dots across and down.
    var width: Int { columns * 2 }
    var height: Int { rows * 4 }

    /// Sets one dot; outside of the picture, nothing happens.
    ///
    /// A character takes the colour of the last dot set in it.
    mutating func dot(_ x: Int, _ y: Int, _ ink: Ink) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let cell = y / 4 * columns + x / 2
        // Bits of a braille character: the first three rows of a column, then the fourth.
        let left: [UInt8] = [0x01, 0x02, 0x04, 0x40]
        let right: [UInt8] = [0x08, 0x10, 0x20, 0x80]
        dots[cell] |= (x % 2 == 0 ? left : right)[y % 4]
        inks[cell] = ink
    }

    /// The picture as `rows` lines, each ended by a line break; colours only where asked for.
    func text(colored: Bool) -> String {
        var text = ""
        for row in 0..<rows {
            var shown = Ink.plain
            for column in 0..<columns {
                let cell = row * columns + column
                if colored, dots[cell] != 0, inks[cell] != shown {
                    shown = inks[cell]
                    text += "\u{1B}[\(shown.rawValue)m"
                }
                text.unicodeScalars.append(Unicode.Scalar(0x2800 + UInt32(dots[cell])) ?? " ")
            }
            text += colored && shown != .plain ? "\u{1B}[39m\n" : "\n"
        }
        return text
    }
}
