import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// Trajectories of diffusers' solvers, made by Scripts/make-fixtures/samplers.py.
private struct Fixture: Decodable {
    struct Run: Decodable {
        let levels: [[Double]]
        let x: [[Double]]
    }
    let shape: [Int]
    let runs: [String: Run]

    static func load() throws -> Fixture {
        let url = try #require(
            Bundle.module.url(forResource: "samplers", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
    }
}

@Suite struct ReferenceTrajectoryTests {
    @Test(
        arguments: [
            ("ddpm", .ddpm), ("ddim 0", .ddim(eta: 0)), ("ddim 0.5", .ddim(eta: 0.5)),
            ("ddim 1", .ddim(eta: 1)),
            ("euler", .euler), ("euler karras", .euler), ("euler flow", .euler), ("heun", .heun),
            ("heun karras", .heun), ("heun flow", .heun), ("dpmpp_2m", .dpmpp2M),
            ("dpmpp_2m karras", .dpmpp2M),
        ] as [(String, SamplerChoice)])
    func everyStepIsTheReferences(name: String, choice: SamplerChoice) throws {
        let fixture = try Fixture.load()
        let run = try #require(fixture.runs[name])
        let levels = try run.levels.map { try NoiseLevel(signal: $0[0], noise: $0[1]) }
        let expected = try run.x.map { try Tensor($0, shape: fixture.shape) }
        #expect(expected.count == 11 && levels.count == 11)

        // Fresh noise comes from the same seed as the reference's.
        var random = try RandomStream(seed: 7)
        var steps: [Tensor] = []
        let end = try choice.make().sample(
            ScriptedDenoiser(), from: expected[0], along: levels, random: &random
        ) { steps.append($0.x) }

        for (index, (ours, theirs)) in zip(steps + [end], expected).enumerated() {
            // The reference computes the scaled solvers in single precision; x reaches sigma there.
            let scale = max(1, levels[index].noise)
            #expect(try distance(ours, theirs) < 2e-5 * scale, "x at level \(index)")
        }
    }

    @Test func everyRunIsCompared() throws {
        #expect(try Fixture.load().runs.count == 12)
    }
}
