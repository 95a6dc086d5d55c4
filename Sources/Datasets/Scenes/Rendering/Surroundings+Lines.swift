extension Surroundings {
    /// True where the beach ends and the water begins.
    @inline(__always) func isSea(_ point: Vector) -> Bool {
        ground == .sand && point.z > shore(point.x)
    }

    /// Depth of the water's edge.
    @inline(__always) func shore(_ x: Float) -> Float {
        7.6 + 1.1 * Noise.value(x * 0.35, 2, seed &+ 85) + 0.25 * Noise.value(x * 1.7, 5, seed &+ 86)
    }

    /// True where hills, mountains or trees stand before the sky.
    @inline(__always) func isLand(_ direction: Vector) -> Bool {
        let flat = (direction.x * direction.x + direction.z * direction.z).squareRoot()
        return horizon(Vector(-1, -1, -1), direction, direction.y / max(flat, 1e-4)).x >= 0
    }

    /// How dark a pencil draws the ground at a point, 0...1: tiles, planks, blades, grains, waves.
    @inline(__always) func strokes(_ point: Vector) -> Float {
        let (x, z) = (point.x, point.z)
        let far = smoothstep(9, 3, z)
        switch ground {
        case .studio: return 0
        case .checkered: return Self.squareWave(x / 0.8, 0.02) * Self.squareWave(z / 0.8, 0.02) < 0 ? 0.34 : 0
        case .wooden: return abs(x / 0.52 - (x / 0.52).rounded()) < 0.035 ? 0.55 : 0
        case .parquet: return abs(z / 0.34 - (z / 0.34).rounded()) < 0.05 ? 0.5 : 0
        case .grass, .forest:
            let (u, v) = (x * 6, z * 3)
            let (i, j) = (Noise.cell(u), Noise.cell(v))
            guard Noise.hash(i, j, seed &+ 110) > 0.66 else { return 0 }
            let lean = (Noise.hash(i, j, seed &+ 111) - 0.5) * 0.6
            let dx = u - Float(i) - 0.5 - lean * (v - Float(j) - 0.5)
            return abs(dx) < 0.14 && abs(v - Float(j) - 0.5) < 0.38 ? 0.6 * far : 0
        case .sand:
            if isSea(point) {
                let wave = z * 1.7 + 0.35 * Trigonometry.sine(x * 2.2 + z)
                return abs(wave - wave.rounded()) < 0.16 && Noise.value(x * 0.9, z * 2, seed &+ 112) > 0.45
                    ? 0.5 : 0
            }
            let (u, v) = (x * 7, z * 5)
            let (i, j) = (Noise.cell(u), Noise.cell(v))
            let dx = u - Float(i) - 0.5
            let dy = v - Float(j) - 0.5
            return Noise.hash(i, j, seed &+ 113) > 0.80 && dx * dx + dy * dy < 0.06 ? 0.6 * far : 0
        case .snow:
            let drift = z * 0.9 + 0.5 * Noise.value(x * 0.8, z * 0.5, seed &+ 114)
            return abs(drift - drift.rounded()) < 0.035 && Noise.value(x * 0.7, z, seed &+ 115) > 0.52
                ? 0.4 : 0
        }
    }
}
