import Foundation

/// How far two pictures of one size are apart, sample by sample.
public struct ImageDifference: Hashable, Sendable {
    /// The largest difference of a sample, 0…255.
    public let largest: Int
    /// The mean difference of a sample, 0…255.
    public let mean: Double
    /// The share of samples that differ at all, 0…1.
    public let share: Double
    /// The peak signal-to-noise ratio in decibels, 10·log₁₀(255² / mean squared difference); nil for equal pictures.
    public let decibels: Double?

    /// True when no sample differs.
    public var isNone: Bool { largest == 0 }

    /// Compares two pictures as RGB, what is transparent on white; nil when their sizes differ.
    public init?(_ first: Image, _ second: Image) {
        guard first.width == second.width, first.height == second.height else { return nil }
        var (largest, sum, squares, different) = (0, 0, 0, 0)
        let (left, right) = (first.rgb().pixels, second.rgb().pixels)
        for (a, b) in zip(left, right) {
            let difference = abs(Int(a) - Int(b))
            largest = max(largest, difference)
            sum += difference
            squares += difference * difference
            different += difference > 0 ? 1 : 0
        }
        let count = Double(left.count)
        self.largest = largest
        mean = Double(sum) / count
        share = Double(different) / count
        decibels = squares == 0 ? nil : 10 * log10(255 * 255 * count / Double(squares))
    }
}
