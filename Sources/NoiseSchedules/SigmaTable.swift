import Foundation

/// The sigma of every whole timestep, and what lies between them by linear interpolation.
///
/// Schedules interpolate the logarithm of alphaBar; most programs that draw with Stable Diffusion interpolate sigma
/// itself on the way from timestep to sigma, and its logarithm on the way back. Both are kept here.
public struct SigmaTable: Hashable, Sendable {
    /// Sigma at timesteps 0, 1, …, rising.
    public let sigmas: [Double]
    /// Their logarithms, rounded to single precision as those programs keep them.
    private let logSigmas: [Double]

    /// The table of a schedule on a whole grid.
    /// - Parameters:
    ///   - schedule: a schedule whose timesteps start at 0.
    ///   - greatest: what stands for the infinite sigma of pure noise.
    public init(of schedule: VariancePreserving, greatest: Double = 4096) {
        sigmas = (0..<schedule.grid.count).map { timestep in
            let sigma = schedule.level(at: Double(timestep)).sigma
            return Double(Float(sigma.isFinite ? sigma : greatest))
        }
        logSigmas = sigmas.map { Double(log(Float($0))) }
    }

    /// The least sigma.
    public var least: Double { sigmas.first ?? 0 }
    /// The greatest sigma.
    public var greatest: Double { sigmas.last ?? 0 }

    /// Sigma at a timestep, linear between whole ones; beyond the table, its nearer end.
    public func sigma(at timestep: Double) -> Double {
        let clamped = timestep.isNaN ? 0 : min(max(timestep, 0), Double(sigmas.count - 1))
        let below = Int(clamped)
        guard below + 1 < sigmas.count else { return greatest }
        return sigmas[below] + (clamped - Double(below)) * (sigmas[below + 1] - sigmas[below])
    }

    /// The timestep of a sigma, linear in log sigma between whole ones; beyond the table, its nearer end.
    public func timestep(of sigma: Double) -> Double {
        let wanted = log(max(sigma, 1e-10))
        guard let first = logSigmas.first, let last = logSigmas.last, wanted > first else { return 0 }
        guard wanted < last else { return Double(sigmas.count - 1) }
        var (low, high) = (0, sigmas.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if logSigmas[middle] <= wanted { low = middle } else { high = middle }
        }
        return Double(low) + (wanted - logSigmas[low]) / (logSigmas[high] - logSigmas[low])
    }
}
