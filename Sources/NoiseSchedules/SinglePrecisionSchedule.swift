import Foundation

/// A list of per-step variances as checkpoints' own software computes it: every number rounded to single precision.
///
/// The rounding of 1 − beta moves alphaBar by up to 1e-5 at the cleanest timesteps; whoever wants the same picture as
/// another program must round where it does.
public struct SinglePrecisionBetas: Hashable, Sendable {
    /// The per-step variances.
    public let betas: [Float]

    /// Variances as they stand in a configuration.
    public init(_ betas: [Double]) { self.betas = betas.map { Float($0) } }

    private init(singles: [Float]) { betas = singles }

    /// Variances in equal steps.
    public static func linear(from start: Double, to end: Double, timesteps: Int) -> SinglePrecisionBetas {
        SinglePrecisionBetas(singles: singleSteps(from: start, to: end, count: timesteps))
    }

    /// Square roots of the variances in equal steps.
    public static func scaledLinear(from start: Double, to end: Double, timesteps: Int)
        -> SinglePrecisionBetas
    {
        let roots = singleSteps(from: start.squareRoot(), to: end.squareRoot(), count: timesteps)
        return SinglePrecisionBetas(singles: roots.map { $0 * $0 })
    }

    /// Variances along a logistic curve from −6 to 6.
    public static func sigmoid(from start: Double, to end: Double, timesteps: Int) -> SinglePrecisionBetas {
        SinglePrecisionBetas(
            singles: singleSteps(from: -6, to: 6, count: timesteps).map {
                1 / (1 + exp(-$0)) * Float(end - start) + Float(start)
            })
    }

    /// A curve that alphaBar follows, given as a function of time from 0 to 1.
    public enum Curve: Hashable, Sendable {
        /// The squared cosine of Nichol and Dhariwal 2021.
        case cosine
        /// exp(−12 · time).
        case exponential
        /// From a Laplace distribution of the log of the signal-to-noise ratio.
        case laplace

        func alphaBar(_ time: Double) -> Double {
            switch self {
            case .cosine:
                let cosine = cos((time + 0.008) / 1.008 * Double.pi / 2)
                return cosine * cosine
            case .exponential: return exp(time * -12)
            case .laplace:
                let side = time <= 0.5 ? 1.0 : -1.0
                let ratio = exp(-0.5 * side * log(1 - 2 * abs(0.5 - time) + 1e-6))
                return (ratio / (1 + ratio)).squareRoot()
            }
        }
    }

    /// Variances of at most 0.999 under which alphaBar follows a curve.
    public static func following(_ curve: Curve, timesteps: Int) -> SinglePrecisionBetas {
        let count = Double(timesteps)
        return SinglePrecisionBetas(
            (0..<max(0, timesteps)).map { index in
                let ratio = curve.alphaBar(Double(index + 1) / count) / curve.alphaBar(Double(index) / count)
                return min(1 - ratio, 0.999)
            })
    }

    /// alphaBar at each timestep: products in double precision, rounded to single.
    public var alphaBars: [Double] {
        var product = 1.0
        return betas.map { beta in
            product *= Double(1 - beta)
            return Double(Float(product))
        }
    }

    /// The same variances, shifted and stretched so that nothing of the sample is left at the last timestep.
    ///
    /// Source: Lin et al. 2023, algorithm 1.
    public var endingInPureNoise: SinglePrecisionBetas {
        var roots = alphaBars.map { Float($0).squareRoot() }
        guard let first = roots.first, let last = roots.last, first > last else { return self }
        let stretch = first / (first - last)
        roots = roots.map { ($0 - last) * stretch }
        let bars = roots.map { $0 * $0 }
        let ratios = zip(bars.dropFirst(), bars).map { $0 / $1 }
        return SinglePrecisionBetas(singles: ([bars[0]] + ratios).map { 1 - $0 })
    }
}

/// `count` single-precision numbers in equal steps with both ends, each counted from its nearer end.
private func singleSteps(from start: Double, to end: Double, count: Int) -> [Float] {
    let (first, last) = (Float(start), Float(end))
    guard count > 1 else { return count == 1 ? [first] : [] }
    let step = (last - first) / Float(count - 1)
    return (0..<count).map { index in
        index < count / 2 ? first + step * Float(index) : last - step * Float(count - 1 - index)
    }
}
