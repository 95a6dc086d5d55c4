extension PortraitPainter {
    /// How the lids of one eye stand.
    private struct Lids {
        /// Half the height of the open eye.
        var open: Float
        /// Where the upper lid cuts it, above its middle, and how steeply that rises outward.
        var lid: Float = 1
        var slope: Float = 0
    }

    private static let eyeHeight: Float = 0.045

    /// Eyes and brows, by expression and gaze.
    func paintEyes(_ canvas: PortraitCanvas) {
        let young: Float = build.child ? 0.010 : (build.female ? 0.004 : 0)
        var lids = Lids(open: 0.060 + young)
        switch portrait.expression {
        case .surprised: lids.open = 0.090 + young
        case .sad: (lids.lid, lids.slope) = (0.030, -0.35)
        case .angry: (lids.lid, lids.slope) = (0.018, 0.42)
        default: break
        }
        for side in [-1, 1] as [Float] {
            // The eye on the side to which the head turns is seen at a slant.
            let near = 1 - 0.10 * clamp(side * build.turn * 10, 0, 1)
            let x = build.turn + side * build.eyeGap * near
            if portrait.expression == .laughing {
                canvas.fill(PlaneBox(x, 0.05, 0.11, 0.08), PortraitPalette.darkLine) {
                    PlaneShape.bow($0, $1, x, Self.eyeHeight + 0.038, -8, 0.082, build.female ? 0.022 : 0.019)
                }
                if build.female { lash(canvas, x, side, Self.eyeHeight - 0.005) }
            } else {
                eye(canvas, x, side, 0.086 * near, lids)
            }
            brow(canvas, x, side)
        }
    }

    private func eye(_ canvas: PortraitCanvas, _ x: Float, _ side: Float, _ wide: Float, _ lids: Lids) {
        let y = Self.eyeHeight
        func open(_ u: Float, _ v: Float) -> Float {
            let almond = PlaneShape.ellipse(u, v, x, y, wide, lids.open)
            return larger(almond, (v - y - lids.lid - side * (u - x) * lids.slope) * 0.92)
        }
        let box = PlaneBox(x, y, wide + 0.03, lids.open + 0.03)
        canvas.fill(box, Vector(hex: 0xFBFAF7)) { open($0, $1) }
        let size: Float = build.child ? 0.052 : 0.047
        let (ix, iy) = (x + build.turn * 0.40, y - (lids.lid < 0.5 ? 0.012 : 0))
        canvas.fill(box, build.iris) { larger(open($0, $1), PlaneShape.disc($0, $1, ix, iy, size)) }
        canvas.fill(box, Vector(hex: 0x0B0808)) {
            larger(open($0, $1), PlaneShape.disc($0, $1, ix, iy, size * 0.56))
        }
        canvas.fill(box, Vector(1, 1, 1)) {
            larger(open($0, $1), PlaneShape.disc($0, $1, ix - 0.016, iy + 0.017, 0.013))
        }
        let line: Float = build.female ? 0.017 : 0.011
        canvas.fill(box, PortraitPalette.darkLine, opacity: 0.92) { u, v in
            larger(abs(open(u, v)) - line, y + (lids.lid < 0.5 ? 0.0 : lids.open * 0.45) - v)
        }
        if build.female { lash(canvas, x, side, y + min(lids.open, lids.lid + lids.slope * wide) * 0.5) }
    }

    /// A flick of lashes at the outer corner.
    private func lash(_ canvas: PortraitCanvas, _ x: Float, _ side: Float, _ y: Float) {
        let start = x + side * 0.068
        canvas.fill(PlaneBox(start + side * 0.03, y + 0.02, 0.05, 0.05), PortraitPalette.darkLine) {
            PlaneShape.line($0, $1, start, y, start + side * 0.046, y + 0.036, 0.012)
        }
    }

    private func brow(_ canvas: PortraitCanvas, _ x: Float, _ side: Float) {
        let thick: Float = build.female ? 0.018 : (build.child ? 0.019 : 0.026)
        var (inner, outer, arch) = (0.0 as Float, 0.0 as Float, 0.018 as Float)
        switch portrait.expression {
        case .angry: (inner, outer, arch) = (-0.060, 0.050, 0)
        case .sad: (inner, outer, arch) = (0.062, -0.030, 0)
        case .surprised: (inner, outer, arch) = (0.065, 0.060, 0.035)
        case .laughing: (inner, outer) = (0.020, 0.020)
        case .neutral, .smiling: break
        }
        let y = Self.eyeHeight + (build.child ? 0.132 : 0.128)
        let colour = build.brow
        canvas.fill(PlaneBox(x, y + 0.02, 0.14, 0.13), colour) { u, v in
            let (a, b) = (x - side * 0.082, x + side * 0.092)
            let middle = y + (inner + outer) / 2 + arch
            return smaller(
                PlaneShape.line(u, v, a, y + inner, x, middle, thick),
                PlaneShape.line(u, v, x, middle, b, y + outer - 0.006, thick * 0.8))
        }
    }

    /// Round glasses or sunglasses, with their bows.
    func paintGlasses(_ canvas: PortraitCanvas) {
        guard portrait.glasses != .none else { return }
        let (y, turn) = (Self.eyeHeight - 0.008, build.turn)
        let dark = portrait.glasses == .sunglasses
        let frame = dark ? Vector(hex: 0x0A0A0C) : Vector(hex: portrait.skin == .dark ? 0xE9B84A : 0x17171C)
        let (wide, high) = dark ? (0.135, 0.112) as (Float, Float) : (0.128, 0.122)
        func lens(_ u: Float, _ v: Float, _ x: Float) -> Float {
            dark
                ? PlaneShape.box(u, v + 0.012, x, y, wide, high * 0.86, 0.085)
                : PlaneShape.ellipse(u, v, x, y, wide, high)
        }
        for side in [-1, 1] as [Float] {
            let x = turn + side * (build.eyeGap + 0.006)
            let box = PlaneBox(x, y, wide + 0.03, high + 0.03)
            let edge = side * (build.faceWidth + 0.01)
            if side * (edge - x) > wide {
                canvas.fill(PlaneBox((x + edge) / 2, y + 0.03, 0.2, 0.06), frame) {
                    PlaneShape.line($0, $1, x + side * wide, y + 0.03, edge, y + 0.045, 0.016)
                }
            }
            if dark {
                canvas.fill(
                    box, { lens($0, $1, x) },
                    colour: { u, v in
                        let shine = smoothstep(0.02, 0.10, (v - y) - 0.8 * (u - x)) * 0.14
                        return Vector(0.012 + shine, 0.012 + shine, 0.02 + shine)
                    })
            } else {
                canvas.fill(box, Vector(1, 1, 1), opacity: 0.12) { lens($0, $1, x) }
                canvas.fill(box, Vector(1, 1, 1), soft: 0.01, opacity: 0.35) { u, v in
                    larger(lens(u, v, x) + 0.03, abs((v - y) - 0.9 * (u - x) - 0.05) * 0.74 - 0.012)
                }
                canvas.fill(box, frame) { abs(lens($0, $1, x)) - 0.017 }
            }
        }
        canvas.fill(PlaneBox(turn, y + 0.03, 0.08, 0.04), frame) {
            PlaneShape.bow($0, $1, turn, y + 0.04, -4, 0.036, 0.014)
        }
    }
}
