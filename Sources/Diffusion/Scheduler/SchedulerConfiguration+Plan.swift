import Foundation
public import NoiseSchedules
public import Recipes

/// One model's part of a walk that two models share; both are given the number of steps of the whole.
///
/// Parted as diffusers parts: at the timestep T − share · T of a model that was trained on T timesteps.
public enum WalkPart: Hashable, Sendable {
    /// The steps up to a share of the noise range, from 0 to 1: those of the first model.
    case before(Double)
    /// The steps from there on: those of the second model.
    case after(Double)

    /// The share of the noise range where the parts meet.
    public var share: Double {
        switch self {
        case .before(let share), .after(let share): share
        }
    }
}

extension SchedulerConfiguration {
    /// What the model's network predicts.
    public var target: PredictionTarget { settings().target }

    /// The schedule that the model was trained with, in the single precision of diffusers.
    /// - Throws: `NoiseScheduleError.invalidBetas` for variances that are none.
    public func schedule() throws(NoiseScheduleError) -> VariancePreserving { try settings().schedule() }

    /// The walk of diffusers for this file.
    ///
    /// - Parameters:
    ///   - steps: the number of steps of a walk from pure noise.
    ///   - sampler: the solver; nil takes the file's own.
    ///   - spacing: which levels it visits; nil takes the file's own.
    ///   - strength: how much of the walk is done when it starts from a picture, from 0 to 1; nil from nothing.
    ///   - part: which steps are done when two models share the walk; nil all.
    /// - Returns: levels, timesteps, the scale of the start and the solver.
    /// - Throws: `NoiseScheduleError` for a number of steps that cannot be, `DiffusionError` for a file or a choice that no
    ///   walk fits.
    public func plan(
        steps: Int, sampler: SamplerChoice? = nil, spacing: SpacingChoice? = nil, strength: Double? = nil,
        part: WalkPart? = nil
    ) throws -> SamplingPlan {
        var settings = settings(for: sampler.map { SchedulerClass(of: $0) })
        if let sampler { settings.choose(sampler) }
        if let spacing { settings.choose(spacing) }
        var steps = steps
        if case .sigmas(let sigmas)? = spacing { steps = sigmas.count - 1 }
        let schedule = try settings.schedule()
        let walk = try settings.walk(steps: steps, over: schedule)
        var skipped = try strength.map { try Self.skipped(steps: steps, strength: $0) } ?? 0
        var left = 0
        if let part {
            let early = try Self.stepsBefore(part.share, walk, of: schedule.grid.count)
            switch part {
            case .before: left = walk.levels.count - early
            case .after: skipped = early
            }
            guard skipped + left < walk.levels.count else {
                throw DiffusionError.invalidLevels(
                    problem:
                        "expected a step before \(part.share) of the noise range, found none with \(steps) "
                        + "steps and this strength")
            }
        }
        return try settings.plan(walk, skipping: skipped, leaving: left, over: schedule, sampler: sampler)
    }

    /// How many steps of a walk begin in the first share of the noise range.
    private static func stepsBefore(
        _ share: Double, _ walk: SchedulerWalk, of timesteps: Int
    ) throws(DiffusionError) -> Int {
        let border = (Double(timesteps) - share * Double(timesteps)).rounded(.toNearestOrEven)
        let count = walk.timesteps.count { $0 >= border }
        guard share > 0, share < 1, count > 0, count < walk.timesteps.count else {
            throw .invalidLevels(
                problem: "expected steps on both sides of \(share) of the noise range, found \(count) of "
                    + "\(walk.timesteps.count) before it")
        }
        return count
    }

    /// How many steps image to image leaves out.
    private static func skipped(steps: Int, strength: Double) throws(DiffusionError) -> Int {
        guard strength >= 0, strength <= 1 else {
            throw .invalidLevels(problem: "expected a strength from 0 to 1, found \(strength)")
        }
        let done = min(Int(Double(steps) * strength), steps)
        guard done >= 1 else {
            throw .invalidLevels(
                problem: "expected at least one step, found a strength of \(strength) with \(steps) steps")
        }
        return steps - done
    }
}

extension SchedulerSettings {
    /// Takes the options that a choice of sampler means.
    mutating func choose(_ sampler: SamplerChoice) {
        switch sampler.kind {
        case .dpmpp2M: (algorithm, solverOrder) = (.samplePrediction, 2)
        case .dpmpp2MSDE: (algorithm, solverOrder) = (.stochasticSamplePrediction, 2)
        case .dpmpp3MSDE: (algorithm, solverOrder) = (.stochasticSamplePrediction, 3)
        case .dpmpp2S: (algorithm, solverOrder) = (.samplePrediction, 2)
        default: break
        }
        if let order = sampler.options.order { solverOrder = order }
    }

    /// Takes the levels that a choice of spacing means.
    mutating func choose(_ spacing: SpacingChoice) {
        (ramp, self.spacing) = (nil, nil)
        switch spacing {
        case .leading: rule = .leading
        case .trailing: rule = .trailing
        case .linspace: rule = .linspace
        case .karras: ramp = .karras
        case .exponential: ramp = .exponential
        case .beta: ramp = .beta
        case .polyexponential, .simple, .sgmUniform, .klOptimal, .sigmas: self.spacing = spacing
        }
        // A consistency model's own timesteps give way to a rule only when somebody asks for one.
        if reader == .lcm || reader == .tcd, ramp == nil { self.spacing = spacing }
    }

    /// The schedule of these settings.
    func schedule() throws(NoiseScheduleError) -> VariancePreserving {
        var betas: SinglePrecisionBetas =
            if let trainedBetas {
                SinglePrecisionBetas(trainedBetas)
            } else {
                switch betaSchedule {
                case .linear: .linear(from: betaStart, to: betaEnd, timesteps: timesteps)
                case .scaledLinear: .scaledLinear(from: betaStart, to: betaEnd, timesteps: timesteps)
                case .sigmoid: .sigmoid(from: betaStart, to: betaEnd, timesteps: timesteps)
                case .cosine: .following(.cosine, timesteps: timesteps)
                case .exponential: .following(.exponential, timesteps: timesteps)
                case .laplace: .following(.laplace, timesteps: timesteps)
                }
            }
        if rescalesToZeroSNR { betas = betas.endingInPureNoise }
        var alphaBars = betas.alphaBars
        // Solvers that divide by the signal keep a last bit of it.
        if rescalesToZeroSNR, !reader.walksWholeTimesteps, let last = alphaBars.indices.last {
            alphaBars[last] = exp2(-24)
        }
        return try VariancePreserving(alphaBars: alphaBars)
    }

    /// How estimates are clipped.
    var clipping: Clipping {
        if isThresholding { return .quantile(thresholdingRatio, greatest: sampleMaximum) }
        return clipsSample ? .range(clipRange) : .none
    }

    /// The rule for whole timesteps.
    var timestepRule: TimestepRule {
        switch rule {
        case .leading: .leading(offset: stepsOffset)
        case .trailing: .trailing
        case .linspace: .linspace
        }
    }
}
