import NoiseSchedules
import Recipes

extension SchedulerSettings {
    /// PNDM's evaluations one by one, as diffusers counts them.
    ///
    /// It counts from the first evaluation of a walk, wherever that begins: the second repeats the first step even where
    /// image to image has skipped the visit made for that, so that x lags behind what the network is told.
    func pndmPlan(
        _ walk: SchedulerWalk, skipping skipped: Int, over schedule: VariancePreserving
    ) throws -> SamplingPlan {
        guard ramp == nil, spacing == nil else {
            throw DiffusionError.unsupported(key: "spacing", value: ramp.map { "\($0)" } ?? spacing?.id ?? "")
        }
        let visits = walk.timesteps
        let stride = Double(schedule.grid.count / visits.count)
        let start = skipsRungeKutta ? [] : try rungeKuttaTimesteps(visits, half: (stride / 2).rounded(.down))
        // Without another start the second visit is made twice.
        let rest = start.isEmpty ? visits.prefix(2) + visits.dropFirst() : visits.dropFirst(3)
        let told = Array((start + rest).dropFirst(skipped))
        func level(_ timestep: Double) -> NoiseLevel {
            timestep < 0 ? walk.end : schedule.level(at: timestep)
        }

        var moves: [PNDMSampler.Move] = []
        var kept: [Int] = []
        for (index, timestep) in told.enumerated() {
            var (from, to, base) = (timestep, timestep - stride, PNDMSampler.Move.Base.here)
            var weights = [index: 1.0]
            if index < start.count {
                // Of four evaluations the first two go half of the step, the others the whole, all from its beginning.
                let part = index % 4
                from = start[index - part]
                to = part.isMultiple(of: 2) ? timestep - (stride / 2).rounded(.down) : timestep
                base = part == 0 ? .here : .again
                if part == 0 { kept = [index] + kept.prefix(3) }
                if part == 3 {
                    weights = [index - 3: 1 / 6.0, index - 2: 1 / 3.0, index - 1: 1 / 3.0, index: 1 / 6.0]
                }
            } else if start.isEmpty && index == 1 {
                (from, to, base) = (timestep + stride, timestep, .again)
                weights = [0: 0.5, 1: 0.5]
            } else {
                kept = [index] + kept.prefix(3)
                weights = Dictionary(uniqueKeysWithValues: zip(kept, PNDMSampler.weights[kept.count - 1]))
            }
            moves.append(
                PNDMSampler.Move(
                    told: level(timestep), from: level(from), to: level(to), base: base, weights: weights))
        }
        // A last move to where x already is changes nothing.
        if let last = moves.last, last.to.sigma >= last.from.sigma { moves.removeLast() }
        guard let end = moves.last?.to else { throw DiffusionError.invalidLevels(problem: "expected a step") }
        let steps = zip(moves, told).filter { $0.0.base == .here }
        return try SamplingPlan(
            levels: steps.map(\.0.told) + [end], timesteps: steps.map(\.1), startScale: walk.startScale,
            sampler: PNDMSampler(moves: moves, history: target == .velocity ? .velocity : .epsilon),
            between: zip(moves, told).map { (level: $0.told, timestep: $1) })
    }

    /// What the network is told during three Runge–Kutta steps of four evaluations.
    private func rungeKuttaTimesteps(_ visits: [Double], half: Double) throws(NoiseScheduleError) -> [Double]
    {
        guard visits.count >= 4 else {
            throw .invalidSteps(
                visits.count, allowed: 4...max(4, timesteps), spacing: "a Runge–Kutta start with")
        }
        return zip(visits, visits.dropFirst()).prefix(3).flatMap { (visit, next) -> [Double] in
            let middle = next + half
            return [visit, middle, middle, next]
        }
    }
}
