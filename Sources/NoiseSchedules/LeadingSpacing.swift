/// Equal strides up from the cleanest timestep; the noisiest visited lies one stride short of the end.
///
/// DDIM's and DDPM's original choice. On a whole grid the stride is rounded down.
/// Source: Lin et al. 2023, table 2.
public struct LeadingSpacing: TimestepSpacing, Hashable {
    /// Added to every timestep, as Stable Diffusion does with 1; what would leave the grid stays at its end.
    public let offset: Double

    /// Strides from the cleanest timestep, plus `offset`.
    public init(offset: Double = 0) { self.offset = offset }

    /// first + i · stride + offset, for i = steps − 1 … 0.
    /// - Throws: `NoiseScheduleError.invalidSteps`, `NoiseScheduleError.invalidParameter` for an offset as long as a stride.
    public func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double] {
        try check(steps, on: grid, "leading")
        let exact = Double(grid.count) / Double(steps)
        let stride = grid.isDiscrete ? exact.rounded(.down) : exact
        let room = grid.last - grid.first - Double(steps - 1) * stride
        guard offset >= 0, offset <= max(room, 0) else {
            throw .invalidParameter(
                name: "offset", value: offset, expected: "a number from 0 to \(max(room, 0))")
        }
        return (0..<steps).reversed().map { grid.first + Double($0) * stride + offset }
    }
}
