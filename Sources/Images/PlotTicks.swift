import Foundation

/// Round numbers along an axis, and how they are written.
struct PlotTicks: Hashable, Sendable {
    /// Where marks stand, in the axis's own units, rising.
    let values: [Double]
    /// What is written at each mark.
    let labels: [String]

    /// Marks for a range: multiples of 1, 2 or 5 times a power of ten, about `count` of them.
    init(linear range: ClosedRange<Double>, count: Int) {
        let span = range.upperBound - range.lowerBound
        guard span > 0, span.isFinite else {
            values = [range.lowerBound]
            labels = [Self.label(range.lowerBound, step: 0)]
            return
        }
        let rough = span / Double(max(count, 1))
        let power = pow(10, log10(rough).rounded(.down))
        let step = power * ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10)
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard step > 0, last - first < 1000 else {
            values = [range.lowerBound]
            labels = [Self.label(range.lowerBound, step: 0)]
            return
        }
        values = stride(from: first, through: last, by: 1).map { $0 * step }
        labels = values.map { Self.label($0, step: step) }
    }

    /// Marks for a logarithmic axis: powers of ten, with 2 and 5 between them where few would show.
    init(logarithmic range: ClosedRange<Double>) {
        let low = Int(log10(range.lowerBound).rounded(.down))
        let high = Int(log10(range.upperBound).rounded(.up))
        let factors: [Double] = high - low <= 2 ? [1, 2, 5] : [1]
        let every = max(1, (high - low) / 8)
        let marks = stride(from: low, through: high, by: every).flatMap { exponent in
            factors.map { $0 * pow(10, Double(exponent)) }
        }
        values = marks.filter { $0 >= range.lowerBound * (1 - 1e-9) && $0 <= range.upperBound * (1 + 1e-9) }
        labels = values.map { Self.label($0, step: $0) }
    }

    /// A number with as many decimals as the step needs: 0.25, 1,500, 20k, 3M, 1e-6.
    static func label(_ value: Double, step: Double) -> String {
        if value == 0 || abs(value) < step * 1e-6 { return "0" }
        let size = max(abs(value), step)
        let sign = value < 0 ? "−" : ""
        if size < 1e-4 || size >= 1e15 {
            return sign
                + String(format: "%.3g", abs(value)).replacingOccurrences(of: "e-0", with: "e-")
                .replacingOccurrences(of: "e+", with: "e").replacingOccurrences(of: "e-", with: "e−")
        }
        for (unit, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")]
        where size >= unit * (unit == 1e3 ? 10 : 1) && (step == 0 || step >= unit / 100) {
            return sign + decimal(abs(value) / unit, step: step / unit) + letter
        }
        return sign + decimal(abs(value), step: step)
    }

    private static func decimal(_ value: Double, step: Double) -> String {
        let smallest = step > 0 ? step : max(abs(value) / 1000, 1e-9)
        let decimals = min(9, max(0, Int((-log10(smallest) - 1e-9).rounded(.up))))
        let text = String(format: "%.\(decimals)f", value)
        guard step == 0, text.contains(".") else { return text }
        return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
    }
}
