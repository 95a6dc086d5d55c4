extension PortraitPainter {
    /// Neck, shoulders and what is worn on them.
    func paintBody(_ canvas: PortraitCanvas) {
        let (neck, skin) = (build.neck, build.skin)
        canvas.fill(
            PlaneBox(0, -0.48, neck, 0.24), { PlaneShape.box($0, $1, 0, -0.48, neck, 0.24, 0.05) },
            colour: { x, y in
                skin * (0.92 * build.round(x, y, 0, -0.48, neck * 1.15, 0.5))
            })
        let stripes = portrait.garment == .stripes
        let plain = build.cloth
        let second = portrait.clothes == .white ? Vector(hex: 0x8FA0B8) : PortraitPalette.white
        canvas.fill(
            PlaneBox(0, -1.2, build.shoulders, 0.70), { torso($0, $1) },
            colour: { x, y in
                let band = stripes && Noise.fraction((y + 0.06 * x * x) * 5.6 + 8) < 0.42
                return (band ? second : plain) * build.round(x, y, 0, -1.15, build.shoulders * 1.12, 0.85)
            })
        for side in [-1, 1] as [Float] {
            let x = side * build.shoulders * 0.66
            canvas.shade(PlaneBox(x, -1.05, 0.1, 0.25), soft: 0.05, strength: 0.3) {
                PlaneShape.line($0, $1, x, -0.86, x * 0.94, -1.3, 0.008)
            }
        }
        switch portrait.role {
        case .king, .queen, .prince, .princess: royalRobe(canvas)
        case .wizard, .witch: magicRobe(canvas)
        case .maleCook, .femaleCook: apron(canvas)
        case .maleFarmer, .femaleFarmer: overalls(canvas)
        default:
            switch portrait.garment {
            case .sweater: turtleneck(canvas)
            case .shirt: collar(canvas)
            case .tShirt, .stripes, nil: neckline(canvas)
            }
        }
        // The chin's shadow falls on neck and collar.
        canvas.shade(PlaneBox(0, -0.43, 0.26, 0.13), soft: 0.09, strength: 0.42) {
            larger(
                PlaneShape.ellipse($0, $1, -0.05 * build.lamp.x, -0.41, 0.20, 0.10), torso($0, $1, neck: true)
            )
        }
    }

    /// The outline of shoulders and chest; with `neck`, of everything below the head.
    @inline(__always) private func torso(_ x: Float, _ y: Float, neck: Bool = false) -> Float {
        let chest = PlaneShape.box(x, y, 0, -1.25, build.shoulders, 0.68, 0.34)
        let slope = PlaneShape.ellipse(x, y, 0, -0.64, build.neck + 0.17, 0.13)
        let body = smaller(chest, slope)
        return neck ? smaller(body, PlaneShape.box(x, y, 0, -0.48, build.neck, 0.24, 0.05)) : body
    }

    /// A round opening at the neck, with a seam.
    private func neckline(_ canvas: PortraitCanvas) {
        let width = build.neck + 0.055
        canvas.fill(PlaneBox(0, -0.55, width + 0.03, 0.13), build.cloth * 0.72) {
            larger(PlaneShape.ellipse($0, $1, 0, -0.545, width + 0.026, 0.125), $1 + 0.53)
        }
        canvas.fill(
            PlaneBox(0, -0.54, width, 0.1),
            { larger(PlaneShape.ellipse($0, $1, 0, -0.54, width, 0.098), $1 + 0.53) },
            colour: { x, y in
                build.skin * (0.95 * build.round(x, y, 0, -0.5, 0.3, 0.4))
            })
    }

    private func turtleneck(_ canvas: PortraitCanvas) {
        let width = build.neck + 0.045
        let roll = build.cloth.mixed(Vector(1, 1, 1), 0.12)
        canvas.fill(
            PlaneBox(0, -0.53, width, 0.075), { PlaneShape.box($0, $1, 0, -0.53, width, 0.075, 0.055) },
            colour: { x, y in
                let rib = 0.92 + 0.10 * Self.wave(x * 95)
                return roll * (rib * build.round(x, y, 0, -0.53, width * 1.1, 0.2))
            })
        canvas.shade(PlaneBox(0, -0.61, width + 0.05, 0.05), soft: 0.04, strength: 0.35) {
            PlaneShape.bow($0, $1, 0, -0.625, 0.3, width * 0.8, 0.006)
        }
    }

    /// An open collar of two flaps, and buttons.
    private func collar(_ canvas: PortraitCanvas) {
        let width = build.neck + 0.04
        canvas.fill(PlaneBox(0, -0.6, width, 0.16), build.skin * 0.9) {
            PlaneShape.triangle($0, $1, SIMD2(-width, -0.46), SIMD2(width, -0.46), SIMD2(0, -0.75))
        }
        let flap = build.cloth.mixed(Vector(1, 1, 1), 0.22)
        for side in [-1, 1] as [Float] {
            let outer = SIMD2<Float>(side * (width + 0.10), -0.60)
            let top = SIMD2<Float>(side * (width - 0.01), -0.47)
            let tip = SIMD2<Float>(side * 0.13, -0.80)
            canvas.shade(PlaneBox(side * 0.17, -0.66, 0.16, 0.2), soft: 0.03, strength: 0.3) {
                PlaneShape.triangle($0, $1 + 0.02, outer, top, tip) - 0.01
            }
            canvas.fill(
                PlaneBox(side * 0.15, -0.64, 0.16, 0.19),
                { x, y in
                    smaller(
                        PlaneShape.triangle(x, y, outer, top, tip),
                        PlaneShape.triangle(x, y, top, tip, SIMD2(side * 0.015, -0.74)))
                }, colour: { x, y in flap * build.round(x, y, 0, -0.9, 0.7, 0.7) })
        }
        canvas.shade(PlaneBox(0, -0.95, 0.01, 0.22), soft: 0.02, strength: 0.4) { x, y in
            PlaneShape.line(x, y, 0.012, -0.76, 0.012, -1.3, 0.004)
        }
        let button = portrait.clothes == .white ? Vector(hex: 0x70757E) : PortraitPalette.white
        for y in [-0.86, -1.02] as [Float] {
            canvas.fill(PlaneBox(0, y, 0.022, 0.022), button) { PlaneShape.disc($0, $1, 0, y, 0.02) }
        }
    }

    /// Ermine over a robe, and a golden clasp.
    private func royalRobe(_ canvas: PortraitCanvas) {
        neckline(canvas)
        let seed = UInt32(truncatingIfNeeded: build.seed)
        let wide = build.shoulders * 0.70
        canvas.fill(
            PlaneBox(0, -0.68, wide, 0.26),
            { x, y in
                let ring = larger(
                    PlaneShape.ellipse(x, y, 0, -0.62, wide, 0.27),
                    -PlaneShape.ellipse(x, y, 0, -0.52, build.neck + 0.075, 0.14))
                return larger(ring, torso(x, y) - 0.012)
            },
            colour: { x, y in
                let (i, j) = (Noise.cell(x * 7.5 + 40), Noise.cell(y * 7.5 + 40))
                let u = Noise.fraction(x * 7.5 + 40) - 0.3 - 0.4 * Noise.hash(i, j, seed)
                let v = Noise.fraction(y * 7.5 + 40) - 0.3 - 0.4 * Noise.hash(j, i, seed)
                let spot = 1 - smoothstep(0.8, 1.2, PlaneShape.ellipse(u, v, 0, 0, 0.1, 0.2) * 8 + 1)
                return PortraitPalette.white.mixed(Vector(hex: 0x2A2730), spot * 0.9)
                    * build.round(x, y, 0, -0.85, 0.75, 0.7)
            })
        canvas.fill(PlaneBox(0, -0.87, 0.07, 0.07), PortraitPalette.gold) {
            PlaneShape.disc($0, $1, 0, -0.87, 0.065)
        }
        canvas.fill(PlaneBox(0, -0.87, 0.04, 0.04), Vector(hex: 0xB3162B)) {
            PlaneShape.disc($0, $1, 0, -0.87, 0.036)
        }
    }

    /// A robe that opens in a V, sewn with stars.
    private func magicRobe(_ canvas: PortraitCanvas) {
        let width = build.neck + 0.05
        let trim = portrait.clothes == .yellow ? Vector(hex: 0x5B3A86) : PortraitPalette.gold
        canvas.fill(PlaneBox(0, -0.62, width + 0.05, 0.2), trim) {
            PlaneShape.triangle($0, $1, SIMD2(-width, -0.47), SIMD2(width, -0.47), SIMD2(0, -0.76)) - 0.035
        }
        canvas.fill(PlaneBox(0, -0.6, width, 0.16), build.skin * 0.9) {
            PlaneShape.triangle($0, $1, SIMD2(-width, -0.46), SIMD2(width, -0.46), SIMD2(0, -0.74))
        }
        let wide = build.shoulders
        for (u, y, r) in [
            (-0.62, -0.78, 0.06), (0.55, -0.74, 0.05), (-0.34, -0.95, 0.055), (0.38, -0.98, 0.07),
        ]
            as [(Float, Float, Float)]
        {
            canvas.fill(PlaneBox(u * wide, y, r, r), trim) { PlaneShape.star($0, $1, u * wide, y, r) }
        }
    }

    private func apron(_ canvas: PortraitCanvas) {
        neckline(canvas)
        bib(canvas, PortraitPalette.white, strap: 0.035)
    }

    private func overalls(_ canvas: PortraitCanvas) {
        neckline(canvas)
        bib(canvas, Vector(hex: 0x3B5A86), strap: 0.055)
        for side in [-1, 1] as [Float] {
            let x = side * build.shoulders * 0.40
            canvas.fill(PlaneBox(x, -0.86, 0.04, 0.04), PortraitPalette.gold) {
                PlaneShape.disc($0, $1, x, -0.86, 0.034)
            }
        }
    }

    private func bib(_ canvas: PortraitCanvas, _ colour: Vector, strap: Float) {
        let half = build.shoulders * 0.48
        for side in [-1, 1] as [Float] {
            let (low, high) = (side * half * 0.85, side * (build.neck + 0.12))
            canvas.fill(
                PlaneBox((low + high) / 2, -0.7, 0.2, 0.22),
                { x, y in
                    larger(PlaneShape.line(x, y, low, -0.86, high, -0.50, strap), torso(x, y))
                }, colour: { x, y in colour * build.round(x, y, 0, -1.1, 0.8, 0.8) })
        }
        canvas.fill(
            PlaneBox(0, -1.05, half, 0.27), { PlaneShape.box($0, $1, 0, -1.08, half, 0.28, 0.05) },
            colour: { x, y in
                colour * build.round(x, y, 0, -1.1, 0.8, 0.8)
            })
    }
}
