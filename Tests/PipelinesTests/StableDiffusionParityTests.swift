import Diffusion
import Images
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

/// Picture for picture what diffusers draws with the same files, for every family, task and sampler.
extension PipelineTests {
    @Suite struct StableDiffusionParity {
        @Test func theCasesAreThere() {
            let counts = TinyModels.families.map { TinyModels.cases($0).count }
            #expect(counts == [54, 7, 5, 5, 2, 13, 2])
        }

        @Test(arguments: TinyModels.families.flatMap(TinyModels.cases))
        func drawsWhatDiffusersDraws(one: TinyModels.Case) throws {
            let pipeline = try TinyModels.pipeline(one.family)
            let fixture = try Fixture(one.family, in: .module)
            let inputs = try one.inputs()
            let drawing = try pipeline.prepared(one.request, inputs)
            let start = try fixture.tensor(one.name + "/start")
            let latents = try fixture.tensor(one.name + "/latents")
            let pictures = try fixture.tensor(one.name + "/picture")
            for (index, seed) in one.request.seeds.enumerated() {
                var first: Tensor?
                let found = try drawing.latent(seed: seed, inputs) { first = first ?? $0.x }
                let begin = try #require(first)
                #expect(
                    try distance(begin, start.slice(index..<index + 1)) < 1e-5, "\(one), seed \(seed): start")
                let expected = try latents.selected(latents.size(0) - 1).slice(index..<index + 1)
                let off = try distance(found, expected)
                #expect(off < 1e-4, "\(one), seed \(seed): the last latent is \(off) off")
                let image = try pipeline.decode(found, inputs)
                let bytes = try pictures.selected(index).values(as: UInt8.self)
                #expect(image.width == pictures.size(2) && image.height == pictures.size(1))
                let near = zip(image.pixels, bytes).count { abs(Int($0) - Int($1)) <= 1 }
                #expect(
                    Double(near) >= 0.999 * Double(bytes.count),
                    "\(one), seed \(seed): \(near) of \(bytes.count)")
            }
        }

        /// The length of the difference over that of the reference.
        private func distance(_ found: Tensor, _ expected: Tensor) throws -> Double {
            try #require(found.shape == expected.shape)
            return try (found - expected).norm().item() / expected.norm().item()
        }
    }
}
