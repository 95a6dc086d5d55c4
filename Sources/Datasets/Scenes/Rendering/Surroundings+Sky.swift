extension Surroundings {
    /// The sky in a direction: gradient, clouds, sun or moon and stars, and what stands on the horizon.
    @inline(__always) func sky(_ direction: Vector, sharp: Bool) -> Vector {
        let flat = (direction.x * direction.x + direction.z * direction.z).squareRoot()
        let slope = direction.y / max(flat, 1e-4)
        let height = clamp(slope / 0.62)
        let rise = height.squareRoot()
        var colour = skyHorizon.mixed(skyTop, time == .sunset ? min(rise * 1.12, 1) : rise)
        let toward = clamp(direction.dot(sunDirection))
        switch time {
        case .day:
            let glare = toward * toward * toward * toward
            colour += sunColour * (0.10 * glare * glare)
        case .sunset:
            let near = toward * toward * toward * toward
            let tight = near * near * near * near
            colour += Vector(0.9, 0.36, 0.10) * (0.35 * near + 0.45 * tight * tight)
            if sharp {
                colour = colour.mixed(Vector(1.9, 1.35, 0.62), smoothstep(0.9982, 0.9990, toward))
            }
        case .night:
            if moon.z > 0 {
                let close = clamp(direction.dot(moon))
                let halo = close * close * close * close
                let wide = halo * halo * halo * halo
                colour += Vector(0.10, 0.13, 0.20) * (wide * wide)
                if sharp {
                    let disc = smoothstep(0.99905, 0.99945, close)
                    let spots = Noise.value(direction.x * 60, direction.y * 60, seed)
                    colour = colour.mixed(Vector(0.92, 0.92, 0.80) * (0.80 + 0.25 * spots), disc)
                }
            }
            if sharp { colour += Vector(0.9, 0.92, 1.0) * stars(direction) }
        }
        if slope > 0.015, clouds > 0.15 { colour = clouded(colour, direction, slope, toward) }
        return horizon(colour, direction, slope)
    }

    @inline(__always) private func stars(_ direction: Vector) -> Float {
        let scale = 36 / (abs(direction.z) + 0.3)
        let (u, v) = (direction.x * scale, direction.y * scale)
        let i = Noise.cell(u)
        let j = Noise.cell(v)
        let chance = Noise.hash(i, j, seed &+ 31)
        guard chance > 0.90 else { return 0 }
        let dx = u - Float(i) - 0.25 - 0.5 * Noise.hash(i, j, seed &+ 32)
        let dy = v - Float(j) - 0.25 - 0.5 * Noise.hash(i, j, seed &+ 33)
        let size: Float = 0.10 + (chance - 0.90) * 1.5
        return (1 - smoothstep(size * 0.5, size + 0.06, (dx * dx + dy * dy).squareRoot()))
            * (0.35 + (chance - 0.9) * 7)
    }

    @inline(__always) private func clouded(
        _ colour: Vector, _ direction: Vector, _ slope: Float, _ toward: Float
    ) -> Vector {
        let reach = 0.62 / (slope + 0.16)
        let (u, v) = (direction.x / max(direction.z, 0.2) * reach * 1.7, reach * 3.2)
        let density = Noise.fractal(u, v, seed &+ 40, octaves: 4)
        let low = 0.66 - 0.24 * clouds
        let cover = smoothstep(low, low + 0.24, density) * smoothstep(0.015, 0.07, slope)
        guard cover > 0 else { return colour }
        let shade = smoothstep(low, low + 0.45, density)
        switch time {
        case .day:
            return colour.mixed(Vector(0.98, 0.98, 1.0).mixed(Vector(0.74, 0.79, 0.86), shade), cover * 0.92)
        case .sunset:
            let lit = Vector(1.0, 0.46, 0.24).mixed(Vector(0.42, 0.20, 0.34), shade)
            return colour.mixed(lit + Vector(0.5, 0.2, 0.05) * (toward * toward * toward), cover * 0.75)
        case .night: return colour.mixed(Vector(0.045, 0.060, 0.115), cover * 0.7)
        }
    }

    /// Hills, mountains or trees before the sky.
    @inline(__always) func horizon(_ sky: Vector, _ direction: Vector, _ slope: Float) -> Vector {
        guard slope < 0.42 else { return sky }
        let azimuth = direction.x / (abs(direction.z) + 0.25 * abs(direction.x) + 1e-3)
        let haze = skyHorizon
        var colour = sky
        let light = wallLight
        switch ground {
        case .grass:
            let far = 0.018 + 0.075 * Noise.value(azimuth * 3.1, 0.5, seed &+ 50)
            if slope < far { colour = (Vector(0.16, 0.24, 0.22) * light).mixed(haze, 0.45) }
            let near = 0.004 + 0.045 * Noise.value(azimuth * 5.3, 3.5, seed &+ 51)
            let trees =
                0.022 * Noise.value(azimuth * 42, 1.5, seed &+ 52)
                * smoothstep(0.45, 0.6, Noise.value(azimuth * 4, 9, seed &+ 53))
            if slope < near + trees {
                colour = (Vector(0.07, 0.16, 0.06) * light * 1.2).mixed(haze, 0.22)
            }
        case .snow:
            let ridge = abs(Noise.fractal(azimuth * 2.3, 0.5, seed &+ 55, octaves: 4) - 0.5) * 2
            let far = 0.17 * (1 - ridge) - 0.03
            if slope < far {
                let rock = smoothstep(
                    0.50, 0.62, Noise.fractal(azimuth * 16 + slope * 22, slope * 40, seed &+ 56, octaves: 2))
                let face = Vector(0.72, 0.76, 0.84).mixed(
                    Vector(0.20, 0.22, 0.28), rock * smoothstep(0.0, 0.07, far - slope))
                colour = (face * light * 1.05).mixed(haze, 0.40)
            }
            let pine = abs(Noise.fraction(azimuth * 26 + 0.5) - 0.5)
            let tall = Noise.hash(Noise.cell(azimuth * 26 + 0.5), 7, seed &+ 57)
            let grove = smoothstep(0.35, 0.55, Noise.value(azimuth * 3.5, 4, seed &+ 58))
            if slope < 0.008 + grove * (0.02 + 0.035 * tall) * (1 - pine * 1.9) {
                colour = (Vector(0.08, 0.13, 0.12) * light).mixed(haze, 0.18)
            }
        case .forest:
            colour = forest(colour, azimuth, slope)
        case .sand:
            let island = 0.04 * (Noise.value(azimuth * 2.6, 2, seed &+ 59) - 0.62)
            if slope < island { colour = (Vector(0.14, 0.20, 0.20) * light).mixed(haze, 0.55) }
        default: break
        }
        return colour
    }

    /// Three rows of dark firs, the nearest darkest.
    @inline(__always) private func forest(_ sky: Vector, _ azimuth: Float, _ slope: Float) -> Vector {
        var colour = sky
        for row in 0..<3 {
            let width: Float = 17 - Float(row) * 3.5
            let along = azimuth * width + Float(row) * 0.37
            let middle = Float(Noise.cell(along + 0.5))
            let tall = Noise.hash(Noise.cell(along + 0.5), Int32(row), seed &+ 60)
            let peak = 0.11 + Float(row) * 0.035 + 0.14 * tall
            let share = clamp(slope / peak)
            let jag = 0.06 * abs((slope * 55).truncatingRemainder(dividingBy: 1))
            let half = 0.56 * (1 - share) + jag * (1 - share) * 4 * 0.35
            if slope < peak, abs(along - middle) < half {
                let dark: Float = 0.62 - Float(row) * 0.22
                colour = (Vector(0.05, 0.085, 0.055) * wallLight * 1.4).mixed(skyHorizon, dark * 0.40)
            }
        }
        return colour
    }
}
