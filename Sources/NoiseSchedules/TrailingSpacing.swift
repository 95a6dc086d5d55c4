/// Equal strides down from the noisiest timestep.
///
/// Starts where training ends, so a start from pure noise is what the model has seen. Whole grids are rounded to.
/// Source: Lin et al. 2023, table 2.
public struct TrailingSpacing: TimestepSpacing, Hashable {
    /// Strides from the noisiest timestep.
    public init() {}

    /// last − i · stride, for i = 0 … steps − 1.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double] {
        try check(steps, on: grid, "trailing")
        let count = Double(grid.count)
        return (0..<steps).map { index in
            let exact = count - Double(index) * count / Double(steps)
            // Ties go to the even number, as in the reference implementation.
            return grid.first - 1 + (grid.isDiscrete ? exact.rounded(.toNearestOrEven) : exact)
        }
    }
}
