import Diagnostics
import Diffusion
import Foundation
import Images
import Layers
import Networks
import Recipes
import Tensors
import TestSupport
import Testing
import Tokenizers

@testable import Pipelines

/// One after the other, so that what is alive can be counted.
@Suite(.serialized) struct PipelineTests {}

/// A random network of the real kind: what is tested is the path, not the picture.
extension PipelineTests {
    @Suite struct DarkroomModels {
        /// A source in which even the layers that start at zero say something.
        private struct Talkative: ParameterSource {
            let base: FreshParameters
            func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
                let loud: Initializer = initializer == .zeros ? .normal(deviation: 0.1) : initializer
                return try base.parameter(at: path, shape: shape, initializer: loud)
            }
        }

        func pipeline(
            _ choice: ModelChoice = .unet(
                .init(channels: [16, 32], blocks: [1, 1], attention: [.text, .full], heads: 2, text: .tiny)),
            type: DType = .float32, device: Device = .cpu, seed: UInt64 = 9, tiling: TilingChoice = .none,
            seesEstimates: Bool = false
        ) throws -> DarkroomPipeline {
            var recipe = TrainingRecipe()
            recipe.selfConditioning = seesEstimates ? 0.5 : 0
            recipe.data.resolution = 16
            recipe.model = choice
            let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
            let pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + letters.map { "##" + $0 }
            var random = try RandomStream(seed: 1)
            let vectors = try WordVectors(quantizing: random.normal([pieces.count, 16]).squeezed(0))
            let model = try TextToImageModel(
                ParameterScope(
                    PlacedParameters(Talkative(base: FreshParameters(seed: seed)), on: device),
                    joinedEdges: ModelOptions(tiling: tiling).joinedEdges), choice: recipe.model,
                resolution: 16,
                vectors: vectors.placed(on: device), seesEstimates: seesEstimates)
            return try DarkroomPipeline(
                model: model, recipe: recipe, tokenizer: WordPieceTokenizer(vocabulary: pieces),
                computeType: type, device: device, tiling: tiling)
        }

        /// Networks that find out where pixels stand from the borders alone draw without borders, too.
        @Test func movedNoiseDrawsTheMovedPictureOnJoinedEdges() throws {
            var request = request(seeds: [7])
            request.tiling = .horizontal
            let drawing = try pipeline(tiling: .horizontal).prepared(request)
            var random = try RandomStream(seed: 7)
            let noise = try random.normal([3, 16, 16])
            let plain = try drawing.latent(seed: 0, GenerationInputs(noise: noise))
            for (axis, isJoined) in [(2, false), (3, true)] {
                let moved = try drawing.latent(
                    seed: 0, GenerationInputs(noise: noise.rolled(by: 4, along: axis)))
                let expected = try plain.rolled(by: 4, along: axis)
                let off = try (moved - expected).norm().item() / expected.norm().item()
                #expect(isJoined ? off < 1e-4 : off > 1e-3, "axis \(axis): \(off)")
            }
        }

        @Test func networksThatAreToldPlacesHaveEdges() {
            let size = TransformerSize(patch: 4, width: 32, depth: 1, heads: 2, text: .tiny)
            let error = #expect(throws: PipelineError.self) {
                try pipeline(.pixelTransformer(size), tiling: .both)
            }
            #expect(error?.summary.contains("--tiling") == true && error?.isBadUsage == true)
            #expect(ModelChoice.unet(.init(positions: true)).tellsPositions)
            #expect(!ModelChoice.unet(.init()).tellsPositions)
        }

        /// Many prompts at once are drawn as if one by one, but for rounding.
        @Test func aBatchOfPromptsIsThePicturesOneByOne() throws {
            let pipeline = try pipeline()
            let prompts = ["a red cube", "snow", "a red cube"]
            let request = GenerationRequest(
                prompt: "", guidance: GuidanceChoice(scale: 2, negativePrompt: "blue"), steps: 4)
            let together = try pipeline.pictures(of: prompts, seeds: [5, 6, 7], request)
            let alone = try zip(prompts, [5, 6, 7] as [UInt64]).map { prompt, seed in
                var single = request
                (single.prompt, single.seeds) = (prompt, [seed])
                return try #require(pipeline.generate(single).first)
            }
            #expect(together.count == 3 && together[0] != together[2])
            for (left, right) in zip(together, alone) {
                #expect(try #require(ImageDifference(left, right)).largest <= 1)
            }
            #expect(throws: PipelineError.self) { try pipeline.pictures(of: prompts, seeds: [1], request) }
            #expect(pipeline.cutsOff(String(repeating: "red ", count: 40)) && !pipeline.cutsOff("red"))
        }

        private static let gpu = Device.available.first { $0 != .cpu }

        @Test(.enabled(if: gpu != nil, "there is no GPU here"))
        func aGraphicsProcessorDrawsTheSamePicture() throws {
            let request = request(seeds: [3])
            let latents = try [Device.cpu, #require(Self.gpu)].map { (device: Device) in
                let pipeline = try pipeline(device: device)
                return try pipeline.prepared(request).latent(seed: 3).to(.cpu)
            }
            try expectClose(latents[1], latents[0], Tolerance(relative: 1e-3, absolute: 1e-3), "latent")
        }

        private func request(_ prompt: String = "a red cube", seeds: [UInt64]) -> GenerationRequest {
            GenerationRequest(prompt: prompt, guidance: .init(scale: 2), steps: 4, seeds: seeds)
        }

        @Test(arguments: [DType.float32, .bfloat16])
        func aPictureDoesNotDependOnItsBatchNorOnBeingWatched(type: DType) throws {
            let pipeline = try pipeline(type: type)
            let batch = try pipeline.generate(request(seeds: [3, 4, 5]))
            var seen = 0
            let alone = try pipeline.generate(request(seeds: [4])) { step in
                seen += 1
                _ = try pipeline.sketch(step.denoised)
            }
            #expect(alone[0] == batch[1])
            #expect(batch[0] != batch[1])
            #expect(seen == 4)
        }

        /// A network that sees its estimates: each picture begins with none, whatever was drawn before it or beside it.
        @Test(arguments: [1.0, 2]) func estimatesStayWithTheirPicture(scale: Double) throws {
            let pipeline = try pipeline(seesEstimates: true)
            var request = request(seeds: [3, 4])
            request.guidance.scale = scale
            let both = try pipeline.generate(request)
            request.seeds = [4]
            #expect(try pipeline.generate(request) == [both[1]])
            let together = try pipeline.pictures(of: ["a red cube", "a red cube"], seeds: [3, 4], request)
            for (left, right) in zip(together, both) {
                #expect(try #require(ImageDifference(left, right)).largest <= 1)
            }
            // The first step has no estimate, the second one does: another answer to the same question.
            let plan = try pipeline.plan(request)
            let start = try PictureStart(
                x: Tensor.zeros([1, 3, 16, 16]) + 0.5, epsilon: .zeros([1, 3, 16, 16]))
            let denoiser = try pipeline.computing {
                try pipeline.denoiser(
                    for: pipeline.condition(request), request, along: plan, from: start, .init())
            }
            let answers = try pipeline.computing {
                try (0..<2).map { _ in try denoiser.denoised(start.x, at: plan.levels[1]).bytes() }
            }
            #expect(answers[0] != answers[1])
        }

        @Test func threadCountsGiveTheSameBytes() throws {
            let pipeline = try pipeline()
            let before = Engine.threadCount
            defer { Engine.threadCount = before }
            Engine.threadCount = 1
            let one = try pipeline.generate(request(seeds: [3]))
            Engine.threadCount = 2
            #expect(try pipeline.generate(request(seeds: [3])) == one)
        }

        @Test func thePromptAndTheNegativePromptAreHeard() throws {
            let pipeline = try pipeline()
            let red = try pipeline.generate(request("a red cube", seeds: [1]))
            #expect(try pipeline.generate(request("a blue ball", seeds: [1])) != red)
            var negative = request("a red cube", seeds: [1])
            negative.negativePrompt = "snow"
            #expect(try pipeline.generate(negative) != red)
            negative.guidance.scale = 1
            var plain = request("a red cube", seeds: [1])
            plain.guidance.scale = 1
            #expect(
                try pipeline.generate(negative) == pipeline.generate(plain), "scale 1 is the prompt alone")
            #expect(try pipeline.encode("").shape == pipeline.encode("a").shape)
        }

        @Test func sizesAreCheckedAndOthersThanTrainedWork() throws {
            let pipeline = try pipeline()
            var wide = request(seeds: [1])
            (wide.width, wide.height) = (32, 16)
            let picture = try pipeline.generate(wide)[0]
            #expect(picture.width == 32 && picture.height == 16)
            wide.width = 30
            #expect(throws: PipelineError.size(width: 30, height: 16, multiple: 4, trained: 16)) {
                try pipeline.generate(wide)
            }
            let transformer = try self.pipeline(
                .pixelTransformer(.init(patch: 4, width: 32, depth: 1, heads: 2, text: .tiny)))
            wide.width = 32
            #expect(throws: PipelineError.fixedSize(width: 32, height: 16, trained: 16)) {
                try transformer.generate(wide)
            }
            #expect(try transformer.generate(request(seeds: [1]))[0].width == 16)
        }

        @Test func givenNoiseReplacesTheStreams() throws {
            let pipeline = try pipeline()
            let request = request(seeds: [7])
            let drawing = try pipeline.prepared(request)
            var random = try RandomStream(seed: 7)
            let noise = try random.normal([3, 16, 16])
            let given = try drawing.latent(seed: 0, GenerationInputs(noise: noise))
            let drawn = try drawing.latent(seed: 7)
            #expect(try given.bytes() == drawn.bytes())
            let small = try random.normal([3, 8, 8])
            #expect(throws: PipelineError.latentShape(expected: [1, 3, 16, 16], found: [1, 3, 8, 8])) {
                try drawing.latent(seed: 0, GenerationInputs(noise: small))
            }
        }

        @Test func aVariationIsNearItsSeed() throws {
            let pipeline = try pipeline()
            func latent(_ variation: VariationChoice?) throws -> Tensor {
                var request = request(seeds: [7])
                request.variation = variation
                return try pipeline.prepared(request).latent(seed: 7)
            }
            let own = try latent(nil)
            #expect(try latent(.init(seed: 8, strength: 0)).bytes() == own.bytes())
            let near = try (latent(.init(seed: 8, strength: 0.1)) - own).norm().item()
            let far = try (latent(.init(seed: 8, strength: 0.5)) - own).norm().item()
            #expect(0 < near && near < far)
            let other = try pipeline.prepared(request(seeds: [8])).latent(seed: 8)
            #expect(try latent(.init(seed: 8, strength: 1)).bytes() == other.bytes())
            // On the arc between two vectors of one length every point has that length.
            var random = try RandomStream(seed: 1)
            let (first, second) = try (random.normal([400]), random.normal([400]))
            let scaled = try second * (first.norm().item() / second.norm().item())
            let half = try first.turned(towards: scaled, by: 0.5).norm().item()
            #expect(try abs(half / first.norm().item() - 1) < 1e-4)
        }

        @Test func wishesOfOtherFamiliesAreRefused() throws {
            var request = request(seeds: [1])
            request.clipSkip = 2
            let refused = PipelineError.unsupported("--clip-skip", family: "Darkroom's own models")
            #expect(throws: refused) { try pipeline().generate(request) }
            #expect(refused.isBadUsage && refused.summary.contains("cannot draw with --clip-skip"))
        }

        @Test func cancellingStopsWithinAStep() throws {
            let pipeline = try pipeline()
            var seen = 0
            #expect(throws: CancellationError.self) {
                try pipeline.generate(request(seeds: [1, 2])) { _ in
                    seen += 1
                    if seen == 2 { throw CancellationError() }
                }
            }
            #expect(seen == 2)
        }

        @Test func errorsTeach() {
            let size = PipelineError.size(width: 30, height: 16, multiple: 4, trained: 16)
            #expect(size.summary == "The picture's sides must be multiples of 4; asked for were 30 × 16.")
            #expect(size.advice.count == 2)
            #expect(PipelineError.fixedSize(width: 9, height: 8, trained: 64).description.contains("64 × 64"))
            #expect(PipelineError.latentShape(expected: [1], found: [2]).summary.contains("[2]"))
        }
    }
}
