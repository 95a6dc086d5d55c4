/// The noise level at a timestep, as a model was trained.
///
/// Timesteps may be fractional; outside of the grid the level is that of its nearer end.
public protocol NoiseSchedule: Sendable {
    /// The timesteps that the model was trained on.
    var grid: TimestepGrid { get }

    /// The level at a timestep; sigma rises strictly with the timestep.
    func level(at timestep: Double) -> NoiseLevel

    /// The inverse of `level(at:)`; only the level's sigma counts, not its scale.
    func timestep(at level: NoiseLevel) -> Double

    /// The level of that sigma in this schedule's scale: variance-preserving, or signal + noise = 1, …
    /// - Parameter sigma: noise / signal, 0 to infinity.
    /// - Returns: a pair whose ratio is `sigma`.
    func level(sigma: Double) -> NoiseLevel
}

/// The timesteps that a model was trained on: `count` of them, one apart, from `first`.
public struct TimestepGrid: Hashable, Sendable {
    /// The cleanest timestep.
    public let first: Double
    /// The number of timesteps.
    public let count: Int
    /// True when the model knows only whole timesteps, so that spacings visit no others.
    public let isDiscrete: Bool

    /// A grid of `count` timesteps from `first`.
    public init(first: Double, count: Int, isDiscrete: Bool) {
        (self.first, self.count, self.isDiscrete) = (first, count, isDiscrete)
    }

    /// The noisiest timestep.
    public var last: Double { first + Double(count - 1) }
}

extension NoiseSchedule {
    /// The level at a position along the grid, 0 the cleanest, 1 the noisiest.
    public func level(atPosition position: Double) -> NoiseLevel {
        level(at: grid.first + position * (grid.last - grid.first))
    }

    /// A level of another scale, such as EDM's (1, sigma), in this schedule's own.
    public func rescaled(_ level: NoiseLevel) -> NoiseLevel { self.level(sigma: level.sigma) }
}
