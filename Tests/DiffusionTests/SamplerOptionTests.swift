import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// Trajectories of k-diffusion's samplers with their options, made by Scripts/make-fixtures/solver_options.py.
private struct OptionRun: Sendable, CustomTestStringConvertible {
    let choice: SamplerChoice
    let levels: [[Double]]
    let start: [Double]
    let x: [[Double]]
    let shape: [Int]
    let testDescription: String

    static let all = (try? load()) ?? []

    static func load() throws -> [OptionRun] {
        let url = try #require(
            Bundle.module.url(forResource: "options", withExtension: "json", subdirectory: "Fixtures"))
        let file = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        let shape = try #require(file["shape"] as? [Int])
        return try #require(file["runs"] as? [[String: Any]]).map { run in
            let name = try #require(run["sampler"] as? String)
            let sampler = try JSONSerialization.data(
                withJSONObject: [name: try #require(run["options"])], options: .sortedKeys)
            let text = String(decoding: sampler, as: UTF8.self)
            let request = try GenerationRequest.decoded(from: #"{"prompt": "", "sampler": \#(text)}"#)
            return OptionRun(
                choice: try #require(request.sampler), levels: try #require(run["levels"] as? [[Double]]),
                start: try #require(run["start"] as? [Double]), x: try #require(run["x"] as? [[Double]]),
                shape: shape, testDescription: text)
        }
    }
}

@Suite struct SamplerOptionTests {
    @Test func everyRunIsCompared() throws {
        #expect(try OptionRun.load().count == 31)
        let told = Set(OptionRun.all.flatMap { $0.choice.options.given })
        #expect(told == Set(SamplerOption.allCases))
    }

    /// Where the sampler stands before each step, and where it ends, drawing from the same seed.
    @Test(arguments: OptionRun.all) fileprivate func everyStepIsTheReferences(run: OptionRun) throws {
        let levels = try run.levels.map { try NoiseLevel(signal: $0[0], noise: $0[1]) }
        let expected = try run.x.map { try Tensor($0, shape: run.shape) }
        #expect(expected.count == levels.count && levels.count == 9)
        var random = try RandomStream(seed: 7)
        var steps: [Tensor] = []
        let end = try run.choice.make().sample(
            ScriptedDenoiser(), from: Tensor(run.start, shape: run.shape), along: levels, random: &random
        ) { steps.append($0.x) }
        for (index, (ours, theirs)) in zip(steps + [end], expected).enumerated() {
            // The reference's levels are of single precision where it takes differences of their logarithms.
            let off = try distance(ours, theirs)
            #expect(off < 1e-9 * max(1, levels[index].noise), "\(off) at level \(index)")
        }
    }

    /// Every option changes the walk, so that none is read and forgotten.
    @Test(arguments: SamplerKind.allCases) func everyOptionIsHeard(kind: SamplerKind) throws {
        let levels = try KarrasSpacing().levels(steps: 9, over: VariancePreserving.scaledLinear())
        func end(_ options: SamplerOptions) throws -> Tensor {
            var random = try RandomStream(seeds: [1, 2])
            let x = try random.normal([2, 3]).to(.float64)
            let choice = try #require(SamplerChoice(kind).with(options))
            return try choice.make().sample(ScriptedDenoiser(), from: x, along: levels, random: &random) {
                _ in
            }
        }
        let usual = try end(SamplerOptions())
        for option in kind.options {
            let (plain, changed): (SamplerOptions, SamplerOptions) =
                switch option {
                case .eta: (.init(), .init(eta: 0.4))
                case .order: (.init(), .init(order: 3))
                case .sChurn: (.init(), .init(churn: 3))
                case .sTmin: (.init(churn: 3), .init(churn: 3, churnFrom: 1))
                case .sTmax: (.init(churn: 3), .init(churn: 3, churnTo: 1))
                case .sNoise:
                    kind.options.contains(.sChurn)
                        ? (.init(churn: 3), .init(churn: 3, noiseScale: 1.1))
                        : (.init(), .init(noiseScale: 1.1))
                }
            #expect(try distance(end(plain), end(changed)) > 1e-4, "\(option)")
        }
        #expect(try usual.bytes() == end(SamplerOptions()).bytes())
    }
}

/// The same options on the walks of a model's scheduler_config.json.
@Suite struct SchedulerOptionTests {
    private func configuration(
        _ name: String = "EulerDiscreteScheduler", _ members: String = ""
    ) throws -> SchedulerConfiguration {
        // What a file leaves out is each class's own default.
        let betas = #""beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012"#
        let json = #"{"_class_name": "\#(name)", \#(betas)\#(members)}"#
        return try SchedulerConfiguration(json: Data(json.utf8), named: "scheduler_config.json")
    }

    private func end(
        _ configuration: SchedulerConfiguration, _ sampler: SamplerChoice?, steps: Int = 12
    ) throws -> (x: Tensor, told: [Double], levels: [NoiseLevel]) {
        final class Log { var told: [Double] = [] }
        let log = Log()
        let plan = try configuration.plan(steps: steps, sampler: sampler)
        let schedule = try configuration.schedule()
        let denoiser = Preconditioning(.epsilon, schedule: schedule, plan: plan) { x, timestep in
            log.told.append(timestep)
            return try x * 0.9 + (x * 3.0 + timestep * 0.004).sin() * 0.3
        }
        var random = try RandomStream(seed: 3)
        let x = try random.normal([1, 2, 3]).to(.float64) * plan.startScale
        var levels: [NoiseLevel] = []
        let end = try plan.sampler.sample(denoiser, from: x, along: plan.levels, random: &random) {
            levels.append($0.level)
        }
        return (end, log.told, levels)
    }

    /// `--order` is the file's own `solver_order`, which the walks of diffusers prove.
    @Test(
        arguments: [
            ("UniPCMultistepScheduler", .unipc), ("DEISMultistepScheduler", .deis),
            ("DPMSolverMultistepScheduler", .dpmpp2M), ("DPMSolverSinglestepScheduler", .dpmpp2S),
        ] as [(String, SamplerChoice)], 1...3)
    func anOrderIsTheFilesSolverOrder(entry: (name: String, choice: SamplerChoice), order: Int) throws {
        let (usual, own) = (
            try configuration(entry.name), try configuration(entry.name, #", "solver_order": \#(order)"#)
        )
        let chosen = try #require(entry.choice.with(SamplerOptions(order: order)))
        let ours = try end(usual, chosen).x
        #expect(try distance(end(own, nil).x, ours) == 0)
        if order != 2 { #expect(try distance(ours, end(usual, entry.choice).x) > 1e-6) }
    }

    /// The network is told the level to which churning raises x, not the one visited.
    @Test(arguments: [SamplerChoice.euler, .heun, .dpm2])
    func theNetworkIsToldTheRaisedLevel(choice: SamplerChoice) throws {
        let configuration = try configuration()
        let churned = try #require(choice.with(SamplerOptions(churn: 3, churnFrom: 0.5, churnTo: 5)))
        let (plain, raised) = (try end(configuration, choice), try end(configuration, churned))
        #expect(plain.told.count == raised.told.count)
        var rises = 0
        for (before, after) in zip(plain.levels, raised.levels) {
            let isWithin = (0.5...5).contains(before.sigma)
            let rise = after.sigma / before.sigma
            #expect(abs(rise - (isWithin ? 1 + 3.0 / 12 : 1)) < 1e-9, "\(before.sigma): \(rise)")
            rises += isWithin ? 1 : 0
        }
        #expect(rises > 2)
        // A raised level's timestep: that of its sigma on the grid, to a fraction.
        let schedule = try configuration.schedule()
        let levels = zip(raised.levels.indices, raised.levels)
        let calls = choice == .euler ? 1 : 2
        let starts = raised.told.indices.filter { $0 % calls == 0 }.map { raised.told[$0] }
        for (index, level) in levels where level != plain.levels[index] {
            let timestep = starts[index]
            let (below, above) = (
                schedule.level(at: timestep.rounded(.down)), schedule.level(at: timestep.rounded(.up))
            )
            #expect(
                below.sigma <= level.sigma * (1 + 1e-6) && level.sigma <= above.sigma * (1 + 1e-6),
                "\(level.sigma) is told \(timestep)")
        }
    }
}
