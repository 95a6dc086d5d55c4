import Foundation

/// A way from a great sigma to a small one.
public enum SigmaRamp: Hashable, Sendable {
    /// Equal steps of sigma to the power 1 / rho. Source: Karras et al. 2022, equation 5.
    case karras(rho: Double)
    /// Equal steps of log sigma.
    case exponential
    /// Steps of log sigma that shrink or grow as a power of the position; 1 is exponential.
    case polyexponential(rho: Double)
    /// Sigmas at the quantiles of a beta distribution. Source: Lee et al. 2024.
    case beta(alpha: Double, beta: Double)
    /// Equal steps of arctan sigma. Source: Sabour et al. 2024, equation for the optimal divergence.
    case divergence

    /// The sigmas of this way.
    ///
    /// - Parameters:
    ///   - greatest: the first sigma, finite.
    ///   - least: the last, above 0.
    ///   - count: how many.
    /// - Returns: `count` sigmas, falling, with both ends; `greatest` alone for one.
    public func sigmas(from greatest: Double, to least: Double, count: Int) -> [Double] {
        (0..<max(0, count)).map { index in
            let position = count > 1 ? Double(index) / Double(count - 1) : 0
            switch self {
            case .karras(let rho):
                let (top, bottom) = (pow(greatest, 1 / rho), pow(least, 1 / rho))
                return index == 0 ? greatest : pow(top + (bottom - top) * position, rho)
            case .exponential:
                return exp(log(greatest) + position * (log(least) - log(greatest)))
            case .polyexponential(let rho):
                return exp(log(least) + pow(1 - position, rho) * (log(greatest) - log(least)))
            case .beta(let alpha, let beta):
                return least + betaQuantile(1 - position, alpha: alpha, beta: beta) * (greatest - least)
            case .divergence:
                return tan(position * atan(least) + (1 - position) * atan(greatest))
            }
        }
    }

    /// The name that messages use.
    var name: String {
        switch self {
        case .karras: "karras"
        case .exponential: "exponential"
        case .polyexponential: "polyexponential"
        case .beta: "beta"
        case .divergence: "kl_optimal"
        }
    }
}
