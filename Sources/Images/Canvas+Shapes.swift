import Foundation

// Every shape is a signed distance: negative inside, in pixels. Coverage falls from 1 to 0 within half a pixel of the
// edge, which makes edges smooth at any angle.

extension Canvas {
    /// A filled rectangle, perhaps with rounded corners.
    public mutating func fill(_ box: Rectangle, _ color: Color, cornerRadius: Double = 0) {
        let distance = Self.boxDistance(box, cornerRadius)
        paint(color, left: box.x - 1, top: box.y - 1, right: box.right + 1, bottom: box.bottom + 1) { x, y in
            Self.coverage(distance(x, y))
        }
    }

    /// The outline of a rectangle; the line lies half inside and half outside.
    public mutating func outline(
        _ box: Rectangle, _ color: Color, width: Double = 1, cornerRadius: Double = 0
    ) {
        let distance = Self.boxDistance(box, cornerRadius)
        let reach = width / 2 + 1
        paint(
            color, left: box.x - reach, top: box.y - reach, right: box.right + reach,
            bottom: box.bottom + reach
        ) { x, y in
            Self.coverage(abs(distance(x, y)) - width / 2)
        }
    }

    /// A filled disc.
    public mutating func disc(_ centre: Point, radius: Double, _ color: Color) {
        let reach = radius + 1
        paint(
            color, left: centre.x - reach, top: centre.y - reach, right: centre.x + reach,
            bottom: centre.y + reach
        ) { x, y in
            Self.coverage(hypot(x - centre.x, y - centre.y) - radius)
        }
    }

    /// The outline of a circle.
    public mutating func ring(_ centre: Point, radius: Double, _ color: Color, width: Double = 1) {
        let reach = radius + width / 2 + 1
        paint(
            color, left: centre.x - reach, top: centre.y - reach, right: centre.x + reach,
            bottom: centre.y + reach
        ) { x, y in
            Self.coverage(abs(hypot(x - centre.x, y - centre.y) - radius) - width / 2)
        }
    }

    /// A straight line with round ends.
    public mutating func line(_ start: Point, _ end: Point, _ color: Color, width: Double = 1) {
        polyline([start, end], color, width: width)
    }

    /// Lines from point to point with round joints; a translucent colour does not double where they meet.
    ///
    /// Points that are no numbers interrupt the line. `dash` gives lengths of stroke and gap in pixels.
    public mutating func polyline(
        _ points: [Point], _ color: Color, width: Double = 1, dash: (stroke: Double, gap: Double)? = nil
    ) {
        var segments = zip(points, points.dropFirst()).filter { start, end in
            (start.x + start.y + end.x + end.y).isFinite
        }
        if let dash, dash.stroke > 0, dash.gap > 0 { segments = Self.dashed(segments, dash.stroke, dash.gap) }
        guard !segments.isEmpty, width > 0 else { return }
        let reach = width / 2 + 1
        let xs = segments.flatMap { [$0.0.x, $0.1.x] }
        let ys = segments.flatMap { [$0.0.y, $0.1.y] }
        let box = (
            left: (xs.min() ?? 0) - reach, top: (ys.min() ?? 0) - reach, right: (xs.max() ?? 0) + reach,
            bottom: (ys.max() ?? 0) + reach
        )
        let columns = columns(box.left, box.right)
        let rows = rows(box.top, box.bottom)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        var covered = [Float](repeating: 0, count: columns.count * rows.count)
        for (start, end) in segments {
            for row in self.rows(min(start.y, end.y) - reach, max(start.y, end.y) + reach) {
                let y = Double(row) + 0.5
                let (low, high) = Self.extent(of: start, end, near: y, reach: reach)
                for column in self.columns(low, high) {
                    let distance = Self.segmentDistance(Double(column) + 0.5, y, start, end) - width / 2
                    let index = (row - rows.lowerBound) * columns.count + column - columns.lowerBound
                    covered[index] = max(covered[index], Float(Self.coverage(distance)))
                }
            }
        }
        paint(color, left: box.left, top: box.top, right: box.right, bottom: box.bottom) { x, y in
            Double(covered[(Int(y) - rows.lowerBound) * columns.count + Int(x) - columns.lowerBound])
        }
    }

    /// A filled polygon; the last corner joins the first.
    public mutating func polygon(_ corners: [Point], _ color: Color) {
        guard corners.count >= 3, corners.allSatisfy({ ($0.x + $0.y).isFinite }),
            let left = corners.map(\.x).min(), let right = corners.map(\.x).max(),
            let top = corners.map(\.y).min(), let bottom = corners.map(\.y).max(), let last = corners.last
        else { return }
        let edges = Array(zip([last] + corners, corners))
        paint(color, left: left - 1, top: top - 1, right: right + 1, bottom: bottom + 1) { x, y in
            var nearest = Double.infinity
            var isInside = false
            for (start, end) in edges {
                nearest = min(nearest, Self.segmentDistance(x, y, start, end))
                if (start.y > y) != (end.y > y),
                    x < start.x + (y - start.y) / (end.y - start.y) * (end.x - start.x)
                {
                    isInside.toggle()
                }
            }
            return Self.coverage(isInside ? -nearest : nearest)
        }
    }

    /// A line with a filled head at its end; the head is shortened with short arrows.
    public mutating func arrow(
        from start: Point, to end: Point, _ color: Color, width: Double = 2, head: Double = 12
    ) {
        let length = hypot(end.x - start.x, end.y - start.y)
        guard length > 0, length.isFinite else { return }
        let (along, across) = (
            Point((end.x - start.x) / length, (end.y - start.y) / length),
            Point((start.y - end.y) / length, (end.x - start.x) / length)
        )
        let tip = min(head, length * 0.6)
        let neck = Point(end.x - along.x * tip, end.y - along.y * tip)
        let shaftEnd = Point(end.x - along.x * tip * 0.8, end.y - along.y * tip * 0.8)
        let half = max(tip * 0.42, width)
        line(start, shaftEnd, color, width: width)
        polygon(
            [
                end, Point(neck.x + across.x * half, neck.y + across.y * half), shaftEnd,
                Point(neck.x - across.x * half, neck.y - across.y * half),
            ], color)
    }

    private static func coverage(_ distance: Double) -> Double { min(max(0.5 - distance, 0), 1) }

    private static func boxDistance(_ box: Rectangle, _ cornerRadius: Double) -> (Double, Double) -> Double {
        let radius = max(0, min(cornerRadius, min(box.width, box.height) / 2))
        let (centreX, centreY) = (box.x + box.width / 2, box.y + box.height / 2)
        let (halfWidth, halfHeight) = (box.width / 2 - radius, box.height / 2 - radius)
        return { x, y in
            let (dx, dy) = (abs(x - centreX) - halfWidth, abs(y - centreY) - halfHeight)
            return hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - radius
        }
    }

    private static func segmentDistance(_ x: Double, _ y: Double, _ start: Point, _ end: Point) -> Double {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        let squared = dx * dx + dy * dy
        let share = squared > 0 ? min(max(((x - start.x) * dx + (y - start.y) * dy) / squared, 0), 1) : 0
        return hypot(x - start.x - dx * share, y - start.y - dy * share)
    }

    /// The columns that a thick segment can touch on the row at `y`.
    private static func extent(of start: Point, _ end: Point, near y: Double, reach: Double) -> (
        Double, Double
    ) {
        let rise = end.y - start.y
        guard abs(rise) > 1e-9 else { return (min(start.x, end.x) - reach, max(start.x, end.x) + reach) }
        let first = min(max((y - reach - start.y) / rise, 0), 1)
        let second = min(max((y + reach - start.y) / rise, 0), 1)
        let (a, b) = (start.x + (end.x - start.x) * first, start.x + (end.x - start.x) * second)
        return (min(a, b) - reach, max(a, b) + reach)
    }

    /// Cuts segments into strokes; the pattern runs on over joints.
    private static func dashed(_ segments: [(Point, Point)], _ stroke: Double, _ gap: Double) -> [(
        Point, Point
    )] {
        var strokes: [(Point, Point)] = []
        var phase = 0.0
        for (start, end) in segments {
            let length = hypot(end.x - start.x, end.y - start.y)
            // A pattern finer than this could not be seen and would take for ever.
            guard length > 0, length / (stroke + gap) < 100_000 else { continue }
            func point(_ distance: Double) -> Point {
                Point(
                    start.x + (end.x - start.x) * distance / length,
                    start.y + (end.y - start.y) * distance / length)
            }
            var position = -phase
            while position < length {
                let (from, to) = (max(position, 0), min(position + stroke, length))
                if from < to { strokes.append((point(from), point(to))) }
                position += stroke + gap
            }
            phase = stroke + gap - (position - length)
        }
        return strokes
    }
}
