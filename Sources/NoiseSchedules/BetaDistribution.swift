import Foundation

/// The number below which a share of a beta distribution lies: the inverse of its regularised incomplete integral.
///
/// Bisected to the last bit of the position, so that no starting guess can fail.
/// - Parameters:
///   - share: from 0 to 1.
///   - alpha: the first shape, above 0.
///   - beta: the second shape, above 0.
/// - Returns: a number from 0 to 1.
func betaQuantile(_ share: Double, alpha: Double, beta: Double) -> Double {
    if share <= 0 { return 0 }
    if share >= 1 { return 1 }
    var (low, high) = (0.0, 1.0)
    while true {
        let middle = (low + high) / 2
        if middle <= low || middle >= high { return middle }
        if incompleteBeta(middle, alpha: alpha, beta: beta) < share { low = middle } else { high = middle }
    }
}

/// The regularised incomplete beta integral, by its continued fraction.
///
/// Source: Abramowitz and Stegun, 26.5.8, evaluated with Lentz's method.
func incompleteBeta(_ x: Double, alpha: Double, beta: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast below the mean; above it the distribution is mirrored.
    if x > (alpha + 1) / (alpha + beta + 2) { return 1 - incompleteBeta(1 - x, alpha: beta, beta: alpha) }
    let logFront =
        alpha * log(x) + beta * log1p(-x) - (lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta)) - log(alpha)
    let tiny = 1e-300
    var (value, c, d) = (1.0, 1.0, 0.0)
    for step in 0..<500 {
        let m = Double(step / 2)
        let factor: Double
        if step == 0 {
            factor = 1
        } else if step.isMultiple(of: 2) {
            factor = m * (beta - m) * x / ((alpha + 2 * m - 1) * (alpha + 2 * m))
        } else {
            factor = -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2 * m) * (alpha + 2 * m + 1))
        }
        d = 1 + factor * d
        if abs(d) < tiny { d = tiny }
        d = 1 / d
        c = 1 + factor / c
        if abs(c) < tiny { c = tiny }
        value *= c * d
        if abs(c * d - 1) < 1e-15 { break }
    }
    return exp(logFront) * (value - 1)
}
