/// An upright box in the plane of a drawing, y upwards.
struct PlaneBox {
    var x, y, halfWidth, halfHeight: Float

    /// A box around (`x`, `y`).
    init(_ x: Float, _ y: Float, _ halfWidth: Float, _ halfHeight: Float) {
        (self.x, self.y, self.halfWidth, self.halfHeight) = (x, y, halfWidth, halfHeight)
    }

    /// The whole picture and more.
    static let everything = PlaneBox(0, 0, 9, 9)
}

/// Where a drawing's own coordinates lie in the picture, which reaches from −1 to 1.
struct PlaneFrame {
    var x: Float = 0
    var y: Float = 0
    var scale: Float = 1
    private(set) var sine: Float = 0
    private(set) var cosine: Float = 1

    /// The picture's own coordinates.
    init() {}

    /// A frame around (`x`, `y`), enlarged and turned anticlockwise by `angle`.
    init(x: Float, y: Float, scale: Float, angle: Float) {
        (self.x, self.y, self.scale) = (x, y, scale)
        (sine, cosine) = (Trigonometry.sine(angle), Trigonometry.cosine(angle))
    }
}

/// The samples of some rows of a picture, on which shapes are painted in layers, in linear light.
///
/// The fourth part of a sample says how much it matters to the portrait.
struct PortraitCanvas {
    /// Samples in a row of the picture, and rows of it.
    let side: Int
    /// The rows that this canvas holds.
    let rows: Range<Int>
    let samples: UnsafeMutableBufferPointer<SIMD4<Float>>
    /// The coordinates in which shapes are given.
    var frame = PlaneFrame()
    /// How much painted samples matter: 1 the face, 0 what is behind the portrayed.
    var focus: Float = 0

    /// The side of a sample in the frame's units.
    var sampleSize: Float { 2 / (Float(side) * frame.scale) }

    /// Lays colour over a shape inside `box`; its edge is one sample wide, or `soft` units.
    @inline(__always)
    func fill(
        _ box: PlaneBox, soft: Float = 0, opacity: Float = 1, _ distance: (Float, Float) -> Float,
        colour: (Float, Float) -> Vector
    ) {
        cover(box, soft, distance) { index, x, y, cover in
            let paint = SIMD4(colour(x, y), focus)
            samples[index] += (paint - samples[index]) * (cover * opacity)
        }
    }

    /// Lays one colour over a shape.
    @inline(__always)
    func fill(
        _ box: PlaneBox, _ colour: Vector, soft: Float = 0, opacity: Float = 1,
        _ distance: (Float, Float) -> Float
    ) {
        fill(box, soft: soft, opacity: opacity, distance, colour: { _, _ in colour })
    }

    /// Darkens what is painted already by `strength`, 0...1.
    @inline(__always)
    func shade(_ box: PlaneBox, soft: Float, strength: Float, _ distance: (Float, Float) -> Float) {
        cover(box, soft, distance) { index, _, _, cover in
            let left = 1 - strength * cover
            samples[index] *= SIMD4(left, left, left, 1)
        }
    }

    /// Visits the samples that a shape covers.
    @inline(__always)
    private func cover(
        _ box: PlaneBox, _ soft: Float, _ distance: (Float, Float) -> Float,
        _ visit: (Int, Float, Float, Float) -> Void
    ) {
        let width = larger(sampleSize, soft)
        let (c, s, scale) = (frame.cosine, frame.sine, frame.scale)
        let (a, b) = (box.halfWidth + width, box.halfHeight + width)
        let middleX = frame.x + scale * (c * box.x - s * box.y)
        let middleY = frame.y + scale * (s * box.x + c * box.y)
        let reachX = scale * (abs(c) * a + abs(s) * b)
        let reachY = scale * (abs(s) * a + abs(c) * b)
        let half = Float(side) / 2
        let left = Int(clamp((middleX - reachX + 1) * half, 0, Float(side)))
        let right = Int(clamp((middleX + reachX + 1) * half + 1, 0, Float(side)))
        let top = max(rows.lowerBound, Int(clamp((1 - middleY - reachY) * half, 0, Float(side))))
        let bottom = min(rows.upperBound, Int(clamp((1 - middleY + reachY) * half + 1, 0, Float(side))))
        guard left < right, top < bottom else { return }
        let step = 1 / half
        for row in top..<bottom {
            let dy = 1 - (Float(row) + 0.5) * step - frame.y
            let start = (row - rows.lowerBound) * side
            for column in left..<right {
                let dx = (Float(column) + 0.5) * step - 1 - frame.x
                let x = (c * dx + s * dy) / scale
                let y = (c * dy - s * dx) / scale
                let share = clamp(0.5 - distance(x, y) / width)
                guard share > 0 else { continue }
                visit(start + column, x, y, soft > 0 ? share * share * (3 - 2 * share) : share)
            }
        }
    }
}
