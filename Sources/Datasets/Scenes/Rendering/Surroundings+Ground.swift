extension Surroundings {
    /// The ground at a point; `footprint` is about the width of a pixel there, and finer detail is left out.
    @inline(__always) func groundSample(_ point: Vector, footprint: Float) -> GroundSample {
        let (x, z) = (point.x, point.z)
        let fine = clamp(1.4 - footprint * 16)
        let coarse = clamp(1.4 - footprint * 4)
        switch ground {
        case .studio:
            return GroundSample(albedo: groundColour)
        case .checkered:
            return checkered(x, z, footprint)
        case .wooden:
            return planks(x, z, 0.52, Vector(0.40, 0.215, 0.10), fine: fine, gloss: 0.05)
        case .parquet:
            return rug(x, z, on: planks(z + 0.3, x, 0.34, Vector(0.27, 0.14, 0.07), fine: fine, gloss: 0.10))
        case .grass:
            let patch = Noise.value(x * 0.9, z * 0.9, seed &+ 70)
            let tuft = Noise.value(x * 5.5, z * 4.0, seed &+ 71) - 0.5
            let blade = Noise.value(x * 19, z * 9, seed &+ 72) - 0.5
            var colour = Vector(0.105, 0.265, 0.045).mixed(Vector(0.20, 0.36, 0.065), patch)
            colour *= 1 + tuft * 0.45 * coarse + blade * 0.65 * fine
            return GroundSample(albedo: flowered(colour, x, z, fine))
        case .forest:
            let patch = Noise.value(x * 1.3, z * 1.3, seed &+ 74)
            let leaf = Noise.value(x * 9, z * 7, seed &+ 75) - 0.5
            let colour = Vector(0.23, 0.145, 0.065).mixed(
                Vector(0.12, 0.18, 0.05), smoothstep(0.35, 0.7, patch))
            return GroundSample(albedo: colour * (1 + leaf * 0.8 * coarse))
        case .sand:
            return sand(x, z, fine: fine, coarse: coarse)
        case .snow:
            let drift = Noise.value(x * 0.8 + z * 0.3, z * 1.1, seed &+ 76) - 0.5
            let small = Noise.value(x * 3.4, z * 2.6, seed &+ 77) - 0.5
            let tilt = Vector(drift * 0.24 + small * 0.12 * coarse, 1, small * 0.10 * coarse).normalized
            return GroundSample(albedo: Vector(0.80, 0.84, 0.90) * (1 + drift * 0.05), normal: tilt)
        }
    }

    @inline(__always) private func checkered(_ x: Float, _ z: Float, _ footprint: Float) -> GroundSample {
        let size: Float = 0.8
        let (u, v) = (x / size, z / size)
        let soft = max(footprint / size, 0.004)
        let dark = Vector(0.075, 0.070, 0.068)
        let pale = Vector(0.74, 0.71, 0.64)
        let across = Self.squareWave(u, soft)
        let along = Self.squareWave(v, soft * 2.5)
        let share = 0.5 + 0.5 * across * along
        return GroundSample(albedo: dark.mixed(pale, share), mirror: 0.10)
    }

    /// A wave of -1 and 1 with period 2, softened over `soft`.
    @inline(__always) static func squareWave(_ value: Float, _ soft: Float) -> Float {
        let phase = abs(Noise.fraction(value / 2) - 0.5) * 4 - 1
        return clamp(phase / min(2 * soft, 4), -1, 1) * clamp(1.4 - soft)
    }

    @inline(__always) private func planks(
        _ x: Float, _ z: Float, _ width: Float, _ colour: Vector, fine: Float, gloss: Float
    ) -> GroundSample {
        let plank = Noise.cell(x / width)
        let tone = Noise.hash(plank, 3, seed &+ 80)
        let edge = abs(x / width - Float(plank) - 0.5) * 2
        let grain = Noise.value(x * 16 + tone * 50, z * 1.4 + tone * 9, seed &+ 81) - 0.5
        let fibre = Noise.value(x * 47, z * 2.6, seed &+ 82) - 0.5
        let gap = smoothstep(0.90, 0.985, edge) * (0.25 + 0.35 * fine)
        let shade = (0.84 + 0.32 * tone + grain * 0.30 * fine + fibre * 0.2 * fine) * (1 - gap)
        return GroundSample(albedo: colour * shade, mirror: gloss)
    }

    /// A carpet with a border before the shelves of some libraries.
    @inline(__always) private func rug(_ x: Float, _ z: Float, on floor: GroundSample) -> GroundSample {
        guard rugColour.x > 0 else { return floor }
        let reach = max(abs(x) / 1.75, abs(z + 1.25) / 0.95)
        guard reach < 1 else { return floor }
        if reach > 0.93 || (reach > 0.80 && reach < 0.84) {
            return GroundSample(albedo: Vector(0.62, 0.50, 0.30))
        }
        let weave = 0.9 + 0.2 * Noise.value(x * 11, z * 11, seed &+ 92)
        return GroundSample(albedo: rugColour * weave)
    }

    @inline(__always) private func flowered(_ grass: Vector, _ x: Float, _ z: Float, _ fine: Float) -> Vector
    {
        let (u, v) = (x * 4.2, z * 3.0)
        let i = Noise.cell(u)
        let j = Noise.cell(v)
        guard fine > 0, Noise.hash(i, j, seed &+ 83) > 0.955 else { return grass }
        let dx = (u - Float(i) - 0.5) * 1.1
        let dy = (v - Float(j) - 0.5) * 1.1
        let dot = 1 - smoothstep(0.14, 0.26, (dx * dx + dy * dy).squareRoot())
        let tint = Noise.hash(i, j, seed &+ 84)
        let petal = tint < 0.5 ? Vector(0.85, 0.85, 0.82) : Vector(0.85, 0.68, 0.12)
        return grass.mixed(petal, dot * 0.8 * fine)
    }

    @inline(__always) private func sand(_ x: Float, _ z: Float, fine: Float, coarse: Float) -> GroundSample {
        let shore = shore(x)
        if z > shore {
            let chop = min(10 / z, 1)
            let a = Noise.value(x * 0.9, z * 2.6, seed &+ 87) - 0.5
            let b = Noise.value(x * 2.1 + 7, z * 5.5, seed &+ 88) - 0.5
            let foam = 1 - smoothstep(0.10, 0.42, z - shore)
            let deep = Vector(0.015, 0.16, 0.26).mixed(
                Vector(0.05, 0.40, 0.42), clamp(1.3 - (z - shore) * 0.25))
            return GroundSample(
                albedo: deep.mixed(Vector(0.85, 0.87, 0.88), foam), mirror: 0.42 * (1 - foam),
                normal: Vector(a * 0.10, 1, (a + b) * 0.10 * chop).normalized)
        }
        let dune = Noise.value(x * 1.1, z * 0.7, seed &+ 89) - 0.5
        let ripple = Trigonometry.sine(z * 13 + 3.5 * Noise.value(x * 1.3, z * 0.9, seed &+ 90) + x * 2)
        let grain = Noise.value(x * 27, z * 17, seed &+ 91) - 0.5
        let wet = smoothstep(1.0, 0.1, shore - z)
        let colour = Vector(0.66, 0.52, 0.31) * (1 + dune * 0.18 + grain * 0.22 * fine)
        return GroundSample(
            albedo: colour * (1 - wet * 0.42), mirror: wet * 0.18,
            normal: Vector(dune * 0.14, 1, ripple * 0.085 * coarse).normalized)
    }
}
