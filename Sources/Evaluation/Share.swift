import Foundation
import Tensors

/// A share of right answers with the interval that the true share lies in with 95 % confidence; all from 0 to 1.
public struct Share: Codable, Equatable, Sendable {
    /// The share found.
    public var value: Double
    /// The interval's lower end.
    public var low: Double
    /// The interval's upper end.
    public var high: Double
    /// Answers marked.
    public var count: Int

    /// A share with its interval.
    public init(value: Double, low: Double, high: Double, count: Int) {
        (self.value, self.low, self.high, self.count) = (value, low, high, count)
    }

    /// The normal quantile of a two-sided interval of 95 %.
    static let quantile = 1.959963984540054
    private static let resamples = 2_000

    /// The share of `right` answers among `count` independent ones, with Wilson's interval; nil when there are none.
    ///
    /// Source: Wilson 1927. It stays within 0 and 1 and has a width also where all answers are right.
    public static func wilson(right: Int, of count: Int) -> Share? {
        guard count > 0 else { return nil }
        let (low, high) = wilson(share: Double(right) / Double(count), count: Double(count))
        return Share(value: Double(right) / Double(count), low: low, high: high, count: count)
    }

    private static func wilson(share: Double, count: Double) -> (low: Double, high: Double) {
        let squared = quantile * quantile
        let centre = (share + squared / (2 * count)) / (1 + squared / count)
        let half =
            quantile / (1 + squared / count)
            * (share * (1 - share) / count + squared / (4 * count * count)).squareRoot()
        return (max(0, centre - half), min(1, centre + half))
    }

    /// The share of right answers in groups whose members hang together, such as pictures of one prompt; nil when there
    /// are no answers.
    ///
    /// Wilson's interval where every group has one answer. Otherwise the 2.5th and 97.5th percentile of the share over
    /// 2,000 sets of groups drawn with replacement (Efron 1979); where all answers are alike that has no width, so there
    /// Wilson's interval for as many answers as there are groups is taken.
    /// - Throws: `TensorError` when there is no memory for the draws.
    public static func grouped(_ groups: [[Bool]], seed: UInt64) throws -> Share? {
        let groups = groups.filter { !$0.isEmpty }
        let counts = groups.map(\.count)
        let rights = groups.map { $0.count { $0 } }
        let (count, right) = (counts.reduce(0, +), rights.reduce(0, +))
        guard count > groups.count else { return wilson(right: right, of: count) }
        let value = Double(right) / Double(count)
        guard right > 0, right < count else {
            let (low, high) = wilson(share: value, count: Double(groups.count))
            return Share(value: value, low: low, high: high, count: count)
        }
        let shares = try Resampling(groups: groups.count, times: resamples, seed: seed).map { chosen in
            Double(chosen.reduce(0) { $0 + rights[$1] }) / Double(chosen.reduce(0) { $0 + counts[$1] })
        }.sorted()
        return Share(
            value: value, low: shares[Int(0.025 * Double(resamples - 1))],
            high: shares[Int((0.975 * Double(resamples - 1)).rounded(.up))], count: count)
    }
}

/// Sets of groups drawn with replacement, as many as there are groups; the same seed draws the same sets.
struct Resampling {
    private let groups, times: Int
    private let draws: [Float]

    init(groups: Int, times: Int, seed: UInt64) throws {
        (self.groups, self.times) = (groups, times)
        var random = try RandomStream(seed: seed)
        draws = try random.uniform([times, groups]).values()
    }

    /// One result a set.
    func map<Result>(_ body: (_ chosen: [Int]) throws -> Result) rethrows -> [Result] {
        try (0..<times).map { time in
            try body((0..<groups).map { min(groups - 1, Int(draws[time * groups + $0] * Float(groups))) })
        }
    }
}
