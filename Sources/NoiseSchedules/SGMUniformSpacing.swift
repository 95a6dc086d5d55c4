/// Equal strides with both ends of the grid, without a visit to the cleanest timestep.
///
/// So the last step, to the clean sample, is as long as the others. Source: Stability AI's generative models.
public struct SGMUniformSpacing: TimestepSpacing, Hashable {
    /// Strides from end to end, without the last visit.
    public init() {}

    /// `steps` numbers from last towards first.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double] {
        try check(steps, on: grid, "sgm_uniform")
        return equalSteps(from: grid.last, to: grid.first, count: steps + 1).dropLast()
    }
}
