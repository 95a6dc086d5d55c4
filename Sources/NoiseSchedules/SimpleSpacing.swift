/// Equal strides down from the noisiest timestep, each rounded down to a whole one.
///
/// Like trailing, but for the rounding. Source: ComfyUI's `simple`.
public struct SimpleSpacing: TimestepSpacing, Hashable {
    /// Strides from the noisiest timestep, rounded down.
    public init() {}

    /// last − ⌊i · stride⌋, for i = 0 … steps − 1; not rounded where the grid is not whole.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double] {
        try check(steps, on: grid, "simple")
        let stride = Double(grid.count) / Double(steps)
        return (0..<steps).map { index in
            let exact = Double(index) * stride
            return grid.last - (grid.isDiscrete ? exact.rounded(.down) : exact)
        }
    }
}
