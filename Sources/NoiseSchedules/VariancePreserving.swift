import Foundation

/// Schedules with signal² + noise² = 1, given by the per-step variances of a discrete forward process.
///
/// signal² at timestep t is alphaBar(t), the product of 1 − beta up to t. Between whole timesteps log alphaBar is
/// interpolated linearly, so whole timesteps have exactly the numbers of the discrete process.
/// Source: Ho et al. 2020; Nichol and Dhariwal 2021 for the cosine.
public struct VariancePreserving: NoiseSchedule, Hashable {
    /// The per-step variances, each in (0, 1); the last is 1 where the schedule ends in pure noise.
    public let betas: [Double]
    /// log alphaBar at each whole timestep, strictly falling.
    private let logAlphaBars: [Double]

    /// The timesteps 0 … T − 1, whole.
    public var grid: TimestepGrid { TimestepGrid(first: 0, count: betas.count, isDiscrete: true) }

    /// The schedule of given variances.
    /// - Throws: `NoiseScheduleError.invalidBetas` unless there are two or more, each in (0, 1).
    public init(betas: [Double]) throws(NoiseScheduleError) {
        guard betas.count >= 2 else {
            throw .invalidBetas(problem: "expected at least 2 of them, found \(betas.count)")
        }
        if let index = betas.firstIndex(where: { !($0 > 0 && $0 < 1) }) {
            throw .invalidBetas(
                problem: "expected numbers between 0 and 1, found \(betas[index]) at timestep \(index)")
        }
        self.betas = betas
        var sum = 0.0
        logAlphaBars = betas.map { beta in
            sum += log1p(-beta)
            return sum
        }
    }

    /// The schedule of a given alphaBar at each whole timestep.
    ///
    /// The last may be 0: then the noisiest level is pure noise.
    /// - Throws: `NoiseScheduleError.invalidBetas` unless there are two or more, the first below 1, strictly falling.
    public init(alphaBars: [Double]) throws(NoiseScheduleError) {
        guard alphaBars.count >= 2 else {
            throw .invalidBetas(problem: "expected at least 2 timesteps, found \(alphaBars.count)")
        }
        let before = [1] + alphaBars
        for (index, (above, value)) in zip(before, alphaBars).enumerated() {
            let isLast = index == alphaBars.count - 1
            guard value < above, value > 0 || isLast && value == 0 else {
                throw .invalidBetas(
                    problem:
                        "expected alphaBar to fall from below 1 to 0 or above, found \(value) after \(above) "
                        + "at timestep \(index)")
            }
        }
        betas = zip(before, alphaBars).map { 1 - $1 / $0 }
        logAlphaBars = alphaBars.map { log($0) }
    }

    /// Variances in equal steps.
    /// - Throws: `NoiseScheduleError.invalidBetas` unless every variance is in (0, 1).
    public static func linear(
        from start: Double = 1e-4, to end: Double = 0.02, timesteps: Int = 1000
    ) throws(NoiseScheduleError) -> VariancePreserving {
        try VariancePreserving(betas: equalSteps(from: start, to: end, count: timesteps))
    }

    /// Square roots of the variances in equal steps, as Stable Diffusion.
    /// - Throws: `NoiseScheduleError.invalidBetas` unless every variance is in (0, 1).
    public static func scaledLinear(
        from start: Double = 0.00085, to end: Double = 0.012, timesteps: Int = 1000
    ) throws(NoiseScheduleError) -> VariancePreserving {
        guard start > 0, end > 0 else {
            throw .invalidBetas(problem: "expected ends between 0 and 1, found \(start) and \(end)")
        }
        let roots = equalSteps(from: start.squareRoot(), to: end.squareRoot(), count: timesteps)
        return try VariancePreserving(betas: roots.map { $0 * $0 })
    }

    /// alphaBar as a squared cosine of the timestep, variances clipped at 0.999.
    /// - Throws: `NoiseScheduleError.invalidBetas` for fewer than two timesteps.
    /// Source: Nichol and Dhariwal 2021, equation 17, offset 0.008.
    public static func cosine(timesteps: Int = 1000) throws(NoiseScheduleError) -> VariancePreserving {
        func alphaBar(_ t: Int) -> Double {
            let angle = (Double(t) / Double(timesteps) + 0.008) / 1.008 * Double.pi / 2
            return cos(angle) * cos(angle)
        }
        return try VariancePreserving(
            betas: (0..<max(0, timesteps)).map { min(1 - alphaBar($0 + 1) / alphaBar($0), 0.999) })
    }

    /// The same schedule with its signals shifted and stretched so that nothing of the sample is left at the last timestep.
    ///
    /// Source: Lin et al. 2023, algorithm 1.
    /// - Parameter isWanted: false for the schedule as it is.
    /// - Returns: a schedule with the signal of this one at the first timestep, and none at the last.
    /// - Throws: `NoiseScheduleError.invalidBetas`; never for a schedule with two timesteps or more.
    public func endingInPureNoise(_ isWanted: Bool = true) throws(NoiseScheduleError) -> VariancePreserving {
        let signals = logAlphaBars.map { exp($0 / 2) }
        guard isWanted, let first = signals.first, let last = signals.last, last > 0 else { return self }
        return try VariancePreserving(
            alphaBars: signals.map { signal in
                let stretched = (signal - last) * first / (first - last)
                return stretched * stretched
            })
    }

    /// alphaBar at a timestep, in (0, 1).
    public func alphaBar(at timestep: Double) -> Double { exp(logAlphaBar(at: timestep)) }

    /// The level (√alphaBar, √(1 − alphaBar)).
    public func level(at timestep: Double) -> NoiseLevel { level(logAlphaBar: logAlphaBar(at: timestep)) }

    /// The timestep of the level's sigma, by bisection of log alphaBar = −log(1 + sigma²).
    public func timestep(at level: NoiseLevel) -> Double {
        let wanted = -log1p(level.sigma * level.sigma)
        guard let first = logAlphaBars.first, let last = logAlphaBars.last else { return 0 }
        if wanted >= first { return 0 }
        if wanted <= last { return grid.last }
        var (low, high) = (0, logAlphaBars.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if logAlphaBars[middle] >= wanted { low = middle } else { high = middle }
        }
        return Double(low) + (logAlphaBars[low] - wanted) / (logAlphaBars[low] - logAlphaBars[high])
    }

    /// The level (1, sigma) / √(1 + sigma²).
    public func level(sigma: Double) -> NoiseLevel {
        if sigma.isInfinite { return .pureNoise }
        let length = hypot(1, sigma)
        return NoiseLevel(unchecked: 1 / length, sigma / length)
    }

    private func logAlphaBar(at timestep: Double) -> Double {
        let clamped = timestep.isNaN ? 0 : min(max(timestep, 0), grid.last)
        let below = min(Int(clamped), logAlphaBars.count - 2)
        let fraction = clamped - Double(below)
        // A neighbour of pure noise, whose logarithm is infinite, counts only where it is meant.
        if fraction == 0 || fraction == 1 { return logAlphaBars[below + Int(fraction)] }
        return logAlphaBars[below] + fraction * (logAlphaBars[below + 1] - logAlphaBars[below])
    }

    private func level(logAlphaBar: Double) -> NoiseLevel {
        NoiseLevel(unchecked: exp(logAlphaBar / 2), (-expm1(logAlphaBar)).squareRoot())
    }
}

/// `count` numbers in equal steps with both ends.
func equalSteps(from start: Double, to end: Double, count: Int) -> [Double] {
    if count == 1 { return [start] }
    return (0..<max(0, count)).map { start + (end - start) * Double($0) / Double(count - 1) }
}
