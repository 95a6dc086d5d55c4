/// The straight path from sample to noise: signal 1 − time, noise time.
///
/// The timestep is 1000 · time, from 1 to 1000 in training; any number between is meaningful, and 0 is the clean sample.
/// Source: Liu et al. 2022; Lipman et al. 2023.
public struct RectifiedFlow: NoiseSchedule, Hashable {
    /// The timestep at time 1.
    public static let timesteps = 1000

    /// The straight path.
    public init() {}

    /// The timesteps 1 … 1000, and everything between.
    public var grid: TimestepGrid { TimestepGrid(first: 1, count: Self.timesteps, isDiscrete: false) }

    /// The level (1 − time, time) at timestep 1000 · time.
    public func level(at timestep: Double) -> NoiseLevel {
        level(time: timestep / Double(Self.timesteps))
    }

    /// The level (1 − time, time).
    /// - Parameter time: 0 for clean to 1 for pure noise; beyond, the nearer end.
    /// - Returns: the pair, with signal + noise = 1.
    public func level(time: Double) -> NoiseLevel {
        let time = time.isNaN ? 0 : min(max(time, 0), 1)
        return NoiseLevel(unchecked: 1 - time, time)
    }

    /// 1000 · noise / (signal + noise).
    public func timestep(at level: NoiseLevel) -> Double { Double(Self.timesteps) * level.noiseShare }

    /// The level (1, sigma) / (1 + sigma).
    public func level(sigma: Double) -> NoiseLevel {
        sigma.isInfinite ? .pureNoise : NoiseLevel(unchecked: 1 / (1 + sigma), sigma / (1 + sigma))
    }
}
