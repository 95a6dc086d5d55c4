import NoiseSchedules
import Recipes

extension SchedulerSettings {
    /// The walk without its first steps and without those left to another model, and the solver that takes the others.
    func plan(
        _ walk: SchedulerWalk, skipping skipped: Int, leaving left: Int = 0,
        over schedule: VariancePreserving,
        sampler: SamplerChoice?
    ) throws -> SamplingPlan {
        // PNDM counts evaluations, not levels; a consistency model's last step ends clean wherever it is.
        if left > 0, [.pndm, .lcm, .tcd].contains(reader) {
            throw DiffusionError.unsupported(key: "refiner", value: reader.rawValue)
        }
        if reader == .pndm { return try pndmPlan(walk, skipping: skipped, over: schedule) }
        var levels = Array((walk.levels + [walk.end]).dropFirst(skipped).dropLast(left))
        var timesteps = Array(walk.timesteps.dropFirst(skipped).dropLast(left))
        // A last step of no length, to where the walk already is, changes nothing.
        var repeats = 0
        while levels.count > 2, levels[levels.count - 2].sigma <= levels[levels.count - 1].sigma {
            levels.remove(at: levels.count - 2)
            repeats += 1
        }
        let ends = timesteps.suffix(repeats)
        timesteps.removeLast(repeats)

        let table = SigmaTable(of: schedule)
        let strides = try Stride.along(levels)
        let middles = try strides.compactMap { stride -> NoiseLevel? in
            switch (sampler, reader) {
            case (.dpmpp2SAncestral(let eta), _):
                stride.level.midpoint(to: try stride.ancestral(eta: eta).down)
            case (_, .dpm2Ancestral):
                stride.level.midpoint(to: try stride.ancestral(eta: sampler?.eta ?? 1).down)
            case (_, .dpm2), (_, .dpmSDE): stride.level.midpoint(to: stride.next)
            default: nil
            }
        }
        var between = middles.map { (level: $0, timestep: table.timestep(of: $0.sigma)) }
        if let end = ends.last, let last = levels.last { between.append((last, end)) }
        let solver = try solver(
            sampler, walk, skipping: skipped, leaving: left, repeats: repeats, timesteps: timesteps,
            over: schedule)
        return try SamplingPlan(
            levels: levels, timesteps: timesteps, startScale: walk.startScale, sampler: solver,
            between: between)
    }

    private func solver(
        _ sampler: SamplerChoice?, _ walk: SchedulerWalk, skipping skipped: Int, leaving left: Int,
        repeats: Int, timesteps: [Double], over schedule: VariancePreserving
    ) throws -> any Sampler {
        if let sampler, [.restart, .adaptive].contains(sampler) || sampler.id == "dpmpp_2s_ancestral" {
            return sampler.make()
        }
        let steps = walk.levels.count
        // Steps that the solver knows of and does not take itself: rules for the end of a walk are not for them.
        let unseen = repeats + left
        switch reader {
        case .ddim:
            return DDIMSampler(
                eta: sampler?.eta ?? 0, landings: wholeStrides(of: timesteps, walk, over: schedule),
                clipping: clipping)
        case .ddpm: return try ddpm(endsAt: timesteps.last ?? 0)
        case .lms: return LMSSampler(sigmasBefore: walk.levels.prefix(skipped).suffix(3).map(\.sigma))
        case .euler: return EulerSampler()
        case .eulerAncestral: return DDIMSampler(eta: sampler?.eta ?? 1)
        case .heun: return HeunSampler(clipping: clipping)
        case .dpm2: return DPM2Sampler()
        case .dpm2Ancestral: return DPM2Sampler(eta: sampler?.eta ?? 1)
        case .dpmSDE: return DPMPlusPlusSDESampler()
        case .dpmMultistep: return try dpmSolver(steps: steps, unseen: unseen)
        case .dpmSinglestep: return try singlestep(steps: steps, skipping: skipped, unseen: unseen)
        case .unipc:
            return UniPCSampler(
                order: solverOrder, scale: solverType == .bh1 ? .linear : .exponential,
                equation: predictsSample ? .sample : .noise, lowersOrderAtEnd: lowersOrderAtEnd,
                uncorrected: Set(uncorrectedSteps.map { $0 - skipped }), correctsEnd: repeats > 0,
                clipping: clipping)
        case .deis:
            return DEISSampler(
                order: solverOrder,
                finalOrders: lowersOrderAtEnd && steps < 15 ? Array([2, 1].dropLast(unseen)) : [],
                clipping: clipping)
        case .lcm:
            // The boundary condition for data of deviation one half.
            return LCMSampler(
                skips: timesteps.map { 0.25 / (($0 * timestepScaling) * ($0 * timestepScaling) + 0.25) },
                clipping: clipping)
        case .tcd:
            return TCDSampler(eta: sampler?.eta ?? 0, landings: jumps(sampler, timesteps, over: schedule))
        case .pndm: throw DiffusionError.unsupported(key: "_class_name", value: reader.rawValue)
        }
    }

    /// Where DDIM's steps end: one stride of whole length below, even where the rule's own strides are longer.
    private func wholeStrides(
        of timesteps: [Double], _ walk: SchedulerWalk, over schedule: VariancePreserving
    ) -> [NoiseLevel]? {
        guard ramp == nil, spacing == nil else { return nil }
        let stride = Double(schedule.grid.count / walk.levels.count)
        return timesteps.map { $0 >= stride ? schedule.level(at: $0 - stride) : walk.end }
    }

    /// Where a trajectory consistency model's jumps end.
    private func jumps(
        _ sampler: SamplerChoice?, _ timesteps: [Double], over schedule: VariancePreserving
    ) -> [NoiseLevel]? {
        guard ramp == nil, spacing == nil else { return nil }
        let kept = 1 - (sampler?.eta ?? 0)
        return (timesteps.dropFirst() + [0]).map { schedule.level(at: ($0 * kept).rounded(.down)) }
    }

    private func ddpm(endsAt last: Double) throws(DiffusionError) -> DDPMSampler {
        switch variance {
        case .fixedSmall, .fixedSmallLog: return DDPMSampler(clipping: clipping)
        case .fixedLarge: return DDPMSampler(variance: .large, drawsAtEnd: last > 0, clipping: clipping)
        case .fixedLargeLog, .learned, .learnedRange:
            throw .unsupported(key: "variance_type", value: variance.rawValue)
        }
    }

    /// DPM-Solver with its orders lowered at the end.
    private func dpmSolver(steps: Int, unseen: Int) throws(DiffusionError) -> DPMSolverSampler {
        let addsNoise = algorithm == .stochasticSamplePrediction || algorithm == .stochasticNoisePrediction
        let isNoise = algorithm == .noisePrediction || algorithm == .stochasticNoisePrediction
        try refuseLearnedVariance()
        guard !isNoise || finalSigma == .least else {
            throw .unsupported(key: "final_sigmas_type", value: "zero with \(algorithm.rawValue)")
        }
        let isShort = lowersOrderAtEnd && steps < 15
        let bounds = [isShort ? 2 : 3, endsWithEuler || isShort || finalSigma == .zero ? 1 : 3]
        return DPMSolverSampler(
            order: solverOrder, equation: isNoise ? .noise : .sample,
            correction: solverType == .heun ? .heun : .midpoint, addsNoise: addsNoise,
            finalOrders: bounds.dropLast(unseen), clipping: clipping)
    }

    private func singlestep(
        steps: Int, skipping skipped: Int, unseen: Int
    ) throws(DiffusionError) -> DPMSolverSinglestepSampler {
        try refuseLearnedVariance()
        guard algorithm == .samplePrediction || algorithm == .stochasticSamplePrediction || algorithm == .deis
        else { throw .unsupported(key: "algorithm_type", value: algorithm.rawValue) }
        let lowers = lowersOrderAtEnd || !steps.isMultiple(of: solverOrder) || finalSigma == .zero
        let orders = DPMSolverSinglestepSampler.orders(
            steps: steps, greatest: solverOrder, lowersOrderAtEnd: lowers, endsClean: finalSigma == .zero)
        return DPMSolverSinglestepSampler(
            orders: orders.dropFirst(skipped).dropLast(unseen),
            correction: solverType == .heun ? .heun : .midpoint,
            addsNoise: algorithm == .stochasticSamplePrediction, clipping: clipping)
    }

    private func refuseLearnedVariance() throws(DiffusionError) {
        guard variance != .learned, variance != .learnedRange else {
            throw .unsupported(key: "variance_type", value: variance.rawValue)
        }
    }
}
