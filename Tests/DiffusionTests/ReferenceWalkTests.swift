import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// Whole walks of diffusers on a scripted network, made by Scripts/make-fixtures/walks.py.
private struct WalkFixture {
    struct Run {
        let name: String
        let configuration: SchedulerConfiguration
        let steps: Int
        let sampler: SamplerChoice?
        let spacing: SpacingChoice?
        let strength: Double?
        let told: [Double]
        let calls: Int
        let x: [Double]
    }
    let shape: [Int]
    let seeds: [UInt64]
    let runs: [Run]

    static let shared = Result { try load() }

    private static func load() throws -> WalkFixture {
        let url = try #require(
            Bundle.module.url(forResource: "walks", withExtension: "json", subdirectory: "Fixtures"))
        let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
        let all = try #require(object as? [String: Any])
        let folders = try #require(all["folders"] as? [String: [String: Any]])
        let runs = try #require(all["runs"] as? [[String: Any]])
        return WalkFixture(
            shape: try #require(all["shape"] as? [Int]),
            seeds: try #require(all["seeds"] as? [Int]).map { UInt64($0) },
            runs: try runs.map { try run($0, folders) })
    }

    private static func run(_ entry: [String: Any], _ folders: [String: [String: Any]]) throws -> Run {
        let folder = entry["folder"] as? String
        var config = try #require(folder.flatMap { folders[$0] } ?? entry["config"] as? [String: Any])
        let extra = entry["extra"] as? [String: Any] ?? [:]
        config.merge(extra) { _, new in new }
        let json = try JSONSerialization.data(withJSONObject: config, options: .sortedKeys)
        var configuration = try SchedulerConfiguration(json: json, named: "scheduler_config.json")
        if entry["adjusted"] as? Bool == true { configuration = configuration.adjustedAsStableDiffusion() }
        var sampler = try (entry["sampler"] as? String).map { try SamplerChoice(named: $0) }
        if let eta = entry["eta"] as? Double { sampler = try #require(sampler?.with(eta: eta)) }
        let description = entry.filter { $0.key != "x" && $0.key != "told" }
        let name = try JSONSerialization.data(withJSONObject: description, options: .sortedKeys)
        return Run(
            name: String(decoding: name, as: UTF8.self), configuration: configuration,
            steps: try #require(entry["steps"] as? Int), sampler: sampler,
            spacing: try (entry["spacing"] as? String).map { try SpacingChoice(named: $0) },
            strength: entry["strength"] as? Double, told: try #require(entry["told"] as? [Double]),
            calls: try #require(entry["calls"] as? Int), x: try #require(entry["x"] as? [Double]))
    }

    /// The network of the fixtures.
    static func network(_ target: PredictionTarget, _ x: Tensor, _ timestep: Double) throws -> Tensor {
        let t = timestep * 0.004
        return switch target {
        case .velocity: try (x * 2.0 + t).sin() * 0.5 - x * 0.2
        case .sample: try x.tanh() * 0.8 + (x * 3.0 + t).sin() * 0.1
        default: try x * 0.9 + (x * 3.0 + t).sin() * 0.3
        }
    }
}

@Suite struct ReferenceWalkTests {
    private final class Log { var told: [Double] = [] }

    private func walk(_ run: WalkFixture.Run, _ fixture: WalkFixture) throws -> (x: Tensor, told: [Double]) {
        let plan = try run.configuration.plan(
            steps: run.steps, sampler: run.sampler, spacing: run.spacing, strength: run.strength)
        var random = try RandomStream(seeds: fixture.seeds)
        let noise = try random.normal(Array(fixture.shape.dropFirst()))
        var x = try noise * plan.startScale
        if run.strength != nil {
            var pictures = try RandomStream(seed: 99)
            x = try plan.start(
                from: pictures.normal(fixture.shape).reshaped(to: fixture.shape), epsilon: noise)
        }
        let log = Log()
        let target = run.configuration.target
        let denoiser = try Preconditioning(
            target, schedule: run.configuration.schedule(), plan: plan
        ) { x, timestep in
            log.told.append(timestep)
            return try WalkFixture.network(target, x, timestep)
        }
        let end = try plan.sampler.sample(denoiser, from: x, along: plan.levels, random: &random) { step in
            #expect(step.index < step.count)
        }
        return (end, log.told)
    }

    /// The network is told the same, and every picture of the batch ends where the reference's does.
    @Test func everyWalkEndsWhereTheReferencesDoes() throws {
        let fixture = try WalkFixture.shared.get()
        for run in fixture.runs {
            do {
                let (x, told) = try walk(run, fixture)
                let values = try x.values(as: Float.self).map { Double($0) }
                let greatest = run.x.map { abs($0) }.max() ?? 1
                let difference = zip(values, run.x).map { abs($0 - $1) }.max() ?? .infinity
                // Walks of one or two steps divide by small sigmas.
                let bound = (run.steps < 3 ? 1e-4 : 2e-5) * greatest
                #expect(
                    values.count == run.x.count && difference < bound, "\(difference / greatest) \(run.name)")
                // A last step of no length asks the network for nothing.
                #expect(
                    told.count == run.calls || told.count == run.calls - 1, "\(told.count) calls \(run.name)")
                let ours = run.calls < 12 ? told : Array(told.prefix(4) + told.suffix(4))
                if told.count == run.calls {
                    let isSame = zip(ours, run.told).allSatisfy { abs($0 - $1) < 0.01 }
                    #expect(isSame, "told \(ours), not \(run.told) \(run.name)")
                }
            } catch {
                Issue.record("\(error) \(run.name)")
            }
        }
        #expect(fixture.runs.count > 400)
    }
}

@Suite struct SamplingPlanTests {
    private func configuration(_ members: String) throws -> SchedulerConfiguration {
        let json = #"{"_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear"\#(members)}"#
        return try SchedulerConfiguration(json: Data(json.utf8), named: "scheduler_config.json")
    }
    private func complaint(_ body: () throws -> Void) -> String {
        do { try body() } catch { return (error as? DiffusionError)?.summary ?? "\(error)" }
        return "no complaint"
    }

    /// Every sampler draws with every spacing that it can walk, and stays finite.
    @Test func everySamplerWalksEverySpacing() throws {
        let configuration = try configuration("")
        let schedule = try configuration.schedule()
        var walks = 0
        for sampler in SamplerChoice.all {
            for spacing in SpacingChoice.all + [.sigmas([12, 5, 2, 0.9, 0.3, 0.1, 0])] {
                let isRule = [.leading, .trailing, .linspace].contains(spacing)
                if sampler == .pndm && !isRule {
                    #expect(throws: DiffusionError.self) {
                        try configuration.plan(steps: 6, sampler: sampler, spacing: spacing)
                    }
                    continue
                }
                let plan = try configuration.plan(steps: 6, sampler: sampler, spacing: spacing)
                #expect(plan.levels.count == plan.timesteps.count + 1)
                let denoiser = Preconditioning(.epsilon, schedule: schedule, plan: plan) { x, timestep in
                    #expect(timestep >= 0 && timestep <= 999)
                    return try WalkFixture.network(.epsilon, x, timestep)
                }
                var random = try RandomStream(seeds: [1, 2])
                let x = try random.normal([1, 2, 3]) * plan.startScale
                let end = try plan.sampler.sample(denoiser, from: x, along: plan.levels, random: &random) {
                    _ in
                }
                let isFinite = try end.values(as: Float.self).allSatisfy { $0.isFinite }
                #expect(isFinite, "\(sampler) \(spacing)")
                walks += 1
            }
        }
        #expect(walks == SamplerChoice.all.count * 11 - 8)
    }

    @Test func whatNoWalkFitsIsAnError() throws {
        let configuration = try configuration("")
        #expect(
            complaint { _ = try configuration.plan(steps: 20, strength: 1.5) }.contains(
                "strength from 0 to 1"))
        #expect(
            complaint { _ = try configuration.plan(steps: 4, strength: 0.2) }.contains("at least one step"))
        #expect(throws: NoiseScheduleError.self) { try configuration.plan(steps: 0) }
        #expect(throws: NoiseScheduleError.self) { try configuration.plan(steps: 1001) }
        #expect(throws: NoiseScheduleError.self) { try configuration.plan(steps: .max, sampler: .dpmpp2M) }
        #expect(throws: NoiseScheduleError.self) { try configuration.plan(steps: 51, sampler: .lcm) }
        let unsupported = complaint { _ = try configuration.plan(steps: 9, sampler: .pndm, spacing: .karras) }
        #expect(unsupported == "spacing: karras is not supported here")
        let learned = try self.configuration(#", "variance_type": "learned_range""#)
        #expect(
            complaint { _ = try learned.plan(steps: 9, sampler: .ddpm) }
                == "variance_type: learned_range is not supported here")
        #expect(DiffusionError.unsupported(key: "spacing", value: "karras").advice.count == 1)
        #expect(DiffusionError.unsupported(key: "variance_type", value: "learned").advice.count == 1)
    }

    @Test func aPlanKnowsWhatTheNetworkIsTold() throws {
        let plan = try configuration(#", "timestep_spacing": "trailing""#).plan(steps: 4)
        #expect(plan.timesteps == [999, 749, 499, 249])
        #expect(plan.levels.dropLast().map { plan.timestep(at: $0) } == [999, 749, 499, 249])
        #expect(plan.timestep(at: .pureNoise) == nil && plan.levels.last == .clean)
        #expect(abs(plan.startScale - plan.levels[0].noise) < 1e-9)
        #expect(throws: DiffusionError.self) {
            try SamplingPlan(levels: plan.levels, timesteps: [1], startScale: 1, sampler: EulerSampler())
        }
    }
}
