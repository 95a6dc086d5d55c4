/// Equal strides with both ends of the grid; between whole timesteps the schedule interpolates.
///
/// Source: Nichol and Dhariwal 2021; the `linspace` of diffusers.
public struct LinspaceSpacing: TimestepSpacing, Hashable {
    /// Strides from end to end.
    public init() {}

    /// `steps` numbers from last to first; the last alone for one step.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double] {
        try check(steps, on: grid, "linspace")
        return equalSteps(from: grid.last, to: grid.first, count: steps)
    }
}
