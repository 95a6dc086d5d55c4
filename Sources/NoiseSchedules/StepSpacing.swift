/// Which noise levels generation visits.
public protocol StepSpacing: Sendable {
    /// The levels from the noisiest to a clean sample.
    ///
    /// - Parameters:
    ///   - steps: the number of steps, at least 1.
    ///   - schedule: the schedule the model was trained with.
    /// - Returns: `steps + 1` levels, sigma strictly falling, the last one noise-free.
    /// - Throws: `NoiseScheduleError.invalidSteps` when the schedule cannot be cut into so many.
    func levels(steps: Int, over schedule: some NoiseSchedule) throws(NoiseScheduleError) -> [NoiseLevel]
}

/// A spacing that chooses among the schedule's timesteps.
public protocol TimestepSpacing: StepSpacing {
    /// The timesteps visited, falling.
    /// - Throws: `NoiseScheduleError.invalidSteps` when the grid cannot be cut into so many.
    func timesteps(steps: Int, on grid: TimestepGrid) throws(NoiseScheduleError) -> [Double]
}

extension TimestepSpacing {
    /// The levels at the chosen timesteps, then the clean sample.
    public func levels(
        steps: Int, over schedule: some NoiseSchedule
    ) throws(NoiseScheduleError) -> [NoiseLevel] {
        try timesteps(steps: steps, on: schedule.grid).map { schedule.level(at: $0) } + [.clean]
    }
}

/// Refuses fewer than one step and, on a discrete grid, more steps than it has timesteps.
func check(_ steps: Int, on grid: TimestepGrid, _ spacing: String) throws(NoiseScheduleError) {
    let most = grid.isDiscrete ? grid.count : 1_000_000
    guard (1...most).contains(steps) else {
        throw .invalidSteps(steps, allowed: 1...most, spacing: spacing)
    }
}
