import Foundation
public import Images

/// Draws a line being fitted: the cloud on the left, the slope against the updates on the right.
struct LinePicture {
    private let fit: LineFit
    /// The same points with other rates.
    private let others: [LineFit]
    private let xRange, yRange, slopeRange: ClosedRange<Double>

    static let width = 1280
    static let height = 640

    private static let pointColor = Color.palette[0]
    private static let lineColor = Color.palette[1]
    private static let exactColor = Color.palette[2]
    private static let errorColor = Color(hex: 0xC0282D)

    init(_ fit: LineFit) throws(InsightError) {
        self.fit = fit
        others = try fit.compared()
        let examples = fit.problem.examples
        xRange = Self.padded(examples.map(\.x) + [0])
        yRange = Self.padded(examples.map(\.y) + [0])
        // A line that runs away leaves the picture; the slopes of a line that stays are all shown.
        let w = fit.problem.leastSquares
        let reach = max(abs(w - fit.weights[0]), abs(w) * 0.2, 0.1)
        let stays = fit.weights.allSatisfy { abs($0 - w) < 3 * reach }
        slopeRange =
            stays
            ? Self.padded(fit.weights + [w]) : (w - 3.2 * reach)...(w + 3.2 * reach)
    }

    private static func padded(_ values: [Double]) -> ClosedRange<Double> {
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        let room = max((high - low) * 0.06, 1e-9)
        return (low == 0 ? low : low - room)...(high == 0 ? high : high + room)
    }

    // MARK: Whole pictures

    /// The picture after an update; 0 shows the start.
    func frame(after update: Int) throws(ImageError) -> Image {
        try joined([
            cloud(after: update, trail: false).image(width: 600, height: Self.height),
            slopes(until: update).image(width: Self.width - 600, height: Self.height),
        ])
    }

    /// The end, with the lines on the way and with what other rates do.
    func still() throws(ImageError) -> Image {
        try joined([
            cloud(after: fit.updates, trail: true).image(width: 600, height: Self.height),
            rates().image(width: Self.width - 600, height: Self.height),
        ])
    }

    private func joined(_ parts: [Image]) throws(ImageError) -> Image {
        var canvas = try Canvas(width: Self.width, height: Self.height)
        var x = 0
        for part in parts {
            canvas.draw(part, x: x, y: 0)
            x += part.width
        }
        return canvas.image
    }

    // MARK: Parts

    /// The points and the line after an update, perhaps with the lines before it.
    private func cloud(after update: Int, trail: Bool) -> Plot {
        let w = fit.weights[update]
        var series: [Plot.Series] = []
        if trail {
            let shown = fit.shownUpdates(28).dropLast()
            for (index, passed) in shown.enumerated() {
                let share = Double(index + 1) / Double(shown.count + 1)
                series.append(
                    line(
                        fit.weights[passed], .line(width: 1.6), "", Self.lineColor.opacity(0.1 + 0.45 * share)
                    ))
            }
        }
        series.append(
            Plot.Series(
                fit.problem.examples.map { Point($0.x, $0.y) }, .dots(radius: 5), label: "points",
                color: Self.pointColor.opacity(0.62)))
        series.append(line(w, .line(width: 4), "y = \(number(w)) · x", Self.lineColor))
        series.append(
            line(
                fit.problem.leastSquares, .dashed(width: 2.2),
                "least squares Σxy/Σx² = \(number(fit.problem.leastSquares))", Self.exactColor))
        var subtitle = "w starts at \(number(fit.weights[0]))"
        if trail {
            subtitle = "\(fit.updates) updates, one point at a time, α = \(rate(fit.alpha))"
        } else if update > 0 {
            let (example, error) = fit.visit(update)
            let before = fit.weights[update - 1] * example.x
            series.append(
                Plot.Series(
                    [Point(example.x, clipped(before)), Point(example.x, clipped(example.y))],
                    .line(width: 3),
                    color: Self.errorColor.opacity(0.8)))
            series.append(
                Plot.Series([Point(example.x, example.y)], .dots(radius: 7.5), color: Self.errorColor))
            subtitle =
                "red: d = w·x − y = \(signed(error)), so w changes by −α·d·x = \(signed(-fit.alpha * error * example.x))"
        }
        return Plot(
            title: trail ? "A line learns its slope" : "w ← w − α·d·x", subtitle: subtitle,
            x: Plot.Axis("x", range: xRange), y: Plot.Axis("y", range: yRange), series: series)
    }

    /// A line through the origin, cut where it leaves the picture.
    private func line(_ weight: Double, _ style: Plot.Style, _ label: String, _ color: Color) -> Plot.Series {
        let steep =
            weight == 0 ? Double.infinity : (weight > 0 ? yRange.upperBound : yRange.lowerBound) / weight
        let back =
            weight == 0 ? -Double.infinity : (weight > 0 ? yRange.lowerBound : yRange.upperBound) / weight
        let (left, right) = (max(xRange.lowerBound, back), min(xRange.upperBound, steep))
        return Plot.Series(
            [Point(left, weight * left), Point(right, weight * right)], style, label: label, color: color)
    }

    private func clipped(_ y: Double) -> Double { min(max(y, yRange.lowerBound), yRange.upperBound) }

    /// The slope against the updates so far.
    private func slopes(until update: Int) -> Plot {
        let last = max(1, fit.updates)
        let epoch = min(fit.epochs, max(0, update - 1) / fit.problem.examples.count + 1)
        let now = "update \(update) of \(fit.updates)"
        let subtitle =
            "pass \(epoch) of \(fit.epochs) over \(fit.problem.examples.count) points, α = \(rate(fit.alpha))"
        if fit.isLost {
            return Plot(
                title: update == fit.updates ? "lost after \(fit.updates) updates" : now,
                subtitle: subtitle + ", too large",
                x: Plot.Axis("updates", range: 0...Double(last)),
                y: Plot.Axis("distance of w from least squares", range: 1e-2...1e9, scale: .logarithmic),
                series: [
                    distances(fit, until: update, .line(width: 2.6), "|w − least squares|", Self.errorColor)
                ])
        }
        let room = slopeRange.upperBound - slopeRange.lowerBound
        let outside = (slopeRange.lowerBound - room)...(slopeRange.upperBound + room)
        let path = fit.weights[...update].enumerated().map { index, w in
            Point(Double(index), min(max(w, outside.lowerBound), outside.upperBound))
        }
        let exact = fit.problem.leastSquares
        return Plot(
            title: "\(now), w = \(number(fit.weights[update]))", subtitle: subtitle,
            x: Plot.Axis("updates", range: 0...Double(last)), y: Plot.Axis("slope w", range: slopeRange),
            series: [
                Plot.Series(
                    [Point(0, exact), Point(Double(last), exact)], .dashed(width: 2.2),
                    label: "least squares",
                    color: Self.exactColor),
                Plot.Series(path, .line(width: 2.6), label: "w", color: Self.lineColor),
                Plot.Series(path.suffix(1), .dots(radius: 5.5), color: Self.lineColor),
            ])
    }

    /// The distance from the least squares against the updates, for four rates.
    private func rates() -> Plot {
        let exact = fit.problem.leastSquares
        let start = max(abs(fit.weights[0] - exact), 1e-3)
        let colors = [Color.palette[5], Self.lineColor, Color.palette[6], Self.errorColor]
        let series = zip(others, colors).map { other, color in
            let isChosen = other.alpha == fit.alpha
            let lost = other.problem.limit(alpha: other.alpha) == nil
            return distances(
                other, until: other.updates, .line(width: isChosen ? 3 : 2),
                "α = \(rate(other.alpha))\(lost ? ": lost" : "")", color)
        }
        return Plot(
            title: "What α does",
            subtitle:
                "up to α = \(rate(fit.problem.largestAlpha)) the line settles; beyond, each pass takes it farther away",
            x: Plot.Axis("updates", range: 0...Double(max(1, fit.epochs * fit.problem.examples.count))),
            y: Plot.Axis(
                "distance of w from least squares", range: start * 3e-4...start * 3e3, scale: .logarithmic),
            series: series)
    }

    /// The distance from the least squares after each update, cut far outside of every chart.
    private func distances(
        _ fit: LineFit, until update: Int, _ style: Plot.Style, _ label: String, _ color: Color
    ) -> Plot.Series {
        let points = fit.weights[...update].enumerated().map { index, w in
            Point(Double(index), min(max(abs(w - fit.problem.leastSquares), 1e-7), 1e12))
        }
        return Plot.Series(points, style, label: label, color: color)
    }

    private func number(_ value: Double) -> String { Self.text(value, "") }
    private func rate(_ value: Double) -> String { String(format: "%.3g", value) }
    private func signed(_ value: Double) -> String { Self.text(value, "+") }

    /// Three decimals, or three digits where those say too little.
    static func text(_ value: Double, _ flag: String) -> String {
        let isPlain = value == 0 || (0.01..<10_000).contains(abs(value))
        return String(format: isPlain ? "%\(flag).3f" : "%\(flag).3g", value)
            .replacingOccurrences(of: "-", with: "−")
    }
}

extension LineFit {
    /// The end of the fit, with the lines on the way and with what other rates do, 1280 × 640 pixels.
    /// - Throws: `InsightError.outOfRange`, `ImageError`.
    public func still() throws -> Image { try LinePicture(self).still() }

    /// The line swinging into place.
    /// - Parameter frames: about how many pictures, 2 to 1,000; early updates get more of them.
    /// - Returns: an animation of 1280 × 640 pixels whose last picture stays for three seconds.
    /// - Throws: `InsightError.outOfRange`, `ImageError`.
    public func animation(frames: Int = 96) throws -> AnimatedImage {
        guard (2...1000).contains(frames) else {
            throw InsightError.outOfRange(what: "frames", found: "\(frames)", allowed: "2 to 1,000")
        }
        let picture = try LinePicture(self)
        let images = try shownUpdates(frames).map { try picture.frame(after: $0) }
        return try AnimatedImage(images, milliseconds: 70, lastMilliseconds: 3000)
    }
}
