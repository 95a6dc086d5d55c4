/// Patterns painted on solids, in the solid's own coordinates.
enum Paint {
    @inline(__always) static func colour(
        _ surface: Surface, _ p: Vector, size: Vector, normal: Vector, seed: UInt32
    ) -> Vector {
        switch surface.pattern {
        case .plain: return surface.colour
        case .dots: return dots(surface.colour, p, size)
        case .foliage:
            let noise = Noise.value(p.x * 6 / size.x + p.z * 4, p.y * 9 / size.y, seed) - 0.5
            return surface.colour * (1 + 0.30 * noise)
        case .tiles:
            let row = p.y / size.y * 6
            let step = Noise.fraction(row)
            return surface.colour * (0.86 + 0.20 * step)
        case .wood:
            let grain = Noise.value(p.x * 14, p.y * 3 + p.z * 9, seed &+ 3) - 0.5
            return surface.colour * (1 + 0.35 * grain)
        case .wall: return wall(surface.colour, p, size)
        case .spine: return spine(surface.colour, p, size)
        case .embers:
            let grain = Noise.value(p.x * 30, p.y * 7, seed &+ 4)
            let heat = smoothstep(0.52, 0.95, p.y / size.y) * smoothstep(0.35, 0.65, grain)
            return surface.colour * (0.7 + 0.6 * grain) + Vector(0.75, 0.20, 0.02) * heat
        }
    }

    /// Pale round spots on a cap, set at fixed directions.
    @inline(__always) private static func dots(_ colour: Vector, _ p: Vector, _ size: Vector) -> Vector {
        let q = (p / size).normalized
        let pale = Vector(0.86, 0.82, 0.74)
        var share: Float = 0
        for k in 0..<7 {
            let angle = Float(k) * 2.399_963
            let height = 0.30 + 0.64 * Float(k) / 6
            let ring = max(1 - height * height, 0).squareRoot()
            let spot = Vector(Trigonometry.cosine(angle) * ring, height, Trigonometry.sine(angle) * ring)
            share = max(share, smoothstep(0.965, 0.980, q.dot(spot)))
        }
        return colour.mixed(pale, share * 0.9)
    }

    /// Two dark windows beside the door, on the front and the sides.
    @inline(__always) private static func wall(_ colour: Vector, _ p: Vector, _ size: Vector) -> Vector {
        let front = abs(abs(p.z) - size.z) < 0.01 * size.z
        let u = front ? abs(p.x) / size.x - 0.60 : p.z / size.z
        let v = p.y / size.y - 0.18
        let reach = max(abs(u) / (front ? 0.19 : 0.30), abs(v) / 0.30)
        if reach > 1.25 { return colour }
        return reach > 0.98 ? Vector(0.55, 0.50, 0.42) : Vector(0.05, 0.075, 0.11)
    }

    @inline(__always) private static func spine(_ colour: Vector, _ p: Vector, _ size: Vector) -> Vector {
        let level = abs(p.y / size.y)
        if p.y > size.y * 0.995 { return Vector(0.62, 0.56, 0.44) }
        if level > 0.62, level < 0.76 { return colour.mixed(Vector(0.80, 0.66, 0.30), 0.55) }
        return colour * (0.90 + 0.2 * (1 - abs(p.x / size.x)))
    }
}
