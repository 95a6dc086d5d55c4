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
        if reader.walksWholeTimesteps && ramp == nil && spacing == nil {
            return try wholeWalk(steps: steps, over: schedule)
        }
        let table = SigmaTable(of: schedule)
        let (sigmas, timesteps, end) =
            if let spacing {
                try chosenWalk(steps: steps, spacing, table, schedule.grid)
            } else if reader.walksInSigma || reader.walksWholeTimesteps {
                try sigmaWalk(steps: steps, table)
            } else {
                try multistepWalk(steps: steps, table)
            }
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
        let isConsistency = reader == .lcm || reader == .tcd
        let visits =
            isConsistency
            ? try distilledTimesteps(steps: steps)
            : try timestepRule.timesteps(steps: steps, count: schedule.grid.count, isWhole: true)
        let isClean = setsAlphaToOne || reader == .ddpm || reader == .lcm
        return SchedulerWalk(
            levels: visits.map { schedule.level(at: $0) }, timesteps: visits,
            end: isClean && reader != .tcd ? .clean : schedule.level(at: 0), startScale: 1)
    }

    /// Some of the timesteps that a consistency model was distilled from.
    private func distilledTimesteps(steps: Int) throws(NoiseScheduleError) -> [Double] {
        let count = min(originalSteps, timesteps)
        guard (1...count).contains(steps) else {
            throw .invalidSteps(steps, allowed: 1...count, spacing: "the model's own")
        }
        let stride = Double(count) / Double(steps)
        return (0..<steps).map { index in
            Double((count - Int(Double(index) * stride)) * (timesteps / count) - 1)
        }
    }

    /// The levels of a spacing that no file can name, over the whole of the table.
    private func chosenWalk(
        steps: Int, _ spacing: SpacingChoice, _ table: SigmaTable, _ grid: TimestepGrid
    ) throws -> (sigmas: [Double], timesteps: [Double], end: Double) {
        if case .sigmas(let list) = spacing, let end = list.last {
            let sigmas = Array(list.dropLast())
            return (sigmas, sigmas.map { table.timestep(of: $0) }, end)
        }
        if let rule = try spacing.make() as? any TimestepSpacing {
            let visits = try rule.timesteps(steps: steps, on: grid)
            return (visits.map { table.sigma(at: $0) }, visits, 0)
        }
        guard (1...grid.count).contains(steps) else {
            throw NoiseScheduleError.invalidSteps(steps, allowed: 1...grid.count, spacing: spacing.id)
        }
        let ramp: SigmaRamp = spacing == .klOptimal ? .divergence : .polyexponential(rho: 1)
        let sigmas = ramp.sigmas(from: table.greatest, to: table.least, count: steps)
        return (sigmas, sigmas.map { table.timestep(of: $0) }, 0)
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
        let end = finalSigma == .least || reader == .deis ? table.least : 0
        if let ramp {
            guard (1...table.sigmas.count).contains(steps) else {
                throw NoiseScheduleError.invalidSteps(
                    steps, allowed: 1...table.sigmas.count, spacing: "\(ramp)")
            }
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
