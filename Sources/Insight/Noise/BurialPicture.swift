import Foundation
public import Images
import NoiseSchedules

extension Burial {
    /// The longest side of a picture to bury, so that every dot of noise stays visible in the strip.
    public static let panelSide = 192

    /// The picture made to fit a panel; smaller ones stay as they are.
    /// - Throws: `ImageError`.
    public static func fitted(_ picture: Image) throws(ImageError) -> Image {
        max(picture.width, picture.height) <= panelSide
            ? picture : try picture.fitted(within: panelSide, panelSide)
    }

    /// Stages for a strip of so many columns, with three between neighbours for the animation.
    public static func stageCount(columns: Int) -> Int { (columns - 1) * 4 + 1 }

    /// Two rows of pictures, the ratio of signal to noise as a curve under them.
    /// - Parameter columns: how many stages to show, 2 to the number of stages; others are clamped.
    /// - Returns: the sheet with captions.
    /// - Throws: `ImageError.impossibleSize` when the strip would be too wide.
    public func strip(columns: Int = 8) throws(ImageError) -> Image {
        try BurialStrip(self, columns: min(max(columns, 2), stages.count)).image()
    }

    /// What keeps the animation's file small: squares of enlarged pictures are best kept as they are, fine grain is not.
    public var compression: WebPCompression {
        max(stages[0].stepwise.width, stages[0].stepwise.height) * 2 <= Self.panelSide
            ? .lossless : .lossy(quality: 75)
    }

    /// All stages one after the other, both ways side by side; the clean picture and the last one stay longer.
    /// - Throws: `ImageError`.
    public func animation() throws(ImageError) -> AnimatedImage {
        let strip = BurialStrip(self, columns: 2)
        var frames: [AnimatedImage.Frame] = []
        for (index, stage) in stages.enumerated() {
            let isEnd = index == 0 || index == stages.count - 1
            frames.append(AnimatedImage.Frame(try strip.frame(stage), milliseconds: isEnd ? 1400 : 150))
        }
        return try AnimatedImage(frames: frames)
    }
}

/// Lays out the pictures of a burial.
struct BurialStrip {
    private let burial: Burial
    private let shown: [Burial.Stage]
    /// Each pixel of a small picture becomes a square of this side.
    private let zoom: Int
    private let panel: (width: Int, height: Int)

    private static let margin = 32
    private static let gap = 14
    private static let curveHeight = 170.0
    private static let stepColor = Color.palette[0]
    private static let strokeColor = Color.palette[1]

    init(_ burial: Burial, columns: Int) {
        self.burial = burial
        let last = burial.stages.count - 1
        shown = (0..<columns).map { burial.stages[$0 * last / (columns - 1)] }
        let size = burial.stages[0].stepwise
        zoom = max(1, Burial.panelSide / max(size.width, size.height))
        panel = (size.width * zoom, size.height * zoom)
    }

    private func zoomed(_ image: Image, _ factor: Int) throws(ImageError) -> Image {
        try image.resized(width: image.width * factor, height: image.height * factor, method: .nearest)
    }

    // MARK: The strip

    func image() throws(ImageError) -> Image {
        let (margin, gap) = (Self.margin, Self.gap)
        let columnWidth = max(panel.width, 116)
        let width = 2 * margin + shown.count * columnWidth + (shown.count - 1) * gap
        let top = margin + 84
        let rowHeight = panel.height + 30
        let captionTop = top + 2 * rowHeight
        let curveTop = Double(captionTop) + 58
        var canvas = try Canvas(
            width: width, height: Int(curveTop + Self.curveHeight) + 44 + margin, background: .paper)
        let left = Double(margin)
        canvas.text(
            Font.bold.shortened("A picture disappears in noise", size: 24, width: Double(width - 2 * margin)),
            at: Point(left, left + 22), size: 24, .ink, font: .bold)
        canvas.paragraph(
            "\(burial.chainLength) small steps that each fade the picture a little and add fresh noise, or one stroke to"
                + " each level. The grain differs; the ratio of signal to noise does not.",
            at: Point(left, left + 32), width: Double(width - 2 * margin), size: 14, .mutedInk, limit: 2)

        let centres = shown.indices.map {
            Double(margin + $0 * (columnWidth + gap)) + Double(columnWidth) / 2
        }
        let titles = [
            ("step by step, q(xₜ | xₜ₋₁)", Self.stepColor), ("in one stroke, q(xₜ | x₀)", Self.strokeColor),
        ]
        for (row, title) in titles.enumerated() {
            let y = top + row * rowHeight
            canvas.disc(Point(left + 6, Double(y) + 12), radius: 5, title.1)
            canvas.text(title.0, at: Point(left + 18, Double(y) + 17), size: 14, .ink, font: .bold)
            for (stage, centre) in zip(shown, centres) {
                let image = try zoomed(row == 0 ? stage.stepwise : stage.closedForm, zoom)
                canvas.draw(image, x: Int(centre) - panel.width / 2, y: y + 26)
            }
        }
        for (stage, centre) in zip(shown, centres) {
            let lines = caption(stage)
            canvas.text(
                lines.0, at: Point(centre, Double(captionTop) + 20), size: 15, .ink, font: .bold,
                align: .centre)
            canvas.text(
                lines.1, at: Point(centre, Double(captionTop) + 40), size: 13, .mutedInk, align: .centre)
        }
        drawCurve(on: &canvas, from: centres[0], to: centres[centres.count - 1], top: curveTop, marks: shown)
        return canvas.image
    }

    private func caption(_ stage: Burial.Stage) -> (String, String) {
        guard let timestep = stage.timestep else { return ("clean", "no noise") }
        let share =
            stage.alphaBar(burial.schedule).map { "ᾱ " + Self.text($0) }
            ?? "signal " + Self.text(stage.level.signal)
        return ("t = \(Int(timestep))", "\(share), \(Self.decibels(stage.level))")
    }

    private static func text(_ value: Double) -> String {
        value == 0 || value >= 0.001 ? String(format: "%.3f", value) : String(format: "%.0e", value).minus
    }

    private static func decibels(_ level: NoiseLevel) -> String {
        level.decibels.isFinite ? String(format: "%+.1f dB", level.decibels).minus : "no signal"
    }

    // MARK: The curve

    /// The ratio of signal to noise against the timestep, with what was measured in both rows as dots.
    private func drawCurve(
        on canvas: inout Canvas, from left: Double, to right: Double, top: Double, marks: [Burial.Stage]
    ) {
        let (low, high) = (-40.0, 40.0)
        func y(_ decibels: Double) -> Double {
            top + (high - min(max(decibels, low), high)) / (high - low) * Self.curveHeight
        }
        func x(_ timestep: Double?) -> Double {
            guard let timestep else { return left }
            let grid = burial.schedule.grid
            return left + (timestep - grid.first + 1) / Double(grid.count) * (right - left)
        }
        for decibels in stride(from: low, through: high, by: 20) {
            canvas.line(
                Point(left, y(decibels)), Point(right, y(decibels)), decibels == 0 ? .mutedInk : .hairline,
                width: 1)
            canvas.text(
                (decibels == 0 ? "0" : String(format: "%+.0f", decibels)).minus,
                at: Point(left - 8, y(decibels)), size: 12, .mutedInk,
                align: .trailing, anchor: .middle)
        }
        let grid = burial.schedule.grid
        let points = stride(from: 0.0, through: 1, by: 1 / 512).map { share in
            let timestep = grid.first + share * (grid.last - grid.first)
            let decibels = burial.schedule.level(at: timestep).decibels
            return Point((low...high).contains(decibels) ? x(timestep) : .nan, y(decibels))
        }
        canvas.polyline(points, .ink.opacity(0.75), width: 2)
        for stage in marks {
            guard stage.timestep != nil, stage.level.signal > 0 else { continue }
            let found = [
                (stage.measuredNoise.stepwise, Self.stepColor, 7.0),
                (stage.measuredNoise.closedForm, Self.strokeColor, 3.5),
            ]
            for (noise, color, radius) in found {
                let decibels = 20 * log10(stage.level.signal / noise)
                guard (low...high).contains(decibels) else { continue }
                canvas.disc(Point(x(stage.timestep), y(decibels)), radius: radius, color)
            }
        }
        canvas.text(
            "signal to noise in dB: the schedule as a line, what is found in the two rows as dots",
            at: Point((left + right) / 2, top + Self.curveHeight + 30), size: 13, .mutedInk, align: .centre)
    }

    // MARK: The animation

    /// Both ways side by side at one stage, the curve with the place on it.
    func frame(_ stage: Burial.Stage) throws(ImageError) -> Image {
        let factor = max(1, zoom) * 2
        let (width, height) = (panel.width / zoom * factor, panel.height / zoom * factor)
        let gap = 24
        let margin = 40
        let total = 2 * margin + max(2 * width + gap, 620)
        let curveTop = Double(margin + 26 + height + 66)
        var canvas = try Canvas(
            width: total, height: Int(curveTop + Self.curveHeight) + 64, background: .paper)
        let left = Double(total - 2 * width - gap) / 2
        let ways = [
            ("step by step", Self.stepColor, stage.stepwise),
            ("in one stroke", Self.strokeColor, stage.closedForm),
        ]
        for (index, way) in ways.enumerated() {
            let x = left + Double(index * (width + gap))
            canvas.disc(Point(x + 6, Double(margin) + 7), radius: 5, way.1)
            canvas.text(way.0, at: Point(x + 18, Double(margin) + 12), size: 15, .ink, font: .bold)
            canvas.draw(try zoomed(way.2, factor), x: Int(x), y: margin + 26)
        }
        let lines = caption(stage)
        canvas.text(
            "\(lines.0), \(lines.1)", at: Point(Double(total) / 2, Double(margin + 26 + height) + 40),
            size: 20,
            .ink, font: .bold, align: .centre)
        drawCurve(
            on: &canvas, from: Double(margin) + 24, to: Double(total - margin), top: curveTop, marks: [stage])
        return canvas.image
    }
}

extension String {
    /// The text with typographic minus signs.
    fileprivate var minus: String { replacingOccurrences(of: "-", with: "−") }
}
