/// What one ray of a drawing meets.
struct DrawingSample {
    /// A number that changes where an outline belongs; negative for ground and background.
    var part: Int32
    var normal: Vector
    var colour: Vector
    /// How the far lamp falls on it, -1...1; below zero in shadow.
    var light: Float
    var rank: Rank
    /// A highlight painted over the tone.
    var glint = Vector(0, 0, 0)

    enum Rank: UInt8 { case solid, ground, background }
}

extension Stage {
    /// Renders as a cartoon or a line drawing: flat tones, hatching, outlines where surfaces meet.
    func drawing(_ side: Int, _ wanted: Int, into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let rays = max(wanted, 2)
        let full = side * rays
        let lines = attributes.style == .lineDrawing
        let samples = withTracer(side) { tracer in
            [DrawingSample](unsafeUninitializedCapacity: full * full) { buffer, count in
                for y in 0..<full {
                    for x in 0..<full {
                        let u = (Float(x) + 0.5) * 2 / Float(full) - 1
                        let v = 1 - (Float(y) + 0.5) * 2 / Float(full)
                        let ray = camera.ray(u, v)
                        buffer[y * full + x] = lines ? tracer.lineSample(ray) : tracer.cartoonSample(ray)
                    }
                }
                count = full * full
            }
        }
        samples.withUnsafeBufferPointer { samples in
            let reach = max(1, Int((Float(full) / 64 * 0.30).rounded()))
            let scale = 64 / Float(full)
            let outline = Vector(0.011, 0.010, 0.013)
            for y in 0..<side {
                for x in 0..<side {
                    var sum = Vector(0, 0, 0)
                    for k in 0..<rays * rays {
                        let (px, py) = (x * rays + k % rays, y * rays + k / rays)
                        let sample = samples[py * full + px]
                        let tone =
                            lines
                            ? Self.ink(sample, Float(px) * scale, Float(py) * scale)
                            : ToneCurve.shown(sample.colour)
                        sum += tone.mixed(outline, Self.edge(samples, full, px, py, reach))
                    }
                    ToneCurve.write(sum * (1 / Float(rays * rays)), to: buffer, at: (y * side + x) * 3)
                }
            }
        }
    }

    /// How strongly an outline covers a sample: 1 where parts differ nearby, less at a crease.
    @inline(__always) private static func edge(
        _ samples: UnsafeBufferPointer<DrawingSample>, _ full: Int, _ x: Int, _ y: Int, _ reach: Int
    ) -> Float {
        let here = samples[y * full + x]
        var strongest: Float = 0
        for k in 0..<8 {
            let dx = k < 3 ? -1 : (k < 5 ? 0 : 1)
            let dy = k < 3 ? k - 1 : (k == 3 ? -1 : (k == 4 ? 1 : k - 6))
            let (nx, ny) = (x + dx * reach, y + dy * reach)
            guard nx >= 0, ny >= 0, nx < full, ny < full else { continue }
            let there = samples[ny * full + nx]
            if there.part != here.part {
                strongest = max(strongest, there.part >= 0 || here.part >= 0 ? 1 : 0.55)
            } else if here.part >= 0, here.normal.dot(there.normal) < 0.72 {
                strongest = max(strongest, 0.8)
            }
            if strongest == 1 { return 1 }
        }
        return strongest
    }

    /// Paper, hatched where the light does not fall; coordinates in 64ths of the picture.
    @inline(__always) private static func ink(_ sample: DrawingSample, _ x: Float, _ y: Float) -> Vector {
        let paper = Vector(0.93, 0.925, 0.905)
        let pencil = Vector(0.13, 0.13, 0.14)
        var dark = sample.colour.x
        let period: Float = 2.6
        if sample.light < 0.35 {
            let phase = (x + y) / period
            if Noise.fraction(phase) < 0.34 { dark = max(dark, 0.62) }
        }
        if sample.light < -0.35 {
            let phase = (x - y) / period
            if Noise.fraction(phase) < 0.34 { dark = max(dark, 0.72) }
        }
        return paper.mixed(pencil, dark)
    }
}

extension Tracer {
    /// What a cartoon shows along a ray: three tones on things, flat ground, hard shadows.
    @inline(__always) func cartoonSample(_ ray: Ray) -> DrawingSample {
        var sample = drawn(ray, lines: false)
        if sample.part >= Self.flamePart { return sample }
        switch sample.rank {
        case .solid:
            let tone: Float = sample.light > 0.50 ? 1.10 : (sample.light > 0.05 ? 0.82 : 0.52)
            let dim = rig.skylight * 1.25 + rig.colour * 0.55
            sample.colour = sample.colour * dim * tone + sample.glint
        case .ground:
            sample.colour =
                sample.colour * (rig.skylight * 1.15 + rig.colour * (sample.light > 0 ? 0.70 : 0.12))
        case .background: break
        }
        return sample
    }

    /// What a line drawing shows along a ray; `colour.x` is how dark the paper is drawn on.
    @inline(__always) func lineSample(_ ray: Ray) -> DrawingSample {
        var sample = drawn(ray, lines: true)
        let drawnGround = sample.rank == .ground
        let dark: Float = drawnGround ? surroundings.strokes(ray.at(-ray.origin.y / ray.direction.y)) : 0
        sample.colour = Vector(dark, dark, dark)
        if sample.rank == .background { sample.light = 1 }
        if drawnGround { sample.light = sample.light > 0 ? 1 : 0 }
        return sample
    }

    static var flamePart: Int32 { 1 << 20 }

    /// Part, normal, colour and light of what a ray meets.
    @inline(__always) private func drawn(_ ray: Ray, lines: Bool) -> DrawingSample {
        let hit = geometry.nearest(ray)
        let ground = ray.direction.y < -1e-5 ? -ray.origin.y / ray.direction.y : .infinity
        if let flames, let flame = flames.drawn(ray, limit: min(hit.t, ground), lines: lines) { return flame }
        if hit.t < ground, hit.surface >= 0 {
            let surface = surfaces[Int(hit.surface)]
            let point = ray.at(hit.t)
            let facing = hit.normal.dot(rig.direction)
            let seen = facing > 0 ? lampSeen(point, hit.normal, first: 0, rays: 1) : 1
            var light = facing * seen - (1 - seen) * 0.2
            if rig.lampCount > 0 {
                light = max(light, 2.2 * rig.lamplight(point, hit.normal).luminance - 0.1)
            }
            var sample = DrawingSample(
                part: hit.surface &* 512 &+ hit.primitive, normal: hit.normal,
                colour: patterned(surface, point, hit), light: light, rank: .solid)
            let mirror = ray.direction.reflected(at: hit.normal)
            switch surface.finish {
            case .matte: break
            case .glowing: sample.light = 1
            case .shiny:
                if mirror.dot(rig.direction) > 0.90 { sample.glint = rig.colour * 0.75 + rig.skylight * 0.4 }
            case .metal:
                let band = mirror.y * 1.6 + mirror.x * 0.5
                let wave = Noise.fraction(band * 1.5)
                sample.colour *= wave < 0.5 ? 0.55 : 1.15
                if mirror.dot(rig.direction) > 0.86 { sample.glint = rig.colour * 0.55 + rig.skylight * 0.3 }
            }
            return sample
        }
        if ground < .infinity, !surroundings.groundEnds(ray.at(ground)) {
            let point = ray.at(ground)
            let tiled = surroundings.ground == .checkered || surroundings.ground == .parquet
            let flat = surroundings.groundSample(point, footprint: tiled ? ground * pixel * 3 : 0.18)
            let lamp = rig.lampCount > 0 ? rig.lamplight(point, Vector(0, 1, 0)) : Vector(0, 0, 0)
            return DrawingSample(
                part: surroundings.isSea(point) ? -2 : -1, normal: Vector(0, 1, 0),
                colour: flat.albedo * (Vector(1, 1, 1) + lamp * 2),
                light: lampSeen(point, Vector(0, 1, 0), first: 0, rays: 1) > 0 ? 1 : -0.2, rank: .ground)
        }
        let skyline = surroundings.outdoors && surroundings.isLand(ray.direction)
        return DrawingSample(
            part: skyline ? -3 : -4, normal: Vector(0, 0, -1),
            colour: surroundings.background(ray, sharp: true),
            light: 1, rank: .background)
    }
}

extension Flames {
    /// The flames as flat tongues of red, orange and yellow.
    @inline(__always) func drawn(_ ray: Ray, limit: Float, lines: Bool) -> DrawingSample? {
        let t = (foot.z - 0.12 * scale - ray.origin.z) / ray.direction.z
        guard t > 0, t < limit else { return nil }
        let heat = heat(
            (ray.origin.x + ray.direction.x * t - foot.x) / scale,
            (ray.origin.y + ray.direction.y * t) / scale)
        guard heat > 0.12 else { return nil }
        let level = heat > 0.75 ? 2 : (heat > 0.42 ? 1 : 0)
        let colours = (Vector(0.90, 0.13, 0.02), Vector(1.0, 0.42, 0.03), Vector(1.0, 0.85, 0.22))
        return DrawingSample(
            part: Tracer.flamePart + (lines ? Int32(level) : 0), normal: Vector(0, 0, -1),
            colour: level == 2 ? colours.2 : (level == 1 ? colours.1 : colours.0), light: 1, rank: .solid)
    }
}
