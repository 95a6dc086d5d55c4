/// Paints one portrait: what is behind, the person from back to front, the hat last.
struct PortraitPainter {
    let build: PortraitBuild
    /// Samples held at a time, so that large pictures need no more memory than their pixels.
    private static let mostSamples = 1 << 19
    /// How much hair, hat and clothes matter beside the face, where a mouth is three pixels wide and says as much as a coat.
    private static let figureFocus: Float = 0.2

    init(_ portrait: PortraitAttributes, seed: UInt64) {
        build = PortraitBuild(portrait, seed: seed)
    }

    var portrait: PortraitAttributes { build.portrait }

    /// Paints `side` × `side` pixels of `rays` × `rays` samples each; says of each pixel how much it matters: 1 a face.
    func paint(_ side: Int, _ rays: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) -> [Float] {
        var focus = [Float](repeating: 0, count: side * side)
        let full = side * rays
        let band = max(1, Self.mostSamples / (full * rays))
        withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: full * rays * min(band, side)) {
            room in
            for top in stride(from: 0, to: side, by: band) {
                let bottom = min(side, top + band)
                let used = UnsafeMutableBufferPointer(rebasing: room[..<((bottom - top) * rays * full)])
                used.initialize(repeating: SIMD4(0, 0, 0, 0))
                var canvas = PortraitCanvas(
                    side: full, rows: top * rays..<bottom * rays, samples: used)
                paint(&canvas)
                for y in top..<bottom {
                    for x in 0..<side {
                        var sum = SIMD4<Float>(0, 0, 0, 0)
                        for row in 0..<rays {
                            let start = ((y - top) * rays + row) * full + x * rays
                            for place in start..<start + rays { sum += used[place] }
                        }
                        sum /= Float(rays * rays)
                        ToneCurve.write(Vector(sum.x, sum.y, sum.z), to: buffer, at: (y * side + x) * 3)
                        focus[y * side + x] = clamp(sum.w)
                    }
                }
            }
        }
        return focus
    }

    private func paint(_ canvas: inout PortraitCanvas) {
        canvas.focus = 0
        paintBackdrop(canvas)
        canvas.focus = Self.figureFocus
        canvas.frame = build.head
        paintHairBehind(canvas)
        canvas.frame = build.body
        paintBody(canvas)
        canvas.frame = build.head
        canvas.focus = 1
        paintHead(canvas)
        paintMouth(canvas)
        paintEyes(canvas)
        canvas.focus = Self.figureFocus
        paintHair(canvas)
        canvas.focus = 1
        paintGlasses(canvas)
        canvas.focus = Self.figureFocus
        paintHat(canvas)
    }
}
