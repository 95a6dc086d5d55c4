import Foundation

/// Numbers as people read them.
enum Figures {
    /// Seconds as `0.043 s`, `1.24 s`, `12.4 s`.
    static func seconds(_ seconds: Double) -> String {
        let digits = seconds < 0.1 ? 3 : seconds < 10 ? 2 : 1
        return fixed(seconds, digits) + " s"
    }

    /// A rate as `0.42 steps/s`, `9.8 steps/s`, `127 steps/s`.
    static func rate(_ rate: Double, _ unit: String) -> String {
        fixed(rate, rate < 1 ? 2 : rate < 100 ? 1 : 0) + " " + unit
    }

    /// Bytes as `512 B`, `3.4 MB`, `1.2 GB`.
    static func bytes(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 1000 || unit == "GB" {
                return fixed(value, unit == "B" || value >= 100 ? 0 : 1) + " " + unit
            }
            value /= 1000
        }
        return "\(count) B"
    }

    /// Counts as `950`, `12.3 k`, `8.1 M`.
    static func count(_ count: Int) -> String {
        var value = Double(count)
        for unit in ["", " k", " M", " G"] {
            if value < 1000 || unit == " G" {
                return fixed(value, unit.isEmpty || value >= 100 ? 0 : 1) + unit
            }
            value /= 1000
        }
        return "\(count)"
    }

    static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    /// A small number as `0.0012` or `3.2e-05`.
    static func power(_ value: Double) -> String { String(format: "%.2g", value) }

    /// A label filled up with spaces to twelve characters, so that what follows stands in a column.
    static func label(_ text: String) -> String {
        text + String(repeating: " ", count: max(1, 12 - text.count))
    }
}
