import Foundation
import Insight

/// A line to be fitted to a cloud of points.
public struct LineRequest: Codable, Equatable, Sendable {
    /// The cloud's seed.
    public var seed: UInt64
    /// Points in the cloud.
    public var points: Int
    /// The rate of learning.
    public var alpha: Double
    /// Passes over the points.
    public var epochs: Int
    /// The name of picture and animation.
    public var output: String

    /// A line to be fitted.
    public init(
        seed: UInt64 = 0, points: Int = 40, alpha: Double = 0.1, epochs: Int = 4, output: String = "line.png"
    ) {
        (self.seed, self.points, self.alpha, self.epochs, self.output) = (seed, points, alpha, epochs, output)
    }
}

extension Workshop {
    /// Fits a line point by point by `w ← w − α·d·x`, and draws it swinging into place.
    ///
    /// - Parameters:
    ///   - request: the points and the rate.
    ///   - replacing: true to overwrite files of that name.
    ///   - terminal: size and colours of the texts for a terminal; nil for none.
    /// - Returns: files, numbers, words and the texts.
    /// - Throws: `InsightError.outOfRange`, `WorkshopError`; what writing throws.
    public func fitLine(
        _ request: LineRequest, replacing: Bool = false, terminal: (columns: Int, colored: Bool)? = nil
    ) throws -> InstrumentReport {
        let problem = try LineProblem(seed: request.seed, count: request.points)
        let fit = try LineFit(problem, alpha: request.alpha, epochs: request.epochs)
        let numbers = try fit.report()
        let files = try write(fit.still(), fit.animation(), to: request.output, replacing: replacing)
        return InstrumentReport(
            picture: files.picture, animation: files.animation, numbers: numbers, words: Self.words(numbers),
            terminalFrames: terminal.map {
                fit.terminalFrames(columns: min($0.columns, 100), rows: 18, colored: $0.colored)
            } ?? [])
    }

    private static func words(_ numbers: LineReport) -> [String] {
        func text(_ value: Double) -> String { String(format: "%.4g", value) }
        let end =
            numbers.isLost
            ? "lost after \(numbers.updates) updates: each pass takes it "
                + "\(text(abs(numbers.factorPerEpoch))) times as far away"
            : "learnt        w = \(text(numbers.weight))  after \(numbers.updates) updates"
        return [
            end,
            "least squares w = \(text(numbers.leastSquares))  (Σxy / Σx², the best there is)",
            numbers.isLost
                ? "take an α below \(text(numbers.largestAlpha))"
                : "difference    \(text(numbers.difference))  (α = \(text(numbers.alpha)); a smaller α comes closer, more slowly;"
                    + " above \(text(numbers.largestAlpha)) the line is lost)",
        ]
    }
}
