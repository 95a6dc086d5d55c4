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
            labels = [Self.label(range.lowerBound, step: 0, largest: abs(range.lowerBound))]
            return
        }
        let rough = span / Double(max(count, 1))
        let power = pow(10, log10(rough).rounded(.down))
        let step = power * ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10)
        let first = (range.lowerBound / step - 1e-9).rounded(.up)
        let last = (range.upperBound / step + 1e-9).rounded(.down)
        guard step > 0, last - first < 1000 else {
            values = [range.lowerBound]
            labels = [Self.label(range.lowerBound, step: 0, largest: abs(range.lowerBound))]
            return
        }
        let marks = stride(from: first, through: last, by: 1).map { $0 * step }
        let largest = marks.map(abs).max() ?? 0
        values = marks
        labels = marks.map { Self.label($0, step: step, largest: largest) }
    }

    /// Marks for a logarithmic axis: powers of ten, with 2 and 5 between them where few would show.
    ///
    /// The range must be positive.
    init(logarithmic range: ClosedRange<Double>) {
        let low = log10(range.lowerBound)
        let high = log10(range.upperBound)
        let factors: [Double] = high - low < 2.3 ? [1, 2, 5] : [1]
        let every = max(1, Int((high - low) / 8))
        let shown = range.lowerBound * (1 - 1e-9)...range.upperBound * (1 + 1e-9)
        // Powers of ten in one style along the axis: plain while short, as powers otherwise.
        let isPlain = factors.count > 1 || (low > -3.5 && high < 4.5)
        var values: [Double] = []
        var labels: [String] = []
        for exponent in stride(from: Int(low.rounded(.down)), through: Int(high.rounded(.up)), by: every) {
            for mark in factors.map({ $0 * pow(10, Double(exponent)) }) where shown.contains(mark) {
                values.append(mark)
                labels.append(isPlain ? Self.label(mark, step: mark, largest: mark) : Self.power(exponent))
            }
        }
        // A range too narrow for two such marks is nearly linear.
        self = values.count < 2 ? Self(linear: range, count: 4) : Self(values: values, labels: labels)
    }

    private init(values: [Double], labels: [String]) {
        self.values = values
        self.labels = labels
    }

    private static func power(_ exponent: Int) -> String {
        let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
        let raised = String(abs(exponent)).compactMap(\.wholeNumberValue).map { digits[$0] }
        return "10" + (exponent < 0 ? "⁻" : "") + String(raised)
    }

    /// A number with as many decimals as the step needs, in the unit of the largest: 0.25, 1500, 20k, 3M, 1e−6.
    static func label(_ value: Double, step: Double, largest: Double) -> String {
        if value == 0 || abs(value) < step * 1e-6 { return "0" }
        let sign = value < 0 ? "−" : ""
        let size = max(largest, step)
        if size < 1e-3 || size >= 1e13 { return sign + scientific(abs(value), step: step) }
        for (unit, letter) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] {
            let isLarge = size >= unit * (unit == 1e3 ? 10 : 1)
            if isLarge, step == 0 || step >= unit / 100 {
                return sign + decimal(abs(value) / unit, step: step / unit) + letter
            }
        }
        return sign + decimal(abs(value), step: step)
    }

    /// Such as 1.5e−7, with the digits that tell neighbours apart.
    private static func scientific(_ value: Double, step: Double) -> String {
        let distance = step > 0 ? log10(value).rounded(.down) - (log10(step) + 1e-9).rounded(.down) : 2
        let decimals = min(12, max(0, Int(distance)))
        let parts = String(format: "%.\(decimals)e", value).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return "\(value)" }
        return trimmed(String(parts[0])) + "e" + (exponent < 0 ? "−\(-exponent)" : "\(exponent)")
    }

    private static func decimal(_ value: Double, step: Double) -> String {
        let smallest = step > 0 ? step : max(abs(value) / 1000, 1e-9)
        let decimals = min(9, max(0, Int((-log10(smallest) - 1e-9).rounded(.up))))
        let text = String(format: "%.\(decimals)f", value)
        return step == 0 ? trimmed(text) : text
    }

    /// Without zeros at the end of the decimals.
    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        let kept = text.reversed().drop { $0 == "0" }
        return String((kept.first == "." ? kept.dropFirst() : kept).reversed())
    }
}
