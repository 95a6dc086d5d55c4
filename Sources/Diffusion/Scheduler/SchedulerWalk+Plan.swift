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
        let middles = try strides.flatMap { try levelsAsked(between: $0, sampler) }
        var between = middles.map { (level: $0, timestep: table.timestep(of: $0.sigma)) }
        if let end = ends.last, let last = levels.last { between.append((last, end)) }
        let solver = try solver(
            sampler, walk, skipping: skipped, leaving: left, repeats: repeats, timesteps: timesteps,
            over: schedule)
        return try SamplingPlan(
            levels: levels, timesteps: timesteps, startScale: walk.startScale, sampler: solver,
            between: between)
    }

    /// The levels besides its own that a step asks the network for: one raised by churning, and the middle.
    private func levelsAsked(between stride: Stride, _ sampler: SamplerChoice?) throws -> [NoiseLevel] {
        let start = try sampler?.churn.risen(stride) ?? stride
        let eta = sampler?.eta ?? 1
        let middle: NoiseLevel? =
            switch (sampler?.kind, reader) {
            case (.dpmpp2SAncestral, _), (_, .dpm2Ancestral):
                start.level.midpoint(to: try start.ancestral(eta: eta).down)
            case (_, .dpm2), (_, .dpmSDE): start.level.midpoint(to: start.next)
            default: nil
            }
        return (start.level == stride.level ? [] : [start.level]) + (middle.map { [$0] } ?? [])
    }

    private func solver(
        _ sampler: SamplerChoice?, _ walk: SchedulerWalk, skipping skipped: Int, leaving left: Int,
        repeats: Int, timesteps: [Double], over schedule: VariancePreserving
    ) throws -> any Sampler {
        if let sampler, [.restart, .adaptive, .dpmpp2SAncestral].contains(sampler.kind) {
            return sampler.make()
        }
        let steps = walk.levels.count
        // Steps that the solver knows of and does not take itself: rules for the end of a walk are not for them.
        let unseen = repeats + left
        let (churn, noise) = (sampler?.churn ?? .none, sampler?.freshNoise ?? FreshNoise())
        switch reader {
        case .ddim:
            return DDIMSampler(
                eta: sampler?.eta ?? 0, landings: wholeStrides(of: timesteps, walk, over: schedule),
                clipping: clipping)
        case .ddpm: return try ddpm(endsAt: timesteps.last ?? 0)
        case .lms:
            return LMSSampler(
                order: sampler?.options.order ?? 4,
                sigmasBefore: walk.levels.prefix(skipped).suffix(3).map(\.sigma))
        case .euler: return EulerSampler(churn: churn)
        case .eulerAncestral: return DDIMSampler(eta: noise.eta, noiseScale: noise.scale)
        case .heun: return HeunSampler(churn: churn, clipping: clipping)
        case .dpm2: return DPM2Sampler(churn: churn)
        case .dpm2Ancestral: return DPM2Sampler(eta: noise.eta, noiseScale: noise.scale)
        case .dpmSDE: return DPMPlusPlusSDESampler(eta: noise.eta, noiseScale: noise.scale)
        case .dpmMultistep: return try dpmSolver(noise, steps: steps, unseen: unseen)
        case .dpmSinglestep: return try singlestep(steps: steps, skipping: skipped, unseen: unseen)
        case .unipc:
            return UniPCSampler(
                order: solverOrder, scale: solverType == .bh1 ? .linear : .exponential,
                equation: predictsSample ? .sample : .noise, lowersOrderAtEnd: lowersOrderAtEnd,
                stepsAfter: left, uncorrected: Set(uncorrectedSteps.map { $0 - skipped }),
                correctsEnd: repeats > 0,
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
    private func dpmSolver(
        _ fresh: FreshNoise, steps: Int, unseen: Int
    ) throws(DiffusionError) -> DPMSolverSampler {
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
            fresh: fresh, finalOrders: bounds.dropLast(unseen), clipping: clipping)
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
