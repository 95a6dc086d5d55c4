extension PortraitPainter {
    /// Ears, face, cheeks, nose, wrinkles and beard.
    func paintHead(_ canvas: PortraitCanvas) {
        let (skin, turn, wide, high) = (build.skin, build.turn, build.faceWidth, build.faceHeight)
        for side in [-1, 1] as [Float] {
            // The ear on the side to which the head turns goes out of sight.
            let x = side * (wide - (side * turn > 0.05 ? 0.06 : 0.005))
            canvas.fill(
                PlaneBox(x, -0.02, 0.075, 0.11), { PlaneShape.ellipse($0, $1, x, -0.02, 0.07, 0.10) },
                colour: { u, v in
                    skin * (0.86 * build.round(u, v, 0, 0, 0.55, 0.6))
                })
            if build.female, side * turn < 0.05 {
                let pearl = build.child ? 0.022 as Float : 0.032
                canvas.fill(PlaneBox(x, -0.13, pearl, pearl), PortraitPalette.gold) {
                    PlaneShape.disc($0, $1, x, -0.135, pearl)
                }
            }
        }
        canvas.fill(
            PlaneBox(0, 0, wide + 0.06, high), { build.face($0, $1) },
            colour: { x, y in
                skin * build.round(x, y, turn * 0.3, 0.02, wide * 1.12, high * 1.15)
            })
        let warm: Float
        switch portrait.expression {
        case .laughing, .smiling: warm = 0.34
        case .angry: warm = 0.5
        default: warm = build.female ? 0.26 : 0.12
        }
        for side in [-1, 1] as [Float] {
            let x = turn + side * 0.215
            canvas.fill(
                PlaneBox(x, -0.105, 0.09, 0.065), skin.mixed(Vector(hex: 0xD8453F), 0.55), soft: 0.08,
                opacity: warm
            ) {
                larger(PlaneShape.ellipse($0, $1, x, -0.105, 0.075, 0.05), build.face($0, $1, grown: -0.02))
            }
        }
        if build.old { wrinkles(canvas) }
        beard(canvas)
        nose(canvas)
    }

    private func nose(_ canvas: PortraitCanvas) {
        let (x, skin) = (build.turn * 1.35, build.skin)
        let size: Float = build.child ? 0.78 : (build.female ? 0.88 : 1.08)
        let away: Float = build.lamp.x > 0.1 ? -1 : 1
        canvas.shade(PlaneBox(x, -0.02, 0.09, 0.13), soft: 0.05, strength: 0.2) {
            PlaneShape.line($0, $1, build.turn + away * 0.028, 0.04, x + away * 0.045 * size, -0.075, 0.008)
        }
        canvas.fill(
            PlaneBox(x, -0.08, 0.07, 0.05), soft: 0.015,
            { PlaneShape.ellipse($0, $1, x, -0.075, 0.055 * size, 0.042 * size) },
            colour: { u, v in
                skin * (1.05 * build.round(u, v, x, -0.07, 0.08, 0.075))
            })
        canvas.shade(PlaneBox(x, -0.11, 0.08, 0.03), soft: 0.018, strength: 0.5) {
            PlaneShape.bow($0, $1, x, -0.122, 4, 0.045 * size, 0.007)
        }
    }

    private func wrinkles(_ canvas: PortraitCanvas) {
        let turn = build.turn
        for y in [0.215, 0.265] as [Float] {
            canvas.shade(PlaneBox(turn, y, 0.2, 0.04), soft: 0.018, strength: 0.34) {
                PlaneShape.bow($0, $1, turn, y, -0.8, 0.17, 0.005)
            }
        }
        for side in [-1, 1] as [Float] {
            let x = turn + side * (build.eyeGap + 0.10)
            for bend in [-0.03, 0.03] as [Float] {
                canvas.shade(PlaneBox(x + side * 0.03, 0.03, 0.05, 0.06), soft: 0.016, strength: 0.34) {
                    PlaneShape.line($0, $1, x, 0.03, x + side * 0.05, 0.03 + bend, 0.004)
                }
            }
            canvas.shade(PlaneBox(turn + side * 0.14, -0.17, 0.06, 0.1), soft: 0.022, strength: 0.36) {
                PlaneShape.line($0, $1, turn + side * 0.10, -0.11, turn + side * 0.155, -0.235, 0.005)
            }
        }
    }

    private func beard(_ canvas: PortraitCanvas) {
        guard portrait.beard != .none else { return }
        let (turn, hair) = (build.turn, build.hair)
        let mouth = mouthHeight
        if portrait.beard == .beard {
            let (wide, high) = (build.faceWidth, build.faceHeight)
            canvas.fill(
                PlaneBox(0, -0.25, wide + 0.04, 0.32),
                { x, y in
                    let open = PlaneShape.ellipse(x, y, turn * 0.8, 0.09, wide * 0.80, 0.275)
                    return larger(larger(build.face(x, y + 0.015, grown: 0.035), -open), y - 0.03)
                },
                colour: { x, y in
                    let strand = 0.94 + 0.10 * Self.wave(x * 60 + y * 9)
                    return hair * (strand * build.round(x, y, turn * 0.3, 0, wide * 1.3, high * 1.3))
                })
            let lips: Float = portrait.expression == .laughing ? 0.16 : 0.14
            canvas.fill(PlaneBox(turn, mouth, lips, 0.08), build.skin * 0.92) {
                PlaneShape.ellipse($0, $1, turn * 1.05, mouth - 0.01, lips, 0.072)
            }
        }
        for side in [-1, 1] as [Float] {
            let x = turn * 1.1 + side * 0.068
            canvas.fill(
                PlaneBox(x, mouth + 0.085, 0.11, 0.06),
                { u, v in
                    PlaneShape.ellipse(u, v + side * (u - x) * 0.42, x, mouth + 0.078, 0.092, 0.036)
                }, colour: { u, v in hair * (0.92 * build.round(u, v, turn * 0.3, 0, 0.5, 0.6)) })
        }
    }

    /// Where the middle of the mouth is.
    var mouthHeight: Float { build.child ? -0.215 : -0.245 }

    /// The mouth, by expression.
    func paintMouth(_ canvas: PortraitCanvas) {
        let (x, y, lips) = (build.turn * 1.05, mouthHeight, build.lips)
        let thick: Float = build.female ? 0.026 : 0.021
        let box = PlaneBox(x, y, 0.19, 0.14)
        let dark = Vector(hex: 0x4A0F14)
        let line = portrait.skin == .dark ? lips : lips * 0.62
        switch portrait.expression {
        case .neutral:
            if build.female {
                canvas.fill(box, lips) { PlaneShape.ellipse($0, $1, x, y - 0.004, 0.082, 0.034) }
            }
            canvas.fill(box, line) { PlaneShape.line($0, $1, x - 0.085, y, x + 0.085, y, 0.013) }
        case .smiling:
            // Teeth between two bows that meet in the corners.
            func mouth(_ u: Float, _ v: Float) -> Float {
                let off = (u - x) * (u - x)
                return larger((y - 0.072 + 6.6 * off - v) * 0.72, (v - (y - 0.012 + 3.2 * off)) * 0.82)
            }
            canvas.fill(box, lips * 0.72) { PlaneShape.bow($0, $1, x, y - 0.042, 5, 0.135, thick) }
            canvas.fill(box, lips * 0.72) { mouth($0, $1) - 0.016 }
            canvas.fill(box, Vector(1, 1, 1)) { mouth($0, $1) }
        case .laughing:
            func mouth(_ u: Float, _ v: Float) -> Float {
                larger(PlaneShape.ellipse(u, v, x, y + 0.04, 0.150, 0.148), v - y - 0.04)
            }
            canvas.fill(box, lips * 0.8) { mouth($0, $1) - 0.014 }
            canvas.fill(box, dark) { mouth($0, $1) }
            canvas.fill(box, Vector(hex: 0xD2545C)) {
                larger(mouth($0, $1), PlaneShape.ellipse($0, $1, x, y - 0.1, 0.085, 0.05))
            }
            canvas.fill(box, Vector(1, 1, 1)) { larger(mouth($0, $1) + 0.008, y - 0.004 - $1) }
        case .sad:
            canvas.fill(box, line) { PlaneShape.bow($0, $1, x, y + 0.035, -5.4, 0.115, thick) }
        case .angry:
            // Clenched teeth between lips that turn down.
            func mouth(_ u: Float, _ v: Float) -> Float {
                let down = v + 2.6 * (u - x) * (u - x)
                return PlaneShape.box(u, down, x, y + 0.02, 0.125, 0.048, 0.035)
            }
            canvas.fill(box, lips * 0.55) { mouth($0, $1) - 0.016 }
            canvas.fill(box, Vector(hex: 0xF6F3EA)) { mouth($0, $1) + 0.006 }
            canvas.fill(box, dark, opacity: 0.75) { u, v in
                let down = v + 2.6 * (u - x) * (u - x) - y - 0.02
                let gap = abs(Noise.fraction((u - x) / 0.06 + 8.5) - 0.5) * 0.06
                return larger(mouth(u, v) + 0.006, smaller(abs(down) - 0.006, gap - 0.004))
            }
        case .surprised:
            canvas.fill(box, lips * 0.85) { PlaneShape.ellipse($0, $1, x, y - 0.015, 0.078, 0.102) }
            canvas.fill(box, dark) { PlaneShape.ellipse($0, $1, x, y - 0.015, 0.055, 0.078) }
        }
    }
}
