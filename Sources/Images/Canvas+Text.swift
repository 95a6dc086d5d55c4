/// Which part of a line of text lies at the given x.
public enum TextAlignment: Hashable, Sendable {
    /// Its start.
    case leading
    /// Its middle.
    case centre
    /// Its end.
    case trailing
}

/// Which part of a line of text lies at the given y.
public enum TextAnchor: Hashable, Sendable {
    /// The line on which letters stand.
    case baseline
    /// The upper end of tall letters.
    case top
    /// Half the height of capitals, for labels beside things.
    case middle
}

extension Canvas {
    /// Draws one line of text at a point.
    ///
    /// Size is in pixels per em. With `upwards` the line is turned by a quarter to the left around the point, and
    /// alignment and anchor turn with it.
    public mutating func text(
        _ text: String, at point: Point, size: Double, _ color: Color = .ink, font: Font = .standard,
        align: TextAlignment = .leading, anchor: TextAnchor = .baseline, upwards: Bool = false
    ) {
        guard point.x.isFinite, point.y.isFinite, abs(point.x) < 1e6, abs(point.y) < 1e6 else { return }
        let width = font.width(of: text, size: size)
        let back =
            switch align {
            case .leading: 0.0
            case .centre: width / 2
            case .trailing: width
            }
        let metrics = font.metrics(size: size)
        let down =
            switch anchor {
            case .baseline: 0.0
            case .top: metrics.ascent
            case .middle: metrics.ascent * 0.39
            }
        if upwards {
            let pen = Point((point.x + down).rounded(), (point.y + back).rounded())
            paint(color, mask: font.mask(of: text, size: size).turnedLeft(), x: Int(pen.x), y: Int(pen.y))
        } else {
            let start = point.x - back
            let whole = start.rounded(.down)
            let mask = font.mask(of: text, size: size, shift: start - whole)
            paint(color, mask: mask, x: Int(whole), y: Int((point.y + down).rounded()))
        }
    }

    /// Draws text broken into lines of at most `width` pixels below `point`, and says how high it is.
    @discardableResult
    public mutating func paragraph(
        _ text: String, at point: Point, width: Double, size: Double, _ color: Color = .ink,
        font: Font = .standard, limit: Int = .max
    ) -> Double {
        let metrics = font.metrics(size: size)
        let lines = font.lines(of: text, size: size, width: width, limit: limit)
        for (index, line) in lines.enumerated() {
            let y = point.y + metrics.ascent + Double(index) * metrics.lineHeight
            self.text(line, at: Point(point.x, y), size: size, color, font: font)
        }
        return Double(lines.count) * metrics.lineHeight
    }
}
