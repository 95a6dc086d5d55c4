import Images
import Recipes
import Tensors
import Testing

@testable import Pipelines

extension Tensor {
    /// Moved along an axis; what leaves at the end comes in at the beginning.
    func rolled(by count: Int, along axis: Int) throws -> Tensor {
        let size = size(axis)
        return try .concatenated(
            [slice(size - count..<size, along: axis), slice(0..<size - count, along: axis)], along: axis)
    }
}

/// A picture without edges knows no place: moved noise draws the moved picture.
extension PipelineTests {
    @Suite struct Tiling {
        private func pipeline(
            _ family: String, _ tiling: TilingChoice, _ precision: Precision = .fp32
        ) throws -> StableDiffusionPipeline {
            try StableDiffusionPipeline(
                opening: TinyModels.folder(family), ModelOptions(precision: precision, tiling: tiling))
        }

        private func request(_ tiling: TilingChoice) -> GenerationRequest {
            var request = GenerationRequest(prompt: "a red cube", steps: 3, seeds: [3], sampler: .euler)
            request.tiling = tiling
            return request
        }

        @Test(
            arguments: ["sd1", "sd2", "xl"], [TilingChoice.both, .horizontal, .vertical])
        func movedNoiseDrawsTheMovedPicture(family: String, tiling: TilingChoice) throws {
            let pipeline = try pipeline(family, tiling)
            let request = request(tiling)
            let drawing = try pipeline.prepared(request)
            var random = try RandomStream(seed: 3)
            let noise = try random.normal(drawing.shape)
            let latent = try drawing.latent(seed: 0, GenerationInputs(noise: noise))
            let picture = try pipeline.decode(latent, .init()).pixelTensor()
            let factor = picture.size(3) / latent.size(3)
            for (axis, isJoined) in [(2, tiling.isVertical), (3, tiling.isHorizontal)] {
                // Two latent pixels are one of the coarsest map.
                let moved = try drawing.latent(
                    seed: 0, GenerationInputs(noise: noise.rolled(by: 2, along: axis)))
                let expected = try latent.rolled(by: 2, along: axis)
                let off = try (moved - expected).norm().item() / expected.norm().item()
                #expect(isJoined ? off < 1e-4 : off > 1e-3, "\(family), axis \(axis): \(off)")
                let pixels = try pipeline.decode(moved, .init()).pixelTensor()
                let there = try picture.rolled(by: 2 * factor, along: axis)
                let greatest = try (pixels - there).magnitude().maximum().item()
                // One of 255 levels.
                #expect((greatest < 1.01 / 127.5) == isJoined, "\(family), axis \(axis): \(greatest)")
            }
        }

        @Test func bfloat16WithPackedWeightsIsNearSinglePrecision() throws {
            let exact = try pipeline("sd1", .both).generate(request(.both))[0]
            let rounded = try pipeline("sd1", .both, .bf16).generate(request(.both))[0]
            #expect(exact != rounded)
            let off = try (exact.pixelTensor() - rounded.pixelTensor()).norm().item()
            // The 35 decibels, of a peak of 2, that pictures with edges keep.
            let deviation = off / Double(exact.pixels.count).squareRoot()
            #expect(deviation < 0.0356, "\(deviation)")
        }

        @Test func edgesAreAMatterOfOpening() throws {
            let plain = try TinyModels.pipeline("sd1").generate(request(.none))
            #expect(try pipeline("sd1", .both).generate(request(.both)) != plain)
            let error = #expect(throws: PipelineError.self) {
                try TinyModels.pipeline("sd1").generate(request(.horizontal))
            }
            #expect(error?.isBadUsage == true && error?.summary.contains("--tiling-x") == true)
            #expect(throws: PipelineError.self) { try pipeline("sd1", .both).generate(request(.none)) }
        }
    }
}
