/// The numbers of a fitted line, beside those of least squares.
public struct LineReport: Encodable, Equatable, Sendable {
    /// What another rate leads to.
    public struct Rate: Encodable, Equatable, Sendable {
        /// The rate.
        public let alpha: Double
        /// What one pass multiplies the distance from the limit by; beyond ±1 the line is lost.
        public let factorPerEpoch: Double
        /// Where passes without end lead; nil when they lead away.
        public let limit: Double?
        /// The slope after as many epochs; nil when it ran away.
        public let weight: Double?
    }

    /// The rate of learning.
    public let alpha: Double
    /// Passes over the points.
    public let epochs: Int
    /// Updates made, fewer than asked for when the line was lost.
    public let updates: Int
    /// The learnt slope.
    public let weight: Double
    /// The slope of least squares, Σxy / Σx².
    public let leastSquares: Double
    /// Learnt minus least squares.
    public let difference: Double
    /// Where passes without end lead at this rate; nil when they lead away.
    public let limit: Double?
    /// What one pass multiplies the distance from the limit by.
    public let factorPerEpoch: Double
    /// The rate from which on the line is lost.
    public let largestAlpha: Double
    /// True when the slope ran away.
    public let isLost: Bool
    /// The mean of d² at the learnt slope.
    public let meanSquaredError: Double
    /// The mean of d² at the slope of least squares, the least there is.
    public let leastMeanSquaredError: Double
    /// The same points with other rates: a tenth, the asked one, nearly too large, too large.
    public let rates: [Rate]
    /// The points in the order of training.
    public let points: [LineProblem.Example]
    /// The slope at the start and after each update.
    public let weights: [Double]
}

extension LineFit {
    /// The rates to compare: a tenth, the one in use, one that just works and one that is too large.
    var comparedAlphas: [Double] {
        let limit = problem.largestAlpha
        return [alpha / 10, alpha, 0.8 * limit, 1.2 * limit].sorted()
    }

    /// The same points fitted with other rates, over as many epochs.
    func compared() throws(InsightError) -> [LineFit] {
        var fits: [LineFit] = []
        for rate in comparedAlphas {
            fits.append(try LineFit(problem, alpha: rate, epochs: epochs, start: weights[0]))
        }
        return fits
    }

    /// All numbers.
    /// - Throws: `InsightError.outOfRange` when a compared rate would be above 1,000,000.
    public func report() throws(InsightError) -> LineReport {
        LineReport(
            alpha: alpha, epochs: epochs, updates: updates, weight: weight,
            leastSquares: problem.leastSquares, difference: weight - problem.leastSquares,
            limit: problem.limit(alpha: alpha), factorPerEpoch: problem.pass(alpha: alpha).factor,
            largestAlpha: problem.largestAlpha, isLost: isLost,
            meanSquaredError: problem.meanSquaredError(at: weight),
            leastMeanSquaredError: problem.meanSquaredError(at: problem.leastSquares),
            rates: try compared().map { fit in
                LineReport.Rate(
                    alpha: fit.alpha, factorPerEpoch: problem.pass(alpha: fit.alpha).factor,
                    limit: problem.limit(alpha: fit.alpha), weight: fit.isLost ? nil : fit.weight)
            }, points: problem.examples, weights: weights)
    }
}
