import Images

/// A picture with transparency that is set into another one.
struct CutOut: Sendable {
    /// Where and how it is set.
    struct Placement {
        /// The middle of the cut-out, in pixels of the picture from its upper left corner.
        var x, y: Float
        /// Pixels of the picture to one of the cut-out.
        var scale: Float
        /// Turned clockwise, radians.
        var angle: Float = 0
        /// Left and right exchanged.
        var mirrored = false
        /// What its colours are multiplied by.
        var tint = Vector(1, 1, 1)
    }

    /// A shadow on the ground.
    struct Shadow {
        /// How far it falls to the right for each unit of height, and how far up the picture.
        var sideways, upward: Float
        /// How dark it is, 0...1.
        var strength: Float
    }

    private let image: Image

    /// Takes a picture; one without alpha is all opaque.
    init(_ image: Image) { self.image = image }

    /// Sets this into a picture.
    ///
    /// - Returns: The picture and how much of each pixel the cut-out covers.
    func set(into background: Image, _ placement: Placement, shadow: Shadow? = nil) -> WorldPainting {
        var (source, place) = (image, placement)
        // Where it shrinks by more than half, areas are averaged first.
        if place.scale < 0.5 {
            let shrink = place.scale * 2
            let width = max(1, Int((Float(image.width) * shrink).rounded()))
            let height = max(1, Int((Float(image.height) * shrink).rounded()))
            if let small = try? image.resized(width: width, height: height, method: .areaAverage) {
                source = small
                place.scale *= Float(image.width) / Float(width)
            }
        }
        let reader = Reader(source, place)
        var pixels = background.pixels.map(Float.init)
        if let shadow { reader.darken(&pixels, background.width, background.height, shadow) }
        let focus = reader.lay(over: &pixels, background.width, background.height)
        let image = try? Image(
            width: background.width, height: background.height, channels: 3,
            pixels: pixels.map { UInt8(clamp($0 + 0.5, 0, 255)) })
        return WorldPainting(image: image ?? background, focus: focus)
    }

    /// Reads colour and alpha of a placed cut-out at places of the picture.
    private struct Reader {
        let width, height: Int
        let samples: [SIMD4<Float>]
        let place: Placement
        let sine, cosine: Float

        init(_ image: Image, _ place: Placement) {
            (width, height, self.place) = (image.width, image.height, place)
            let (channels, pixels) = (image.channels, image.pixels)
            samples = (0..<image.width * image.height).map { index in
                let start = index * channels
                let alpha = channels == 4 ? Float(pixels[start + 3]) / 255 : 1
                let gray = channels == 1
                let (red, green) = (Float(pixels[start]), Float(pixels[start + (gray ? 0 : 1)]))
                return SIMD4(red, green, Float(pixels[start + (gray ? 0 : 2)]), 1) * alpha
            }
            (sine, cosine) = (Trigonometry.sine(place.angle), Trigonometry.cosine(place.angle))
        }

        /// Half the side of the square around the middle that holds all of it.
        var reach: Float {
            let (a, b) = (Float(width) / 2, Float(height) / 2)
            return (a * a + b * b).squareRoot() * place.scale + 1
        }

        /// Colour times alpha, and alpha, at a point of the picture; between samples by straight lines.
        @inline(__always) func at(_ x: Float, _ y: Float) -> SIMD4<Float> {
            let (dx, dy) = ((x - place.x) / place.scale, (y - place.y) / place.scale)
            let across = cosine * dx + sine * dy
            let u = (place.mirrored ? -across : across) + Float(width) / 2 - 0.5
            let v = cosine * dy - sine * dx + Float(height) / 2 - 0.5
            guard u > -1, v > -1, u < Float(width), v < Float(height) else { return SIMD4(0, 0, 0, 0) }
            let (i, j) = (Int(u + 1) - 1, Int(v + 1) - 1)
            let (s, t) = (u - Float(i), v - Float(j))
            let low = sample(i, j) * (1 - s) + sample(i + 1, j) * s
            let high = sample(i, j + 1) * (1 - s) + sample(i + 1, j + 1) * s
            return low * (1 - t) + high * t
        }

        @inline(__always) private func sample(_ i: Int, _ j: Int) -> SIMD4<Float> {
            i >= 0 && j >= 0 && i < width && j < height ? samples[j * width + i] : SIMD4(0, 0, 0, 0)
        }

        /// Lays the cut-out over a picture and says how much of each pixel it covers.
        func lay(over pixels: inout [Float], _ columns: Int, _ rows: Int) -> [Float] {
            var focus = [Float](repeating: 0, count: columns * rows)
            let (left, right) = Self.span(place.x, reach, columns)
            let (top, bottom) = Self.span(place.y, reach, rows)
            for y in top..<bottom {
                for x in left..<right {
                    var sum = SIMD4<Float>(0, 0, 0, 0)
                    for k in 0..<4 {
                        sum += at(Float(x) + (k & 1 == 0 ? 0.25 : 0.75), Float(y) + (k < 2 ? 0.25 : 0.75))
                    }
                    sum *= 0.25
                    guard sum.w > 0 else { continue }
                    let start = (y * columns + x) * 3
                    pixels[start] = pixels[start] * (1 - sum.w) + sum.x * place.tint.x
                    pixels[start + 1] = pixels[start + 1] * (1 - sum.w) + sum.y * place.tint.y
                    pixels[start + 2] = pixels[start + 2] * (1 - sum.w) + sum.z * place.tint.z
                    focus[y * columns + x] = clamp(sum.w)
                }
            }
            return focus
        }

        /// Darkens the ground where the cut-out's shadow lies: its outline, laid down and sheared, and softened.
        func darken(_ pixels: inout [Float], _ columns: Int, _ rows: Int, _ shadow: Shadow) {
            let foot = place.y + Float(height) / 2 * place.scale
            var mask = [Float](repeating: 0, count: columns * rows)
            for y in 0..<rows {
                let lift = (foot - Float(y) - 0.5) / shadow.upward
                guard lift > -2, lift < Float(height) * place.scale + 2 else { continue }
                for x in 0..<columns {
                    mask[y * columns + x] =
                        at(Float(x) + 0.5 - shadow.sideways * lift, foot - max(lift, 0.5)).w
                }
            }
            let radius = max(1, columns / 48)
            for _ in 0..<2 {
                mask = Self.softened(mask, columns, rows, radius, step: 1)
                mask = Self.softened(mask, columns, rows, radius, step: columns)
            }
            for index in mask.indices where mask[index] > 0 {
                let left = 1 - shadow.strength * mask[index]
                for channel in 0..<3 { pixels[index * 3 + channel] *= left }
            }
        }

        /// The mean over `radius` neighbours to each side, along rows (step 1) or columns (step `columns`).
        private static func softened(
            _ mask: [Float], _ columns: Int, _ rows: Int, _ radius: Int, step: Int
        ) -> [Float] {
            let (length, lines) = step == 1 ? (columns, rows) : (rows, columns)
            let stride = step == 1 ? columns : 1
            var soft = mask
            for line in 0..<lines {
                let start = line * stride
                var sum: Float = 0
                for place in -radius..<length + radius {
                    if place + radius < length {
                        sum += mask[start + max(0, place + radius) * step] * (place + radius >= 0 ? 1 : 0)
                    }
                    if place - radius - 1 >= 0 { sum -= mask[start + (place - radius - 1) * step] }
                    if place >= 0, place < length {
                        soft[start + place * step] = max(0, sum) / Float(2 * radius + 1)
                    }
                }
            }
            return soft
        }

        private static func span(_ middle: Float, _ reach: Float, _ limit: Int) -> (Int, Int) {
            let low = Int(clamp(middle - reach, 0, Float(limit)))
            return (low, max(low, Int(clamp(middle + reach + 1, 0, Float(limit)))))
        }
    }
}
