extension PortraitPainter {
    /// The hat of the calling, or the one that is worn.
    func paintHat(_ canvas: PortraitCanvas) {
        switch portrait.role {
        case .king, .queen, .prince, .princess: crown(canvas)
        case .wizard: pointedHat(canvas, Vector(hex: 0x2B2C86), band: PortraitPalette.gold, stars: true)
        case .witch: pointedHat(canvas, Vector(hex: 0x1E1A24), band: Vector(hex: 0x8A3FC0), stars: false)
        case .maleCook, .femaleCook: cooksHat(canvas)
        case .maleFarmer, .femaleFarmer: strawHat(canvas)
        default:
            guard let gear = portrait.headgear else { return }
            let colour = PortraitPalette.colour(gear.colour)
            switch gear.hat {
            case .beanie: beanie(canvas, colour)
            case .cap: baseballCap(canvas, colour)
            case .topHat: topHat(canvas, colour, dark: gear.colour == .black)
            }
        }
    }

    /// The shadow of a brim on the forehead.
    private func brimShadow(_ canvas: PortraitCanvas, _ y: Float) {
        canvas.shade(PlaneBox(0, y - 0.05, build.faceWidth, 0.1), soft: 0.08, strength: 0.38) {
            larger(
                PlaneShape.box($0, $1, 0, y - 0.03, build.faceWidth + 0.05, 0.06, 0.05),
                build.face($0, $1, grown: 0.03))
        }
    }

    private func crown(_ canvas: PortraitCanvas) {
        let grown = !build.child
        let half: Float = grown ? (build.female ? 0.30 : 0.335) : 0.235
        let (low, band, peak): (Float, Float, Float) =
            grown ? (0.30, 0.42, build.female ? 0.63 : 0.66) : (0.325, 0.405, 0.555)
        let points: Float = grown ? 5 : 3
        let gap = 2 * half / (points - 1)
        let slope = (peak - band) / (gap / 2)
        let steep = 1 / (1 + slope * slope).squareRoot()
        if grown {
            let velvet = Vector(hex: build.female ? 0x7B2E8E : 0xA81C2E)
            canvas.fill(
                PlaneBox(0, 0.45, half, 0.17), { PlaneShape.ellipse($0, $1, 0, 0.42, half * 0.93, 0.18) },
                colour: { x, y in
                    velvet * build.round(x, y, 0, 0.42, half, 0.2)
                })
        }
        brimShadow(canvas, low + 0.02)
        /// The height of a point above the crown's curved lower edge.
        @inline(__always) func lift(_ x: Float, _ y: Float) -> Float {
            y + 0.30 * (half * half - x * x) * 0.5
        }
        canvas.fill(
            PlaneBox(0, 0.48, half + 0.06, 0.24),
            { x, y in
                let v = lift(x, y)
                let wide = half * (1 + 0.18 * (v - low))
                let place = Noise.fraction((x + half) / gap + 0.5) - 0.5
                let top = band + (peak - band) * (1 - 2 * abs(place))
                return larger(larger(abs(x) - wide, low - v), (v - top) * steep)
            },
            colour: { x, y in
                let v = lift(x, y)
                let metal =
                    0.80 + 0.34 * Self.wave(x * 9 - build.lamp.x * 1.4) + 0.10 * build.lamp.x * x / half
                let rim = v < low + 0.022 || abs(v - band) < 0.009 ? 0.72 as Float : 1
                return PortraitPalette.gold * (metal * rim)
            })
        let jewels = [Vector(hex: 0xC3142D), Vector(hex: 0x2456C4), Vector(hex: 0x1C8C4C)]
        for k in 0..<Int(points) {
            let x = -half + Float(k) * gap
            let y = peak - 0.15 * (half * half - x * x)
            let ball = build.female ? PortraitPalette.white : PortraitPalette.gold * 1.15
            canvas.fill(
                PlaneBox(x, y, 0.035, 0.035), { PlaneShape.disc($0, $1, x, y, 0.032) },
                colour: { u, v in
                    ball * build.round(u, v, x, y, 0.036, 0.036)
                })
            if k > 0, k < Int(points) - 1 {
                let (jx, jy) = (x * 0.98, (low + band) / 2 - 0.15 * (half * half - x * x))
                canvas.fill(PlaneBox(jx, jy, 0.034, 0.034), jewels[k % 3]) {
                    PlaneShape.disc($0, $1, jx, jy, 0.031)
                }
                canvas.fill(PlaneBox(jx, jy, 0.034, 0.034), Vector(1, 1, 1), opacity: 0.7) {
                    PlaneShape.disc($0, $1, jx - 0.009, jy + 0.01, 0.009)
                }
            }
        }
    }

    private func pointedHat(_ canvas: PortraitCanvas, _ colour: Vector, band: Vector, stars: Bool) {
        let lean: Float = 0.20 * (build.parting < 0 ? -1 : 1)
        let (base, tall) = (0.27 as Float, 0.68 as Float)
        brimShadow(canvas, 0.25)
        canvas.fill(
            PlaneBox(lean / 2, 0.6, 0.5, 0.36),
            { x, y in
                let t = clamp((y - base) / tall)
                return larger(
                    (abs(x - lean * t * t) - 0.335 * (1 - t) - 0.01) * 0.9, larger(base - y, y - base - tall))
            },
            colour: { x, y in
                let t = clamp((y - base) / tall)
                let half = 0.36 * (1 - t) + 0.02
                let fold = 1 - 0.22 * smoothstep(0.3, 0.8, Self.wave(y * 26 + x * 5))
                let wrapped = smoothstep(0.115, 0.10, y - base + 0.35 * x * x)
                return (colour * fold).mixed(band, wrapped) * build.round(x, y, lean * t * t, y, half, 1)
            })
        if stars {
            for (t, u, r) in [(0.30, -0.45, 0.062), (0.42, 0.42, 0.055), (0.62, -0.05, 0.048)]
                as [(Float, Float, Float)]
            {
                let (x, y) = (lean * t * t + u * 0.335 * (1 - t), base + tall * t)
                canvas.fill(PlaneBox(x, y, r, r), PortraitPalette.gold) { PlaneShape.star($0, $1, x, y, r) }
            }
        } else {
            canvas.fill(PlaneBox(0, base + 0.055, 0.07, 0.06), PortraitPalette.gold) {
                abs(PlaneShape.box($0, $1, 0, base + 0.05, 0.05, 0.042, 0.01)) - 0.014
            }
        }
        canvas.fill(
            PlaneBox(0, 0.265, 0.62, 0.09),
            { x, y in
                let curved = y - 0.18 * x * x
                return larger(PlaneShape.ellipse(x, curved, 0, 0.255, 0.60, 0.075), 0)
                    + smaller(PlaneShape.ellipse(x, curved, 0, 0.255, 0.60, 0.075), 0)
            }, colour: { x, y in colour * (0.80 + 0.9 * larger(0, y - 0.24) + 0.25 * build.lamp.x * x) })
    }

    private func cooksHat(_ canvas: PortraitCanvas) {
        brimShadow(canvas, 0.27)
        let white = PortraitPalette.white
        canvas.fill(
            PlaneBox(0, 0.58, 0.46, 0.26),
            { x, y in
                let middle = PlaneShape.ellipse(x, y, 0, 0.64, 0.33, 0.19)
                let sides = PlaneShape.ellipse(abs(x), y, 0.25, 0.60, 0.175, 0.155)
                return smaller(middle, smaller(sides, PlaneShape.box(x, y, 0, 0.45, 0.31, 0.13)))
            },
            colour: { x, y in
                let pleat = 1 - 0.16 * smoothstep(0.5, 0.95, Self.wave(x * 24 / (0.8 + y)))
                return white * (pleat * build.round(x, y, 0, 0.58, 0.52, 0.36))
            })
        canvas.fill(
            PlaneBox(0, 0.335, 0.35, 0.09),
            { x, y in
                PlaneShape.box(x, y - 0.25 * x * x + 0.02, 0, 0.335, 0.34, 0.075, 0.03)
            }, colour: { x, y in white * (0.97 * build.round(x, y, 0, 0.36, 0.40, 0.5)) })
    }

    private func strawHat(_ canvas: PortraitCanvas) {
        let straw = Vector(hex: 0xE6BE62)
        brimShadow(canvas, 0.25)
        canvas.fill(
            PlaneBox(0, 0.44, 0.37, 0.23),
            { x, y in
                larger(PlaneShape.ellipse(x, y, 0, 0.33, 0.345, 0.28), 0.25 - y)
            },
            colour: { x, y in
                let weave = 0.93 + 0.09 * Self.wave(y * 110) + 0.03 * Self.wave(x * 90)
                let band = smoothstep(0.405, 0.39, y + 0.2 * x * x)
                return straw.mixed(Vector(hex: 0xA9372B), band)
                    * (weave * build.round(x, y, 0, 0.33, 0.40, 0.36))
            })
        canvas.fill(
            PlaneBox(0, 0.27, 0.68, 0.11),
            { x, y in
                PlaneShape.ellipse(x, y - 0.14 * x * x, 0, 0.255, 0.665, 0.088)
            },
            colour: { x, y in
                let weave = 0.90 + 0.10 * Self.wave((y - 0.14 * x * x) * 130)
                return straw * (weave * (0.88 + 1.1 * larger(0, y - 0.25) + 0.22 * build.lamp.x * x))
            })
    }

    private func beanie(_ canvas: PortraitCanvas, _ colour: Vector) {
        let wide = build.faceWidth + 0.055
        brimShadow(canvas, 0.22)
        canvas.fill(
            PlaneBox(0, 0.66, 0.1, 0.1), { PlaneShape.disc($0, $1, 0, 0.645, 0.092) },
            colour: { x, y in
                colour.mixed(Vector(1, 1, 1), 0.45) * build.round(x, y, 0, 0.645, 0.1, 0.1)
            })
        canvas.fill(
            PlaneBox(0, 0.42, wide, 0.22),
            { larger(PlaneShape.ellipse($0, $1, 0, 0.27, wide, 0.315), 0.22 - $1) },
            colour: { x, y in
                let rib = 0.90 + 0.12 * Self.wave(x * 70 / (1.2 - y))
                return colour * (rib * build.round(x, y, 0, 0.27, wide * 1.12, 0.40))
            })
        let cuff = colour.mixed(Vector(1, 1, 1), 0.22)
        canvas.fill(
            PlaneBox(0, 0.27, wide + 0.02, 0.1),
            { x, y in
                PlaneShape.box(x, y - 0.2 * x * x + 0.02, 0, 0.27, wide + 0.012, 0.07, 0.05)
            },
            colour: { x, y in
                let rib = 0.90 + 0.12 * Self.wave(x * 80)
                return cuff * (rib * build.round(x, y, 0, 0.27, wide * 1.15, 0.5))
            })
    }

    private func baseballCap(_ canvas: PortraitCanvas, _ colour: Vector) {
        let (wide, turn) = (build.faceWidth + 0.045, build.turn)
        brimShadow(canvas, 0.21)
        canvas.fill(
            PlaneBox(0, 0.40, wide, 0.22),
            { larger(PlaneShape.ellipse($0, $1, 0, 0.25, wide, 0.32), 0.20 - $1) },
            colour: { x, y in
                let seam = smoothstep(0.010, 0.003, abs(x - turn * 0.8 * (1 - (y - 0.2) * 2)))
                return colour * ((1 - 0.25 * seam) * build.round(x, y, 0, 0.25, wide * 1.12, 0.42))
            })
        canvas.fill(PlaneBox(0, 0.57, 0.035, 0.03), colour * 0.7) {
            PlaneShape.ellipse($0, $1, 0, 0.565, 0.032, 0.022)
        }
        canvas.fill(
            PlaneBox(turn * 1.8, 0.225, 0.36, 0.1),
            { x, y in
                PlaneShape.ellipse(
                    x, y + 0.22 * (x - turn * 1.8) * (x - turn * 1.8), turn * 1.8, 0.225, 0.335, 0.066)
            }, colour: { x, y in colour * (0.62 + 1.6 * larger(0, y - 0.20) + 0.25 * build.lamp.x * x) })
    }

    private func topHat(_ canvas: PortraitCanvas, _ colour: Vector, dark: Bool) {
        brimShadow(canvas, 0.25)
        let band = dark ? Vector(hex: 0xA3222F) : colour * 0.28
        canvas.fill(
            PlaneBox(0, 0.56, 0.36, 0.30),
            { x, y in
                let flare = 1 + 0.25 * (y - 0.4) * (y - 0.4) * 4
                return larger(abs(x) - 0.285 * flare, larger(0.26 - y, y - 0.80 - 0.12 * (0.1 - x * x)))
            },
            colour: { x, y in
                let wrapped = smoothstep(0.395, 0.385, y + 0.15 * x * x)
                return colour.mixed(band, wrapped) * build.round(x, y, 0, y, 0.33, 1)
            })
        canvas.fill(
            PlaneBox(0, 0.27, 0.50, 0.09),
            { x, y in
                PlaneShape.ellipse(x, y - 0.20 * x * x, 0, 0.255, 0.485, 0.062)
            }, colour: { x, y in colour * (0.78 + 1.2 * larger(0, y - 0.24) + 0.25 * build.lamp.x * x) })
    }
}
