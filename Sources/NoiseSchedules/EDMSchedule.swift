import Foundation

/// Sigmas in equal ratios between two ends; the network's input always has unit variance.
///
/// The timestep is a linear function of log sigma, as the paper's c_noise is: 1 at the least sigma, 1000 at the greatest, any
/// number between. Signal is c_in = 1 / √(sigma² + ofData²) and noise sigma · c_in: x in this scale is what the paper gives to
/// its network. With ofData 1 a network that predicts velocity is the paper's, with c_skip, c_out and all.
/// Source: Karras et al. 2022, table 1 and section 5.
public struct EDMSchedule: NoiseSchedule, Hashable {
    /// The number of timesteps, of which the last is that of the greatest sigma.
    public static let timesteps = 1000

    /// The sigma at timestep 1.
    public let least: Double
    /// The sigma at timestep 1000.
    public let greatest: Double
    /// The deviation of the clean samples.
    public let ofData: Double

    /// A schedule between two sigmas.
    /// - Throws: `NoiseScheduleError.invalidParameter` unless 0 < least < greatest < ∞ and the data's deviation is above 0.
    public init(
        least: Double = 0.002, greatest: Double = 80, ofData: Double = 0.5
    ) throws(NoiseScheduleError) {
        guard least > 0, least < greatest else {
            throw .invalidParameter(
                name: "least sigma", value: least, expected: "a number between 0 and \(greatest)")
        }
        guard greatest.isFinite else {
            throw .invalidParameter(name: "greatest sigma", value: greatest, expected: "a finite number")
        }
        guard ofData > 0, ofData.isFinite else {
            throw .invalidParameter(name: "the data's sigma", value: ofData, expected: "a number above 0")
        }
        (self.least, self.greatest, self.ofData) = (least, greatest, ofData)
    }

    /// The timesteps 1 … 1000, and everything between.
    public var grid: TimestepGrid { TimestepGrid(first: 1, count: Self.timesteps, isDiscrete: false) }

    /// The level at a timestep.
    public func level(at timestep: Double) -> NoiseLevel {
        let clamped = timestep.isNaN ? grid.first : min(max(timestep, grid.first), grid.last)
        let position = (clamped - grid.first) / (grid.last - grid.first)
        return level(sigma: position == 1 ? greatest : least * pow(greatest / least, position))
    }

    /// The timestep of the level's sigma; beyond the ends, the nearer end.
    public func timestep(at level: NoiseLevel) -> Double {
        let sigma = min(max(level.sigma, least), greatest)
        return grid.first + log(sigma / least) / log(greatest / least) * (grid.last - grid.first)
    }

    /// The level (1, sigma) / √(sigma² + ofData²).
    public func level(sigma: Double) -> NoiseLevel {
        if sigma.isInfinite { return .pureNoise }
        let length = hypot(sigma, ofData)
        return NoiseLevel(unchecked: 1 / length, sigma / length)
    }
}
