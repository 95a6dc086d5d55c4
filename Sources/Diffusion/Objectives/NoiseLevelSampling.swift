import Foundation
public import NoiseSchedules
public import Recipes

extension NoiseLevelChoice {
    /// The level to train at, from one draw of a unit normal number.
    ///
    /// The same draw always gives the same level, so a run that is resumed trains at the levels of one that was not.
    /// Where a model knows only whole timesteps the level is that of the nearest.
    /// - Parameters:
    ///   - normal: a unit normal number, drawn for one image.
    ///   - schedule: the schedule to train with.
    /// - Returns: a level of the schedule, within its grid.
    public func level(normal: Double, over schedule: some NoiseSchedule) -> NoiseLevel {
        let grid = schedule.grid
        let timestep: Double
        switch self {
        case .uniform:
            // The normal distribution function makes the draw uniform; each whole timestep is equally likely.
            let share = erfc(-normal / 2.0.squareRoot()) / 2
            timestep =
                grid.isDiscrete
                ? grid.first + (share * Double(grid.count)).rounded(.down)
                : grid.first + share * (grid.last - grid.first)
        case .logitNormal(let mean, let deviation):
            let position = 1 / (1 + exp(-(mean + deviation * normal)))
            timestep = grid.first + position * (grid.last - grid.first)
        case .logNormal(let mean, let deviation):
            timestep = schedule.timestep(at: schedule.level(sigma: exp(mean + deviation * normal)))
        }
        let inside = min(max(timestep, grid.first), grid.last)
        return schedule.level(at: grid.isDiscrete ? inside.rounded() : inside)
    }
}
