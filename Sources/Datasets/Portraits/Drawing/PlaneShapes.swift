/// Signed distances in the plane: negative inside, in the units of the coordinates, near enough to exact at the edge.
///
/// Source of the box, segment, triangle and ellipse estimates: I. Quilez, "2D distance functions",
/// https://iquilezles.org/articles/distfunctions2d/ (formulas only).
enum PlaneShape {
    /// An upright ellipse; exact on its edge, an estimate of first order elsewhere.
    @inline(__always) static func ellipse(
        _ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ a: Float, _ b: Float
    ) -> Float {
        let (u, v) = ((x - cx) / a, (y - cy) / b)
        let near = (u * u + v * v).squareRoot()
        let slope = ((u / a) * (u / a) + (v / b) * (v / b)).squareRoot()
        return slope < 1e-6 ? -smaller(a, b) : near * (near - 1) / slope
    }

    /// A disc.
    @inline(__always) static func disc(_ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ r: Float) -> Float
    {
        ((x - cx) * (x - cx) + (y - cy) * (y - cy)).squareRoot() - r
    }

    /// An upright rectangle of half sides `a` and `b`, its corners rounded by `r`.
    @inline(__always) static func box(
        _ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ a: Float, _ b: Float, _ r: Float = 0
    ) -> Float {
        let (u, v) = (abs(x - cx) - a + r, abs(y - cy) - b + r)
        let outside = (larger(u, 0) * larger(u, 0) + larger(v, 0) * larger(v, 0)).squareRoot()
        return outside + smaller(larger(u, v), 0) - r
    }

    /// A line from one point to another with round ends, `r` thick to each side.
    @inline(__always) static func line(
        _ x: Float, _ y: Float, _ ax: Float, _ ay: Float, _ bx: Float, _ by: Float, _ r: Float
    ) -> Float {
        let (px, py, dx, dy) = (x - ax, y - ay, bx - ax, by - ay)
        let share = clamp((px * dx + py * dy) / larger(dx * dx + dy * dy, 1e-9))
        let (u, v) = (px - dx * share, py - dy * share)
        return (u * u + v * v).squareRoot() - r
    }

    /// A curve y = cy + bend · (x − cx)² with |x − cx| ≤ `reach`, `r` thick to each side.
    @inline(__always) static func bow(
        _ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ bend: Float, _ reach: Float, _ r: Float
    ) -> Float {
        let u = x - cx
        let inside = clamp(u, -reach, reach)
        let slope = 2 * bend * inside
        let off = abs(y - cy - bend * inside * inside) / (1 + slope * slope).squareRoot()
        let past = abs(u) - reach
        return past > 0 ? (off * off + past * past).squareRoot() - r : off - r
    }

    /// A triangle.
    @inline(__always) static func triangle(
        _ x: Float, _ y: Float, _ a: SIMD2<Float>, _ b: SIMD2<Float>, _ c: SIMD2<Float>
    ) -> Float {
        let p = SIMD2(x, y)
        let turn: Float = cross(b - a, c - a) < 0 ? -1 : 1
        let first = edge(p, a, b, turn)
        let second = edge(p, b, c, turn)
        let third = edge(p, c, a, turn)
        let squared = smaller(first.x, smaller(second.x, third.x))
        let side = smaller(first.y, smaller(second.y, third.y))
        return side > 0 ? -squared.squareRoot() : squared.squareRoot()
    }

    /// A star of five points.
    @inline(__always) static func star(_ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ r: Float) -> Float
    {
        // A star is where one is inside at least four of its five lines: the second largest distance decides.
        var (first, second) = (-1e9 as Float, -1e9 as Float)
        for (across, up) in Self.fifths {
            let d = (x - cx) * across + (y - cy) * up - r * 0.309_017
            if d > first { (first, second) = (d, first) } else if d > second { second = d }
        }
        return second
    }

    /// The normals of a star's five lines.
    private static let fifths: [(Float, Float)] = [
        (0, 1), (0.951_056_5, 0.309_017), (0.587_785_3, -0.809_017), (-0.587_785_3, -0.809_017),
        (-0.951_056_5, 0.309_017),
    ]

    @inline(__always) private static func cross(_ a: SIMD2<Float>, _ b: SIMD2<Float>) -> Float {
        a.x * b.y - a.y * b.x
    }

    /// The squared distance to an edge, and on which side of it a point lies (positive inside).
    @inline(__always) private static func edge(
        _ p: SIMD2<Float>, _ a: SIMD2<Float>, _ b: SIMD2<Float>, _ turn: Float
    ) -> SIMD2<Float> {
        let (e, v) = (b - a, p - a)
        let share = clamp((v * e).sum() / larger((e * e).sum(), 1e-9))
        let off = v - e * share
        return SIMD2((off * off).sum(), cross(e, v) * turn)
    }
}
