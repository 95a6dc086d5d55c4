import NoiseSchedules
import Recipes

extension SchedulerSettings {
    /// The walk without its first steps, and the solver that takes the others.
    func plan(
        _ walk: SchedulerWalk, skipping skipped: Int, over schedule: VariancePreserving,
        sampler: SamplerChoice?
    ) throws -> SamplingPlan {
        var levels = Array(walk.levels.dropFirst(skipped)) + [walk.end]
        var timesteps = Array(walk.timesteps.dropFirst(skipped))
        // A last step of no length, to where the walk already is, changes nothing.
        var repeats = 0
        while levels.count > 2, levels[levels.count - 2].sigma <= levels[levels.count - 1].sigma {
            levels.remove(at: levels.count - 2)
            timesteps.removeLast()
            repeats += 1
        }
        let solver: any Sampler =
            switch reader {
            case .ddim:
                DDIMSampler(
                    eta: { if case .ddim(let eta)? = sampler { eta } else { 0 } }(),
                    landings: landings(of: timesteps, walk, over: schedule), clipping: clipping)
            case .dpmMultistep: dpmSolver(steps: walk.levels.count, repeats: repeats)
            case .euler: EulerSampler()
            case .heun: HeunSampler()
            case .ddpm: DDPMSampler()
            default: throw DiffusionError.invalidLevels(problem: "\(reader.rawValue) is not there yet")
            }
        return try SamplingPlan(
            levels: levels, timesteps: timesteps, startScale: walk.startScale, sampler: solver)
    }

    /// Where DDIM's steps end: one stride of whole length below, even where the rule's own strides are longer.
    private func landings(
        of timesteps: [Double], _ walk: SchedulerWalk, over schedule: VariancePreserving
    ) -> [NoiseLevel]? {
        guard ramp == nil else { return nil }
        let stride = Double(schedule.grid.count / walk.levels.count)
        return timesteps.map { $0 >= stride ? schedule.level(at: $0 - stride) : walk.end }
    }

    /// DPM-Solver with its orders lowered at the end.
    private func dpmSolver(steps: Int, repeats: Int) -> DPMSolverSampler {
        let isShort = lowersOrderAtEnd && steps < 15
        var bounds = [isShort ? 2 : 3, endsWithEuler || isShort || finalSigma == .zero ? 1 : 3]
        bounds.removeLast(min(repeats, bounds.count))
        let addsNoise = algorithm == .stochasticSamplePrediction || algorithm == .stochasticNoisePrediction
        let isNoise = algorithm == .noisePrediction || algorithm == .stochasticNoisePrediction
        return DPMSolverSampler(
            order: solverOrder, equation: isNoise ? .noise : .sample,
            correction: solverType == .heun ? .heun : .midpoint, addsNoise: addsNoise, finalOrders: bounds,
            clipping: clipping)
    }
}
