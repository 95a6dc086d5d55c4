import Foundation

/// A cloud of points and the best line through the origin: the smallest thing that can be learnt.
///
/// One update with the point (x, y) is `w ← w − α·d·x` with `d = w·x − y`, that is `w ← (1 − α·x²)·w + α·x·y`. A whole
/// pass over the points is therefore one linear map of w, which says exactly where training ends, and when it does
/// not.
public struct LineProblem: Hashable, Sendable {
    /// A point of the cloud.
    public struct Example: Hashable, Sendable, Encodable {
        /// What is given.
        public let x: Double
        /// What the line should say.
        public let y: Double

        /// A point of the cloud.
        public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// How many points a problem may have.
    public static let counts = 2...10_000

    /// The points, in the order in which training visits them.
    public let examples: [Example]
    /// The best slope in closed form: Σxy / Σx².
    public let leastSquares: Double
    /// The largest rate below which passes over the points lead somewhere; from there on they lead away.
    public let largestAlpha: Double

    /// A problem of given points.
    /// - Throws: `InsightError.outOfRange` unless there are 2 to 10,000 finite points, not all with x = 0.
    public init(_ examples: [Example]) throws(InsightError) {
        guard Self.counts.contains(examples.count) else {
            throw .outOfRange(what: "points", found: "\(examples.count)", allowed: "2 to 10,000 of them")
        }
        guard examples.allSatisfy({ abs($0.x) < 1e6 && abs($0.y) < 1e6 }) else {
            throw .outOfRange(
                what: "points", found: "one outside", allowed: "coordinates between −1,000,000 and 1,000,000")
        }
        let squares = examples.map { $0.x * $0.x }
        guard let greatest = squares.max(), greatest > 1e-12 else {
            throw .outOfRange(what: "points", found: "x = 0 everywhere", allowed: "some x other than 0")
        }
        self.examples = examples
        leastSquares = examples.reduce(0) { $0 + $1.x * $1.y } / squares.reduce(0, +)
        largestAlpha = Self.largestAlpha(squares: squares.filter { $0 > 1e-12 }, greatest: greatest)
    }

    /// A cloud around the line `y = slope · x`: x uniform in 0…1, y with normal scatter.
    ///
    /// The same seed gives the same cloud.
    /// - Parameters:
    ///   - seed: any number.
    ///   - count: 2 to 10,000.
    ///   - slope: of the line.
    ///   - scatter: standard deviation of y around the line.
    /// - Throws: `InsightError.outOfRange`.
    public init(
        seed: UInt64, count: Int = 40, slope: Double = 1.5, scatter: Double = 0.16
    ) throws(InsightError) {
        guard Self.counts.contains(count) else {
            throw .outOfRange(what: "points", found: "\(count)", allowed: "2 to 10,000 of them")
        }
        var numbers = SeededNumbers(seed: seed)
        try self.init(
            (0..<count).map { _ in
                let x = 0.05 + 0.95 * numbers.uniform()
                return Example(x: x, y: slope * x + scatter * numbers.normal())
            })
    }

    /// What one pass over all points does to w: `w ← factor · w + shift`.
    public func pass(alpha: Double) -> (factor: Double, shift: Double) {
        examples.reduce((factor: 1, shift: 0)) { pass, example in
            let kept = 1 - alpha * example.x * example.x
            return (kept * pass.factor, kept * pass.shift + alpha * example.x * example.y)
        }
    }

    /// Where passes without end lead: near to the least squares, the nearer the smaller α; nil when they lead away.
    public func limit(alpha: Double) -> Double? {
        let pass = pass(alpha: alpha)
        return abs(pass.factor) < 1 ? pass.shift / (1 - pass.factor) : nil
    }

    /// The mean of d² at a slope.
    public func meanSquaredError(at weight: Double) -> Double {
        examples.reduce(0) { sum, example in
            let d = weight * example.x - example.y
            return sum + d * d
        } / Double(examples.count)
    }

    /// The first α at which |Π(1 − α·x²)| reaches 1.
    ///
    /// Below 2 / max x² every factor shrinks the error, above 2 / min x² every factor lets it grow.
    private static func largestAlpha(squares: [Double], greatest: Double) -> Double {
        func growth(_ alpha: Double) -> Double { squares.reduce(0) { $0 + log(abs(1 - alpha * $1)) } }
        let (safe, lost) = (2 / greatest, 2 / (squares.min() ?? greatest))
        var low = safe
        for step in 1...2000 {
            let high = safe * pow(lost / safe, Double(step) / 2000)
            if growth(high) >= 0 { return bisected(from: low, to: high) { growth($0) >= 0 } }
            low = high
        }
        return lost
    }

    private static func bisected(from low: Double, to high: Double, _ isBeyond: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if isBeyond(middle) { high = middle } else { low = middle }
        }
        return low
    }
}
