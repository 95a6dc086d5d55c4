import Foundation
import NoiseSchedules
import Recipes

/// The levels of a whole walk, before image to image leaves out its first steps.
struct SchedulerWalk {
    /// The levels visited.
    var levels: [NoiseLevel]
    /// What the network is told at each.
    var timesteps: [Double]
    /// Where the walk ends.
    var end: NoiseLevel
    /// The scale of the start.
    var startScale: Double
}

extension SchedulerSettings {
    /// The levels that the class of these settings visits.
    func walk(steps: Int, over schedule: VariancePreserving) throws -> SchedulerWalk {
        if reader.walksWholeTimesteps && ramp == nil {
            return try wholeWalk(steps: steps, over: schedule)
        }
        let table = SigmaTable(of: schedule)
        let (sigmas, timesteps, end) =
            reader.walksInSigma || reader.walksWholeTimesteps
            ? try sigmaWalk(steps: steps, table) : try multistepWalk(steps: steps, table)
        let levels = try sigmas.map { try level(sigma: $0) }
        var scale = 1.0
        if reader.walksInSigma, let greatest = sigmas.max() {
            scale = rule == .leading ? (greatest * greatest + 1).squareRoot() : greatest
        }
        return SchedulerWalk(
            levels: levels, timesteps: timesteps, end: try level(sigma: end), startScale: scale)
    }

    /// A level in the scale that the class walks in; sigma is rounded to single precision.
    private func level(sigma: Double) throws(NoiseScheduleError) -> NoiseLevel {
        let sigma = Double(Float(sigma))
        let length = reader.walksInSigma ? 1 : hypot(1, sigma)
        return try NoiseLevel(signal: 1 / length, noise: sigma / length)
    }

    /// Whole timesteps, as DDIM, DDPM and PNDM.
    private func wholeWalk(steps: Int, over schedule: VariancePreserving) throws -> SchedulerWalk {
        let visits = try timestepRule.timesteps(steps: steps, count: schedule.grid.count, isWhole: true)
        return SchedulerWalk(
            levels: visits.map { schedule.level(at: $0) }, timesteps: visits,
            end: setsAlphaToOne || reader == .ddpm ? .clean : schedule.level(at: 0), startScale: 1)
    }

    /// Sigmas between those of the rule's first and last timestep, as Euler, Heun and LMS.
    private func sigmaWalk(
        steps: Int, _ table: SigmaTable
    ) throws -> (sigmas: [Double], timesteps: [Double], end: Double) {
        let visits = try timestepRule.timesteps(steps: steps, count: table.sigmas.count, isWhole: false)
        var sigmas = visits.map { table.sigma(at: $0) }
        var timesteps = visits
        var end = finalSigma == .least && reader == .euler ? table.least : 0
        if interpolation == .logLinear && reader == .euler {
            sigmas = SigmaRamp.exponential.sigmas(from: table.greatest, to: table.least, count: steps + 1)
            end = sigmas.removeLast()
        }
        if let ramp, let first = sigmas.first, let last = sigmas.last {
            sigmas = ramp.sigmas(from: sigmaMaximum ?? first, to: sigmaMinimum ?? last, count: steps)
            timesteps = sigmas.map { table.timestep(of: $0) }
            if reader == .dpm2 || reader == .dpm2Ancestral, ramp == .karras {
                timesteps = timesteps.map { $0.rounded(.toNearestOrEven) }
            }
        }
        if timestepType == .continuous && target == .velocity {
            timesteps = sigmas.map { 0.25 * log($0) }
        }
        return (sigmas, timesteps.map { Double(Float($0)) }, end)
    }

    /// Whole timesteps without the cleanest, or sigmas between the ends of the table, as DPM-Solver and UniPC.
    private func multistepWalk(
        steps: Int, _ table: SigmaTable
    ) throws -> (sigmas: [Double], timesteps: [Double], end: Double) {
        let end = finalSigma == .least ? table.least : 0
        if let ramp {
            let sigmas = ramp.sigmas(
                from: sigmaMaximum ?? table.greatest, to: sigmaMinimum ?? table.least, count: steps)
            let exact = sigmas.map { table.timestep(of: $0) }
            let isRounded: Bool =
                switch ramp {
                case .karras, .lu: reader != .dpmMultistep || betaSchedule != .cosine
                case .exponential, .beta: false
                }
            return (sigmas, exact.map { isRounded ? $0.rounded(.toNearestOrEven) : $0.rounded(.down) }, end)
        }
        let count = table.sigmas.count
        var top = count
        if let clippedLogRatio, reader == .dpmMultistep {
            top -= table.sigmas.reversed().prefix { -log($0) < clippedLogRatio }.count
        }
        let rule = timestepRule
        let visits = try rule.timesteps(
            steps: steps, count: count, top: top, isWhole: true, leavesOutCleanest: rule != .trailing)
        return (visits.map { table.sigma(at: $0) }, visits, end)
    }
}

extension SchedulerSettings.Ramp {
    /// The sigmas of this ramp.
    func sigmas(from greatest: Double, to least: Double, count: Int) -> [Double] {
        let ramp: SigmaRamp =
            switch self {
            case .karras: .karras(rho: 7)
            case .exponential, .lu: .exponential
            case .beta: .beta(alpha: 0.6, beta: 0.6)
            }
        return ramp.sigmas(from: greatest, to: least, count: count)
    }
}
