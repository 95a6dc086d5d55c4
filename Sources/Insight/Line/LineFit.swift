/// A line being fitted point by point: every slope on the way.
public struct LineFit: Sendable {
    /// How many passes over the points there may be.
    public static let epochCounts = 1...10_000
    /// The most updates of one fit.
    public static let mostUpdates = 1_000_000
    /// A slope beyond this counts as lost, and the fit stops.
    static let lostSlope = 1e9

    /// The points.
    public let problem: LineProblem
    /// The rate of learning.
    public let alpha: Double
    /// Passes over the points that were asked for.
    public let epochs: Int
    /// The slope at the start and after each update; shorter than asked for when the fit is lost.
    public let weights: [Double]

    /// Fits a line.
    /// - Parameters:
    ///   - problem: the points.
    ///   - alpha: the rate, above 0 and at most 1,000,000.
    ///   - epochs: passes over the points, 1 to 10,000; at most a million updates in all.
    ///   - start: the slope to begin with.
    /// - Throws: `InsightError.outOfRange`.
    public init(
        _ problem: LineProblem, alpha: Double = 0.1, epochs: Int = 4, start: Double = 0
    ) throws(InsightError) {
        guard alpha > 0, alpha <= 1e6 else {
            throw .outOfRange(
                what: "alpha", found: "\(alpha)", allowed: "a number above 0, at most 1,000,000")
        }
        guard Self.epochCounts.contains(epochs) else {
            throw .outOfRange(what: "epochs", found: "\(epochs)", allowed: "1 to 10,000")
        }
        guard epochs * problem.examples.count <= Self.mostUpdates else {
            throw .outOfRange(
                what: "updates (epochs times points)", found: "\(epochs * problem.examples.count)",
                allowed: "at most 1,000,000")
        }
        guard abs(start) < Self.lostSlope else {
            throw .outOfRange(what: "first slope", found: "\(start)", allowed: "a number below 1e9")
        }
        var w = start
        var weights = [w]
        fitting: for _ in 0..<epochs {
            for example in problem.examples {
                let d = w * example.x - example.y
                w -= alpha * d * example.x
                weights.append(w)
                if !(abs(w) < Self.lostSlope) { break fitting }
            }
        }
        (self.problem, self.alpha, self.epochs, self.weights) = (problem, alpha, epochs, weights)
    }

    /// The number of updates made.
    public var updates: Int { weights.count - 1 }
    /// The slope at the end.
    public var weight: Double { weights[updates] }
    /// True when the slope ran away.
    public var isLost: Bool { updates < epochs * problem.examples.count || !(abs(weight) < Self.lostSlope) }

    /// The point of an update and its error `d` before it.
    /// - Parameter update: 1 to `updates`.
    /// - Returns: the point and `w·x − y` with the slope before the update.
    func visit(_ update: Int) -> (example: LineProblem.Example, error: Double) {
        let example = problem.examples[(update - 1) % problem.examples.count]
        return (example, weights[update - 1] * example.x - example.y)
    }

    /// The updates worth a picture: all of them, or `count` that lie close at first and wide later.
    func shownUpdates(_ count: Int) -> [Int] {
        guard updates > count, count > 1 else { return Array(0...updates) }
        var shown: [Int] = []
        for frame in 0..<count {
            let share = Double(frame) / Double(count - 1)
            let wanted = Int((Double(updates) * share * share).rounded())
            let update = max(wanted, (shown.last ?? -1) + 1)
            if update <= updates { shown.append(update) }
        }
        return shown
    }
}
