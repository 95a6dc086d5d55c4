import Diffusion
import NoiseSchedules
import Recipes
import Tensors
import TestSupport
import Testing

/// What a network sees beside the noisy samples when it sees its own estimates.
@Suite struct EstimateMemoryTests {
    private let flow = RectifiedFlow()

    /// A network that says the same each time and remembers what it was shown.
    private final class Listener {
        var seen: [Tensor] = []
        let says: Double
        init(says: Double) { self.says = says }

        func denoiser(_ memory: EstimateMemory?, halves: Int = 1) -> Preconditioning {
            Preconditioning(.sample, schedule: RectifiedFlow(), memory: memory, halves: halves) { x, _ in
                self.seen.append(x)
                return try x.slice(0..<3, along: 1) * 0 + self.says
            }
        }
    }

    private func noise(_ batch: Int = 1) throws -> Tensor {
        var random = try RandomStream(seeds: (0..<batch).map { UInt64($0) + 1 })
        return try random.normal([3, 2, 2])
    }

    /// At first nothing, then the last estimate, clamped to where pixels are.
    @Test func theLastEstimateFollowsTheSample() throws {
        let network = Listener(says: 1.5)
        let denoiser = network.denoiser(EstimateMemory())
        let x = try noise()
        let level = flow.level(time: 0.5)
        for _ in 0..<2 { _ = try denoiser.denoised(x, at: level) }
        #expect(network.seen.map(\.shape) == [[1, 3, 2, 2], [1, 6, 2, 2]])
        try expectClose(network.seen[1].slice(0..<3, along: 1), x)
        #expect(try network.seen[1].slice(3..<6, along: 1).values(as: Float.self).allSatisfy { $0 == 1 })
        let forgetful = Listener(says: 0)
        for _ in 0..<2 { _ = try forgetful.denoiser(nil).denoised(x, at: level) }
        #expect(forgetful.seen.allSatisfy { $0.size(1) == 3 })
    }

    /// Prompts and negative prompts each get their own; a half that was never asked gets zeros.
    @Test func eachHalfHasItsOwn() throws {
        let memory = EstimateMemory()
        let network = Listener(says: 0.25)
        let (alone, both) = (network.denoiser(memory), network.denoiser(memory, halves: 2))
        let (x, level) = (try noise(2), flow.level(time: 0.5))
        _ = try alone.denoised(x, at: level)
        for _ in 0..<2 { _ = try both.denoised(.concatenated([x, x]), at: level) }
        let means = try network.seen.dropFirst().map { seen in
            try [0..<2, 2..<4].map { try seen.slice($0).slice(3..<6, along: 1).mean().item() }
        }
        #expect(means == [[0.25, 0], [0.25, 0.25]])
    }

    /// Solvers with inner stages hand on the estimate of the call before, whichever stage that was.
    @Test func innerStagesCountAsCalls() throws {
        let memory = EstimateMemory()
        var (calls, shown) = (0.0, [Double]())
        let denoiser = Preconditioning(.sample, schedule: flow, memory: memory) { x, _ in
            calls += 1
            if x.size(1) == 6 { shown.append(try x.slice(3..<6, along: 1).mean().item()) }
            return try x.slice(0..<3, along: 1) * 0 + calls / 16
        }
        let levels = [0.9, 0.6, 0.3, 0].map { flow.level(time: $0) }
        var random = try RandomStream(seed: 1)
        _ = try HeunSampler().sample(denoiser, from: noise(), along: levels, random: &random) { _ in }
        #expect(calls == 5, "two calls a step, one at the end")
        #expect(shown == [1, 2, 3, 4].map { $0 / 16 })
    }

    /// Predictions that are right imply the clean samples, each at its own level.
    @Test(arguments: PredictionTarget.allCases)
    func predictionsImplyTheirSamples(target: PredictionTarget) throws {
        var random = try RandomStream(seeds: [1, 2, 3])
        let (sample, epsilon) = (try random.normal([3, 4, 4]), try random.normal([3, 4, 4]))
        let levels = [0.1, 0.5, 0.9].map { flow.level(time: $0) }
        let objective = TrainingObjective(schedule: flow, target: target, weighting: .uniform)
        let noised = try objective.noised(sample, epsilon: epsilon, levels: levels)
        try expectClose(
            objective.samples(from: noised.target, for: noised), sample,
            Tolerance(relative: 1e-4, absolute: 1e-4), "\(target)")
        if target == .epsilon {
            let pure = try objective.noised(
                sample, epsilon: epsilon, levels: [levels[0], levels[1], .pureNoise])
            #expect(throws: DiffusionError.self) {
                try objective.samples(from: pure.target, for: pure)
            }
        }
    }
}
