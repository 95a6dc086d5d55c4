/// Turns pictures into coloured text for terminals: each character shows two pixels, one above the other.
public enum TerminalPicture {
    /// What colours the terminal can show.
    public enum Colors: String, Hashable, Sendable, CaseIterable {
        /// 24 bits, most terminals of today.
        case trueColor
        /// The 256-colour palette of xterm.
        case palette256
    }

    /// The picture as lines of half blocks (`▀`), each ended by a line break; nothing is printed.
    ///
    /// The picture is scaled to `columns` characters (at least 1, at most 1000), its shape kept; smaller pictures are
    /// enlarged with hard edges. Alpha is laid over `background`.
    public static func text(
        of image: Image, columns: Int, colors: Colors = .trueColor, background: Color = .black
    ) throws(ImageError) -> String {
        let width = min(max(columns, 1), 1000)
        let height = max(1, Int((Double(image.height) * Double(width) / Double(image.width)).rounded()))
        let method: ResizeMethod = width > image.width ? .nearest : .automatic
        let small = try image.rgb(over: background).resized(
            width: width, height: min(height, 4000), method: method)
        var text = ""
        for top in stride(from: 0, to: small.height, by: 2) {
            var shown = (upper: "", lower: "")
            for x in 0..<width {
                let upper = code(for: small[x, top], colors)
                let lower = top + 1 < small.height ? code(for: small[x, top + 1], colors) : ""
                var changes: [String] = []
                if upper != shown.upper { changes.append("38;" + upper) }
                if lower != shown.lower, !lower.isEmpty { changes.append("48;" + lower) }
                if !changes.isEmpty { text += "\u{1B}[" + changes.joined(separator: ";") + "m" }
                text += "▀"
                shown = (upper, lower)
            }
            text += "\u{1B}[0m\n"
        }
        return text
    }

    private static func code(for pixel: ArraySlice<UInt8>, _ colors: Colors) -> String {
        let parts = pixel.map(Int.init)
        return switch colors {
        case .trueColor: "2;\(parts[0]);\(parts[1]);\(parts[2])"
        case .palette256: "5;\(paletteIndex(parts))"
        }
    }

    /// The nearest of the 216 cube colours and 24 grays of xterm's palette.
    static func paletteIndex(_ color: [Int]) -> Int {
        let levels = [0, 95, 135, 175, 215, 255]
        let steps = color.map { part in
            levels.indices.min { abs(levels[$0] - part) < abs(levels[$1] - part) } ?? 0
        }
        func error(_ candidate: [Int]) -> Int {
            zip(candidate, color).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let mean = color.reduce(0, +) / 3
        let gray = min(23, max(0, (mean - 3) / 10))
        let level = 8 + 10 * gray
        return error([level, level, level]) < error(steps.map { levels[$0] })
            ? 232 + gray : 16 + 36 * steps[0] + 6 * steps[1] + steps[2]
    }
}
