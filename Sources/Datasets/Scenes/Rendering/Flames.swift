/// The flames of a bonfire: layered tongues in a plane that faces the viewer, and sparks above them.
struct Flames {
    let foot: Vector
    let scale: Float
    let seed: UInt32

    /// Light of the flames along a ray, and how much of what lies behind they hide (in `w`); `limit` is the distance of
    /// what lies behind.
    @inline(__always) func light(_ ray: Ray, limit: Float) -> SIMD4<Float> {
        let t = (foot.z - 0.12 * scale - ray.origin.z) / ray.direction.z
        guard t > 0, t < limit else { return SIMD4(0, 0, 0, 0) }
        let x = (ray.origin.x + ray.direction.x * t - foot.x) / scale
        let y = (ray.origin.y + ray.direction.y * t - foot.y) / scale
        guard abs(x) < 1.3, y > -0.05, y < 3.2 else { return SIMD4(0, 0, 0, 0) }
        let heat = heat(x, y)
        let spark = spark(x, y)
        guard heat > 0.01 || spark > 0 else { return SIMD4(0, 0, 0, 0) }
        let red = Vector(0.95, 0.13, 0.01)
        let orange = Vector(1.35, 0.46, 0.04)
        let yellow = Vector(1.7, 1.15, 0.28)
        var colour = red.mixed(orange, smoothstep(0.08, 0.38, heat))
        colour = colour.mixed(yellow, smoothstep(0.38, 0.85, heat))
        colour = colour.mixed(Vector(2.0, 1.8, 1.1), smoothstep(0.85, 1.25, heat))
        let cover = smoothstep(0.0, 0.22, heat)
        let sum = colour * cover + Vector(1.6, 0.7, 0.2) * spark
        return SIMD4(sum, min(cover * 0.92 + spark, 1))
    }

    /// How hot the flame is at a point, 0 outside and about 1 in the core; one unit is the fire's size.
    @inline(__always) func heat(_ x: Float, _ y: Float) -> Float {
        let rise = y * 1.5
        let bend = (Noise.value(x * 1.3, rise - 0.4, seed) - 0.5) * 0.55 * min(y, 1.2)
        let u = x + bend
        let tongues =
            Noise.value(u * 3.1, rise * 0.55, seed &+ 5) * 0.75 + Noise.value(u * 6.3, rise * 1.1, seed &+ 6)
            * 0.25
        let height = (1.95 - 1.7 * abs(u) * (1 + 0.4 * abs(u))) * (0.45 + 0.75 * tongues)
        guard height > 0.05, y < height else { return 0 }
        let fall = 1 - max(y, 0) / height
        let side = 1 - smoothstep(0.15, 0.62, abs(u))
        let streak = 0.75 + 0.5 * Noise.value(u * 5, rise * 1.4, seed &+ 9)
        return fall * (0.35 + 0.85 * side) * streak * smoothstep(-0.05, 0.10, y) * 1.15
    }

    /// Bright dots that drift above the flames.
    @inline(__always) private func spark(_ x: Float, _ y: Float) -> Float {
        guard y > 0.9 else { return 0 }
        let (u, v) = (x * 7, y * 7)
        let i = Noise.cell(u)
        let j = Noise.cell(v)
        let crowd = Noise.hash(i, j, seed &+ 21)
        guard crowd > 0.93 + 0.04 * (y - 1.2) + 0.06 * abs(x) else { return 0 }
        let dx = u - Float(i) - 0.3 - 0.4 * Noise.hash(i, j, seed &+ 22)
        let dy = v - Float(j) - 0.3 - 0.4 * Noise.hash(i, j, seed &+ 23)
        return 1 - smoothstep(0.10, 0.26, (dx * dx + dy * dy).squareRoot())
    }
}
