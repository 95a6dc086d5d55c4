extension PortraitPainter {
    /// What is behind the person.
    func paintBackdrop(_ canvas: PortraitCanvas) {
        let seed = UInt32(truncatingIfNeeded: build.seed >> 7)
        let shift = Noise.hash(1, 2, seed) * 6
        switch portrait.background {
        case .white: wall(canvas, Vector(hex: 0xEFEEEA))
        case .gray: wall(canvas, Vector(hex: 0x979CA5))
        case .blue: wall(canvas, Vector(hex: 0x78AEE4))
        case .green: wall(canvas, Vector(hex: 0x7FC086))
        case .yellow: wall(canvas, Vector(hex: 0xF4DA70))
        case .pink: wall(canvas, Vector(hex: 0xF3AEC4))
        case .meadow: meadow(canvas, shift, seed)
        case .beach: beach(canvas, shift, seed)
        case .night: night(canvas, seed)
        case .bricks: bricks(canvas, shift, seed)
        case .snow: snow(canvas, shift, seed)
        }
    }

    /// A plain wall, brighter toward the lamp and behind the head.
    private func wall(_ canvas: PortraitCanvas, _ colour: Vector) {
        let lamp = build.lamp
        canvas.fill(
            .everything, { _, _ in -9 },
            colour: { x, y in
                let glow = 1 - smoothstep(0, 1.7, (x * x + (y - 0.1) * (y - 0.1)).squareRoot())
                return colour * (0.78 + 0.26 * glow + 0.14 * lamp.x * x + 0.05 * y)
            })
    }

    private func meadow(_ canvas: PortraitCanvas, _ shift: Float, _ seed: UInt32) {
        sky(canvas, Vector(hex: 0x5FA9EA), Vector(hex: 0xD4ECFA))
        clouds(canvas, seed)
        let far = Vector(hex: 0x7DB28A)
        canvas.fill(
            .everything, { x, y in (y + 0.02 - 0.11 * Self.wave(x * 2.6 + shift)) * 0.95 },
            colour: { _, y in
                far * (1.05 + 0.3 * y)
            })
        let near = Vector(hex: 0x5FA83C)
        canvas.fill(
            .everything, { x, y in (y + 0.24 - 0.07 * Self.wave(x * 1.7 + shift * 2)) * 0.98 },
            colour: { x, y in
                near * (0.80 + 0.35 * Noise.value(x * 9, y * 14, seed) + 0.2 * y)
            })
        let petals = [Vector(hex: 0xF7F3E6), Vector(hex: 0xF2C230), Vector(hex: 0xD94B5A)]
        for k in 0..<14 as Range<Int32> {
            let (x, y) = (Noise.hash(k, 3, seed) * 2 - 1, -0.36 - 0.6 * Noise.hash(k, 4, seed))
            let petal = petals[Int(k) % 3]
            canvas.fill(PlaneBox(x, y, 0.035, 0.03), petal) { PlaneShape.ellipse($0, $1, x, y, 0.033, 0.027) }
        }
    }

    private func beach(_ canvas: PortraitCanvas, _ shift: Float, _ seed: UInt32) {
        sky(canvas, Vector(hex: 0x56ABEE), Vector(hex: 0xDCF1FB))
        clouds(canvas, seed)
        let (deep, shallow) = (Vector(hex: 0x1E6FA8), Vector(hex: 0x63C6CF))
        canvas.fill(
            PlaneBox(0, -0.5, 2, 0.6), { _, y in y - 0.04 },
            colour: { x, y in
                let foam = smoothstep(0.62, 0.78, Noise.value(x * 6 + shift, y * 46, seed))
                return deep.mixed(shallow, clamp((0.04 - y) / 0.36)).mixed(Vector(1, 1, 1), foam * 0.35)
            })
        let sand = Vector(hex: 0xEBCF95)
        canvas.fill(
            PlaneBox(0, -0.8, 2, 0.6), { x, y in y + 0.34 - 0.035 * Self.wave(x * 2.2 + shift) },
            colour: { x, y in
                sand * (0.90 + 0.16 * Noise.fractal(x * 16, y * 26, seed, octaves: 2))
            })
        canvas.fill(PlaneBox(0, -0.34, 2, 0.09), PortraitPalette.white, opacity: 0.8) { x, y in
            abs(y + 0.33 - 0.035 * Self.wave(x * 2.2 + shift)) - 0.012
        }
    }

    private func night(_ canvas: PortraitCanvas, _ seed: UInt32) {
        let (high, low) = (Vector(hex: 0x101B47), Vector(hex: 0x4A4C93))
        canvas.fill(.everything, { _, _ in -9 }, colour: { _, y in high.mixed(low, clamp(0.45 - 0.5 * y)) })
        for k in 0..<46 as Range<Int32> {
            let (x, y) = (Noise.hash(k, 3, seed) * 2 - 1, Noise.hash(k, 4, seed) * 2 - 1)
            let size = 0.009 + 0.016 * Noise.hash(k, 5, seed) * Noise.hash(k, 6, seed)
            canvas.fill(PlaneBox(x, y, size, size), Vector(hex: 0xFFF4CE)) {
                PlaneShape.disc($0, $1, x, y, size)
            }
        }
        let side: Float = Noise.hash(7, 8, seed) < 0.5 ? -1 : 1
        let (x, y) = (side * 0.74, 0.70 as Float)
        canvas.fill(PlaneBox(x, y, 0.2, 0.2), Vector(hex: 0xFBEFC0)) { u, v in
            larger(PlaneShape.disc(u, v, x, y, 0.16), -PlaneShape.disc(u, v, x + 0.08, y + 0.05, 0.14))
        }
    }

    private func bricks(_ canvas: PortraitCanvas, _ shift: Float, _ seed: UInt32) {
        let (brick, mortar) = (Vector(hex: 0xA8573F), Vector(hex: 0xCFC2B2))
        let (height, width) = (0.17 as Float, 0.40 as Float)
        let (lamp, blur) = (build.lamp, canvas.sampleSize)
        canvas.fill(
            .everything, { _, _ in -9 },
            colour: { x, y in
                let row = Noise.cell((y + 2) / height)
                let along = x + 4 + shift + (row & 1 == 0 ? 0 : width / 2)
                let column = Noise.cell(along / width)
                let u = abs(Noise.fraction(along / width) - 0.5) * width - width / 2 + 0.014
                let v = abs(Noise.fraction((y + 2) / height) - 0.5) * height - height / 2 + 0.014
                let inside = clamp(0.5 - larger(u, v) / blur)
                let tone = 0.78 + 0.44 * Noise.hash(row, column, seed)
                let light = 0.92 + 0.16 * lamp.x * x + 0.05 * y
                return mortar.mixed(brick * tone, inside) * light
            })
    }

    private func snow(_ canvas: PortraitCanvas, _ shift: Float, _ seed: UInt32) {
        sky(canvas, Vector(hex: 0x8FA9C6), Vector(hex: 0xD5E0EA))
        let hill = Vector(hex: 0xF2F6FA)
        for (base, tone, speed) in [(0.02, 0.80, 2.3), (-0.2, 0.97, 1.5)] as [(Float, Float, Float)] {
            canvas.fill(
                .everything, { x, y in y - base - 0.09 * Self.wave(x * speed + shift * speed) },
                colour: { _, y in
                    hill * (tone + 0.12 * (y - base))
                })
        }
        for k in 0..<60 as Range<Int32> {
            let (x, y) = (Noise.hash(k, 3, seed) * 2 - 1, Noise.hash(k, 4, seed) * 2 - 1)
            let size = 0.013 + 0.017 * Noise.hash(k, 5, seed)
            canvas.fill(PlaneBox(x, y, size, size), Vector(1, 1, 1), opacity: 0.9) {
                PlaneShape.disc($0, $1, x, y, size)
            }
        }
    }

    private func sky(_ canvas: PortraitCanvas, _ high: Vector, _ low: Vector) {
        canvas.fill(.everything, { _, _ in -9 }, colour: { _, y in high.mixed(low, clamp(0.75 - 0.75 * y)) })
    }

    private func clouds(_ canvas: PortraitCanvas, _ seed: UInt32) {
        for k in 0..<3 as Range<Int32> {
            let (x, y) = (Noise.hash(k, 11, seed) * 2 - 1, 0.42 + 0.5 * Noise.hash(k, 12, seed))
            let size = 0.7 + 0.6 * Noise.hash(k, 13, seed)
            canvas.fill(PlaneBox(x, y, 0.3 * size, 0.15 * size), Vector(1, 1, 1), soft: 0.06, opacity: 0.9) {
                u, v in
                let low = PlaneShape.ellipse(u, v, x, y, 0.26 * size, 0.06 * size)
                return smaller(
                    low, PlaneShape.ellipse(u, v, x + 0.04 * size, y + 0.05 * size, 0.13 * size, 0.08 * size))
            }
        }
    }

    /// A smooth wave of period 2π without the cost of a sine: a triangle with rounded tips.
    @inline(__always) static func wave(_ angle: Float) -> Float {
        let t = abs(Noise.fraction(angle * 0.159_154_94) * 2 - 1)
        return t * t * (3 - 2 * t) * 2 - 1
    }
}
