import Diffusion
import Foundation
import Images
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

/// Two models on one walk.
extension PipelineTests {
    @Suite struct Refined {
        private static let cases = TinyModels.cases("refined")

        private func opened(_ refiner: String) throws -> RefinedPipeline {
            try RefinedPipeline(
                opening: TinyModels.folder("xl"), refiner: TinyModels.folder(refiner),
                ModelOptions(precision: .fp32))
        }

        private func request(_ sampler: SamplerChoice, start: Double, steps: Int = 10) -> GenerationRequest {
            var request = GenerationRequest(prompt: "a red cube", steps: steps, seeds: [5], sampler: sampler)
            request.refiner = RefinerChoice(model: "refiner", start: start)
            return request
        }

        @Test func theCasesAreThere() { #expect(Self.cases.count == 14) }

        @Test(arguments: cases) func drawsWhatDiffusersDraws(one: TinyModels.Case) throws {
            let pipeline = try opened("refiner")
            let fixture = try Fixture("refined", in: .module)
            var inputs = GenerationInputs()
            if let name = one.request.initialPicture {
                inputs.picture = try Image(contentsOf: TinyModels.folder("xl").appending(path: name))
            }
            let drawing = try pipeline.prepared(one.request, inputs)
            let refined = try pipeline.condition(drawing.request).refiner.stages.last?.end ?? 0
            for (index, seed) in one.request.seeds.enumerated() {
                var seen: [Tensor] = []
                let end = try drawing.latent(seed: seed, inputs) { seen.append($0.x) }
                #expect(seen.count == drawing.steps && refined < seen.count)
                let middle = seen[seen.count - refined]
                for (found, name) in [(middle, "middle"), (end, "end")] {
                    let expected = try fixture.tensor("\(one.name)/\(name)").slice(index..<index + 1)
                    try #require(found.shape == expected.shape)
                    let off = try (found - expected).norm().item() / expected.norm().item()
                    #expect(off < 1e-4, "\(one), seed \(seed): \(name) is \(off) off")
                }
                let image = try pipeline.decode(end, inputs)
                let bytes = try fixture.tensor("\(one.name)/picture").selected(index).values(as: UInt8.self)
                let near = zip(image.pixels, bytes).count { abs(Int($0) - Int($1)) <= 1 }
                #expect(near * 1000 >= bytes.count * 999, "\(one): \(near) of \(bytes.count)")
            }
        }

        /// A solver without a memory does not notice when the same model takes over from itself.
        @Test(arguments: [0.3, 0.8]) func theSameModelTwiceIsOneModel(start: Double) throws {
            let request = request(.euler, start: start)
            var alone = request
            alone.refiner = nil
            let whole = try TinyModels.pipeline("xl").prepared(alone)
            let parted = try opened("xl").prepared(request)
            #expect(whole.steps == 10 && parted.steps == 10)
            let expected = try whole.latent(seed: 5)
            let off = try (parted.latent(seed: 5) - expected).norm().item() / expected.norm().item()
            #expect(off < 1e-6, "\(off)")
        }

        /// Opened through the one door, as the command line does.
        @Test func theRefinerIsHeard() throws {
            let options = ModelOptions(precision: .fp32, refiner: TinyModels.folder("refiner"))
            let pipeline = try PipelineFile.open(TinyModels.folder("xl"), options)
            let early = try pipeline.generate(request(.dpmpp2M, start: 0.5))[0]
            #expect(try pipeline.generate(request(.dpmpp2M, start: 0.5))[0] == early)
            #expect(try pipeline.generate(request(.dpmpp2M, start: 0.8))[0] != early)
            #expect(options.otherFiles == [TinyModels.folder("refiner")])
        }

        @Test func wishesThatCannotBeAreRefused() throws {
            let pipeline = try opened("refiner")
            func refusal(_ change: (inout GenerationRequest) -> Void) throws -> String {
                var wish = request(.euler, start: 0.8)
                change(&wish)
                let request = wish
                return #expect(throws: PipelineError.self) { try pipeline.resolved(request, .init()) }?
                    .summary ?? ""
            }
            #expect(try refusal { $0.hires = .init() }.contains("--hires-scale"))
            #expect(try refusal { $0.mask = "m.png" }.contains("--mask"))
            #expect(try refusal { $0.refiner = nil }.contains("--refiner"))
            #expect(try refusal { $0.width = 33 }.contains("multiples"))
            #expect(throws: DiffusionError.self) {
                try pipeline.resolved(request(.euler, start: 0.9999), .init())
            }
            #expect(throws: DiffusionError.self) {
                try pipeline.resolved(request(.lcm, start: 0.8), .init())
            }
            #expect(throws: PipelineError.self) {
                try TinyModels.pipeline("xl").resolved(request(.euler, start: 0.8), .init())
            }
            let small = #expect(throws: PipelineError.self) {
                try RefinedPipeline(
                    opening: TinyModels.folder("sd1"), refiner: TinyModels.folder("refiner"))
            }
            #expect(small?.summary.contains("Stable Diffusion 1.x") == true)
            let other = #expect(throws: PipelineError.self) { try opened("sd1") }
            #expect(other?.summary.contains("sd1, Stable Diffusion 1.x") == true)
        }
    }
}
