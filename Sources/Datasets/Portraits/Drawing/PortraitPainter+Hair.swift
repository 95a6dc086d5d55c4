extension PortraitPainter {
    /// The shade of hair at a point: round like the head, with strands.
    @inline(__always) private func hair(_ x: Float, _ y: Float, dark: Float = 1) -> Vector {
        let strand = 0.97 + 0.05 * Self.wave(x * 58 + y * y * 12)
        return build.hair * (dark * strand * build.round(x, y, 0, 0.05, build.faceWidth + 0.28, 0.85))
    }

    /// Hair that falls behind neck and shoulders.
    func paintHairBehind(_ canvas: PortraitCanvas) {
        let wide = build.faceWidth
        switch portrait.hairStyle {
        case .bald: break
        case .short:
            guard build.female else { break }
            canvas.fill(
                PlaneBox(0, -0.04, wide + 0.10, 0.38),
                { PlaneShape.box($0, $1, 0, -0.04, wide + 0.085, 0.36, 0.2) },
                colour: { hair($0, $1, dark: 0.7) })
        case .curly:
            let top: Float = build.hidesTop ? 0.30 : 2
            canvas.fill(
                PlaneBox(0, 0.03, wide + 0.2, 0.55),
                { x, y in
                    larger(PlaneShape.ellipse(x, y, 0, 0.06, wide + 0.14, 0.47), y - top)
                }, colour: { hair($0, $1, dark: 0.66) })
        case .long:
            let end: Float = build.female ? 0.62 : 0.42
            canvas.fill(
                PlaneBox(0, -0.2, wide + 0.12, 0.72),
                { x, y in
                    PlaneShape.box(x, y, 0, 0.30 - end, wide + (build.female ? 0.095 : 0.06), end, 0.15)
                }, colour: { hair($0, $1, dark: 0.7) })
        case .braids:
            canvas.fill(
                PlaneBox(0, 0, wide + 0.1, 0.32),
                { PlaneShape.box($0, $1, 0, 0.02, wide + 0.05, 0.30, 0.18) },
                colour: { hair($0, $1, dark: 0.7) })
        case .bun:
            canvas.fill(
                PlaneBox(0, 0.53, 0.2, 0.2), { PlaneShape.ellipse($0, $1, 0, 0.545, 0.175, 0.155) },
                colour: { x, y in
                    let swirl = 0.92 + 0.10 * Self.wave(30 * PlaneShape.disc(x, y, 0.03, 0.52, 0) * 2)
                    return build.hair * (swirl * build.round(x, y, 0, 0.54, 0.19, 0.18))
                })
        }
    }

    /// Hair before the forehead, at the temples and over the shoulders.
    func paintHair(_ canvas: PortraitCanvas) {
        let wide = build.faceWidth
        switch portrait.hairStyle {
        case .bald: shine(canvas)
        case .short:
            cap(canvas, until: build.female ? -0.30 : -0.07)
            if build.female { curtains(canvas, -0.30, wide + 0.055, 0.075) }
        case .curly: curls(canvas)
        case .long:
            cap(canvas, until: -0.25)
            curtains(
                canvas, build.female ? -0.78 : -0.50, wide + (build.female ? 0.07 : 0.04),
                build.female ? 0.085 : 0.062)
        case .braids:
            cap(canvas, until: -0.14)
            braids(canvas)
        case .bun: cap(canvas, until: -0.10)
        }
    }

    /// The crown of a bald head gleams.
    private func shine(_ canvas: PortraitCanvas) {
        let x = build.lamp.x * 0.17
        canvas.fill(PlaneBox(x, 0.30, 0.13, 0.08), Vector(1, 1, 1), soft: 0.09, opacity: 0.4) {
            PlaneShape.ellipse($0, $1, x, 0.30, 0.10, 0.05)
        }
    }

    /// Hair that lies on the head: everything on it but an opening for the face.
    private func cap(_ canvas: PortraitCanvas, until end: Float) {
        let (wide, high, turn) = (build.faceWidth, build.faceHeight, build.turn)
        let lean = build.parting * (build.female ? 0.34 : 0.22)
        let line: Float = (build.old && !build.female ? 0.05 : 0) + (build.female ? -0.10 : -0.125)
        func open(_ x: Float, _ y: Float) -> Float {
            PlaneShape.ellipse(x, y + lean * x, turn * 0.75, line, wide - 0.035, 0.40)
        }
        canvas.shade(PlaneBox(0, 0.25, wide, 0.14), soft: 0.07, strength: 0.3) { x, y in
            larger(larger(build.face(x, y), -open(x, y + 0.03)), 0.1 - y)
        }
        canvas.fill(
            PlaneBox(0, 0.1, wide + 0.06, 0.46),
            { x, y in
                let outer = PlaneShape.ellipse(x, y, 0, 0.07, wide + 0.05, high + 0.005)
                return larger(larger(outer, -open(x, y)), end - y)
            },
            colour: { x, y in
                let gleam = smoothstep(
                    0.05, 0,
                    abs(PlaneShape.ellipse(x, y, build.lamp.x * 0.08, 0.05, wide * 0.85, high * 0.82)))
                return hair(x, y) * (1 + 0.22 * gleam)
            })
    }

    /// Hair that falls at both sides of the face.
    private func curtains(_ canvas: PortraitCanvas, _ end: Float, _ out: Float, _ thick: Float) {
        for side in [-1, 1] as [Float] {
            let top = side * (build.faceWidth + 0.005)
            canvas.fill(
                PlaneBox(side * (build.faceWidth + 0.04), (0.14 + end) / 2, 0.13, (0.14 - end) / 2 + thick),
                { x, y in
                    let share = clamp((0.12 - y) / (0.12 - end))
                    return PlaneShape.line(x, y, top, 0.12, side * out, end + thick, thick) + 0.4 * thick
                        * share * share
                }, colour: { hair($0, $1, dark: 0.96) })
        }
    }

    private func curls(_ canvas: PortraitCanvas) {
        let (wide, high) = (build.faceWidth, build.faceHeight)
        let seed = UInt32(truncatingIfNeeded: build.seed >> 3)
        func curl(_ x: Float, _ y: Float, _ r: Float) {
            canvas.fill(
                PlaneBox(x, y, r, r), { PlaneShape.disc($0, $1, x, y, r) },
                colour: { u, v in
                    let ring = 0.92 + 0.12 * Self.wave(70 * PlaneShape.disc(u, v, x, y, 0))
                    return build.hair * (ring * build.round(u, v, x, y, r * 1.15, r * 1.15))
                })
        }
        // From the far sides upward, so that the higher curls lie before the lower ones.
        for k in 0..<9 as Range<Int32> {
            for side in [-1, 1] as [Float] {
                let angle = -0.5 + Float(k) * 0.26 + 0.1 * Noise.hash(k, side < 0 ? 1 : 2, seed)
                let (s, c) = (Trigonometry.sine(angle), Trigonometry.cosine(angle))
                let r = 0.10 + 0.035 * Noise.hash(k, side < 0 ? 3 : 4, seed)
                let y = 0.05 + (high + 0.03) * s
                if build.hidesTop, y > 0.24 { continue }
                curl(side * (wide + 0.045) * c, y, r)
            }
        }
        if build.hidesTop { return }
        for k in 0..<7 as Range<Int32> {
            let u = Float(k) / 3 - 1
            curl(
                u * (wide - 0.05) + 0.02 * Noise.hash(k, 5, seed), 0.37 - 0.10 * u * u,
                0.085 + 0.025 * Noise.hash(k, 6, seed))
        }
    }

    private func braids(_ canvas: PortraitCanvas) {
        let wide = build.faceWidth
        for side in [-1, 1] as [Float] {
            for k in 0..<6 {
                let share = Float(k) / 5
                let x = side * (wide + 0.015 + 0.05 * share) + (k % 2 == 0 ? 0.012 : -0.012)
                let (y, r) = (-0.12 - 0.095 * Float(k), 0.075 - 0.018 * share)
                canvas.fill(
                    PlaneBox(x, y, r + 0.02, r), { PlaneShape.ellipse($0, $1, x, y, r, r * 0.86) },
                    colour: { u, v in
                        build.hair * build.round(u, v, x, y, r * 1.2, r)
                    })
            }
            let (x, y) = (side * (wide + 0.066), -0.675 as Float)
            canvas.fill(PlaneBox(x, y - 0.05, 0.06, 0.06), build.hair * 0.8) {
                PlaneShape.triangle($0, $1, SIMD2(x, y), SIMD2(x - 0.05, y - 0.10), SIMD2(x + 0.05, y - 0.10))
            }
            let tie = build.cloth.mixed(Vector(hex: 0xE0336B), 0.65)
            canvas.fill(PlaneBox(x, y, 0.05, 0.03), tie) { PlaneShape.box($0, $1, x, y, 0.045, 0.024, 0.02) }
        }
    }
}
