import Checkpoints
import Diffusion
import Foundation
import Images
import Recipes
import Synchronization
import Tensors
import TestSupport
import Testing
import Tokenizers
import WeightFiles

@testable import Pipelines

extension PipelineTests {
    @Suite struct StableDiffusion {
        private func request(_ prompt: String = "a red cube", seeds: [UInt64] = [3]) -> GenerationRequest {
            GenerationRequest(prompt: prompt, steps: 3, seeds: seeds, sampler: .dpmpp2M)
        }

        /// The signal-to-noise ratio of two pictures, in decibels of the peak.
        private func decibels(_ first: Image, _ second: Image) -> Double {
            var sum = 0.0
            for (left, right) in zip(first.pixels, second.pixels) {
                let difference = Double(Int(left) - Int(right))
                sum += difference * difference
            }
            let mean = max(1e-9, sum / Double(first.pixels.count))
            return 10 * log10(255 * 255 / mean)
        }

        @Test(arguments: ["sd1", "sd2", "xl"])
        func bfloat16IsNearSinglePrecision(family: String) throws {
            let exact = try TinyModels.pipeline(family).generate(request())[0]
            let rounded = try TinyModels.pipeline(family, .bf16).generate(request())[0]
            #expect(exact != rounded)
            #expect(decibels(exact, rounded) >= 35)
        }

        @Test(arguments: [Precision.fp32, .bf16])
        func aPictureDoesNotDependOnItsBatchNorOnBeingWatched(precision: Precision) throws {
            let pipeline = try TinyModels.pipeline("sd1", precision)
            var request = request(seeds: [3, 4, 5])
            request.sampler = .ddim(eta: 1)
            let batch = try pipeline.generate(request)
            request.seeds = [4]
            let alone = try pipeline.generate(request) { _ = try pipeline.sketch($0.denoised) }
            #expect(alone[0] == batch[1] && batch[0] != batch[1])
        }

        @Test func openValuesAreTheModels() throws {
            let resolved = try TinyModels.pipeline("sd1").resolved(GenerationRequest(prompt: "x"), .init())
            #expect(resolved.width == 32 && resolved.height == 32 && resolved.guidance.scale == 7.5)
            let xl = try TinyModels.pipeline("xl").resolved(GenerationRequest(prompt: "x"), .init())
            #expect(xl.width == 64 && xl.guidance.scale == 5 && xl.sampler == .euler)
            let lcm = try TinyModels.pipeline("lcm").resolved(GenerationRequest(prompt: "x"), .init())
            #expect(lcm.steps == 4 && lcm.guidance.scale == 8.5)
        }

        @Test func aPictureToStartFromGivesTheSize() throws {
            var request = request()
            request.initialPicture = "x.png"
            let inputs = GenerationInputs(picture: try Image(width: 51, height: 30, fill: (9, 90, 200)))
            let resolved = try TinyModels.pipeline("sd1").resolved(request, inputs)
            #expect(resolved.width == 48 && resolved.height == 28 && resolved.strength == 0.8)
            let image = try TinyModels.pipeline("sd1").generate(request, inputs)[0]
            #expect(image.width == 48 && image.height == 28)
        }

        @Test func promptsAreReadWithTheirGrammar() throws {
            let pipeline = try TinyModels.pipeline("sd1")
            func picture(_ prompt: String, _ grammar: PromptGrammar = .weighted) throws -> Image {
                var request = request(prompt)
                request.grammar = grammar
                return try pipeline.generate(request)[0]
            }
            let plain = try picture("a red cube", .plain)
            #expect(try picture("a red cube") == plain)
            #expect(try picture("a (red:1.0) cube") == plain)
            let others = [
                "a (red:1.4) cube", "a red cube AND snow", "a red cube BREAK snow", "[a red cube:snow:0.4]",
            ]
            var seen = [plain]
            for other in others {
                let image = try picture(other)
                #expect(!seen.contains(image), "\(other)")
                seen.append(image)
            }
            // 75 tokens and more: cut off by the plain grammar, heard by the other.
            let long = Array(repeating: "hill", count: 75).joined(separator: " ")
            #expect(try picture(long + " snow", .plain) == picture(long, .plain))
            #expect(try picture(long + " snow") != picture(long))
        }

        @Test func everyWishIsHeard() throws {
            let pipeline = try TinyModels.pipeline("sd1")
            let plain = try pipeline.generate(request())[0]
            let changes: [(inout GenerationRequest) -> Void] = [
                { $0.negativePrompt = "snow" }, { $0.guidance.scale = 2 }, { $0.guidance.interval = 0...0.5 },
                { $0.guidance.rescale = 0.9 }, { $0.clipSkip = 2 }, { $0.guidance.schedule = .cosine },
                { $0.guidance.method = .projected(.init()) },
                { $0.guidance.method = .optimizedScale(zeroSteps: 0) },
                { $0.guidance.method = .optimizedScale(zeroSteps: 1) },
                { $0.variation = .init(seed: 1, strength: 0.5) },
                { $0.spacing = .karras }, { $0.prompt = "snow" },
            ]
            for (index, change) in changes.enumerated() {
                var request = request()
                change(&request)
                #expect(try pipeline.generate(request)[0] != plain, "change \(index)")
            }
        }

        @Test func aSecondPassIsLargerAndCounted() throws {
            let pipeline = try TinyModels.pipeline("sd1")
            var request = request()
            request.hires = .init(scale: 1.5, strength: 0.5, steps: 4)
            let drawing = try pipeline.prepared(request)
            #expect(drawing.steps == 5)
            var steps = 0
            let latent = try drawing.latent(seed: 1) { _ in steps += 1 }
            #expect(steps == 5 && latent.shape == [1, 4, 12, 12])
        }

        @Test func wishesThatCannotBeAreRefused() throws {
            func refusal(_ family: String, _ change: (inout GenerationRequest) -> Void) throws -> String {
                var wish = request()
                change(&wish)
                let (request, pipeline) = (wish, try TinyModels.pipeline(family))
                let error = #expect(throws: PipelineError.self) { try pipeline.resolved(request, .init()) }
                #expect(error?.isBadUsage == true && error?.advice.isEmpty == false)
                return error?.summary ?? ""
            }
            #expect(try refusal("sd1") { $0.width = 35 }.contains("multiples of 4"))
            #expect(try refusal("refiner") { _ in }.contains("--init-img"))
            #expect(try refusal("inpaint") { $0.initialPicture = "x" }.contains("--mask"))
            #expect(try refusal("sd1") { $0.mask = "x" }.contains("--init-img"))
            #expect(try refusal("sd1") { $0.strength = 0.5 }.contains("--init-img"))
            #expect(try refusal("sd1") { $0.flowShift = .resolution }.contains("--flow-shift"))
            #expect(try refusal("sd1") { $0.clipSkip = 9 }.contains("3 layers"))
            #expect(try refusal("sd1") { $0.sizeConditioning = .init() }.contains("Stable Diffusion 1.x"))
        }

        /// The tiny model with one tensor of its U-Net changed.
        private func changed(
            _ name: String, in folder: TemporaryFolder, _ change: (Tensor) throws -> Tensor
        ) throws -> URL {
            let model = folder.appending("model")
            try FileManager.default.copyItem(at: TinyModels.folder("sd1"), to: model)
            let file = model.appending(path: "unet/diffusion_pytorch_model.safetensors")
            let stored = try Checkpoint(opening: file, weightType: nil)
            let tensors = try stored.file.names.map { own in
                let tensor = try stored.tensor(named: own).to(.float32)
                return (name: own, tensor: try own == name ? change(tensor) : tensor)
            }
            try CheckpointWriter.write(tensors, to: file)
            return model
        }

        /// A U-Net whose last normalisation answers with numbers above 65,504.
        private func overflowing(_ factor: Double, in folder: TemporaryFolder) throws -> URL {
            try changed("conv_norm_out.weight", in: folder) { try $0 * factor }
        }

        @Test func anAdapterChangesTheWeightThatItNames() throws {
            let folder = try TemporaryFolder()
            let name = "mid_block.attentions.0.transformer_blocks.0.attn2.to_q"
            var random = try RandomStream(seed: 5)
            let up = try random.normal([16, 2]).squeezed(0)
            let down = try random.normal([2, 16]).squeezed(0)
            let file = folder.appending("ink.safetensors")
            try CheckpointWriter.write(
                [
                    (name: "unet.\(name).lora_A.weight", tensor: down),
                    (name: "unet.\(name).lora_B.weight", tensor: up),
                ], to: file)
            let merged = try changed(name + ".weight", in: folder) { try $0 + up.matmul(down) * 0.5 }
            func latent(_ model: URL, scale: Double?) throws -> Tensor {
                let adapters = scale.map { [ModelOptions.Adapter(file: file, scale: $0)] } ?? []
                let options = ModelOptions(precision: .fp32, adapters: adapters)
                let pipeline = try StableDiffusionPipeline(opening: model, options)
                return try pipeline.prepared(request()).latent(seed: 3)
            }
            let plain = try latent(TinyModels.folder("sd1"), scale: nil)
            let half = try latent(TinyModels.folder("sd1"), scale: 0.5)
            #expect(try latent(TinyModels.folder("sd1"), scale: 0).bytes() == plain.bytes())
            #expect(try (half - plain).norm().item() > 1e-3)
            try expectClose(half, latent(merged, scale: nil), nil, "the adapter's picture")
        }

        /// A word that was given the vector of `red` draws what `red` draws.
        @Test func aLearnedWordIsHeard() throws {
            let folder = try TemporaryFolder()
            let encoder = TinyModels.folder("sd1").appending(path: "text_encoder/model.safetensors")
            let table = try Checkpoint(opening: encoder).tensor(
                named: "text_model.embeddings.token_embedding.weight")
            let tokenizer = try CLIPTokenizer(folder: TinyModels.folder("sd1").appending(path: "tokenizer"))
            let red = try #require(tokenizer.id(of: "red</w>"))
            let file = folder.appending("glim.safetensors")
            try CheckpointWriter.write(
                [(name: "emb_params", tensor: try table.slice(red..<red + 1))], to: file)
            let options = ModelOptions(precision: .fp32, embeddings: [file])
            let pipeline = try StableDiffusionPipeline(opening: TinyModels.folder("sd1"), options)
            let plain = try TinyModels.pipeline("sd1")
            #expect(try pipeline.generate(request("a glim cube")) == plain.generate(request("a red cube")))
            #expect(try plain.generate(request("a glim cube")) != plain.generate(request("a red cube")))
        }

        @Test func overflowInHalfPrecisionIsComputedAgainAndTold() throws {
            let folder = try TemporaryFolder()
            let model = try overflowing(1e5, in: folder)
            let notices = Mutex<[String]>([])
            let inputs = GenerationInputs { notice in notices.withLock { $0.append(notice) } }
            let half = try PipelineFile.open(model, ModelOptions(precision: .fp16)).generate(
                request(), inputs)
            let exact = try PipelineFile.open(model, ModelOptions(precision: .fp32)).generate(request())
            #expect(notices.withLock { $0.count } == 1 && notices.withLock { $0[0].contains("fp32") })
            #expect(decibels(half[0], exact[0]) > 20)
        }

        @Test func whatOverflowsInSinglePrecisionIsAnError() throws {
            let folder = try TemporaryFolder()
            let pipeline = try PipelineFile.open(
                overflowing(1e38, in: folder), ModelOptions(precision: .fp32))
            #expect(throws: PipelineError.notFinite(stage: "U-Net")) { try pipeline.generate(request()) }
        }

        @Test func cancellingStopsWithinAStep() throws {
            let pipeline = try TinyModels.pipeline("sd1")
            var seen = 0
            #expect(throws: CancellationError.self) {
                try pipeline.generate(request(seeds: [1, 2])) { _ in
                    seen += 1
                    if seen == 2 { throw CancellationError() }
                }
            }
            #expect(seen == 2)
        }

        /// In a process of its own: tensors and memory are counted for all tests that run side by side.
        @Test func fiftyPicturesLeaveNothingBehind() async {
            await #expect(processExitsWith: .success) {
                let pipeline = try TinyModels.pipeline("sd1")
                var alive: [Int] = []
                var resident: [Int] = []
                for seed in 0..<50 {
                    let request = GenerationRequest(
                        prompt: "a red cube", steps: 3, seeds: [UInt64(seed)])
                    _ = try pipeline.generate(request)
                    alive.append(Engine.liveTensorCount)
                    resident.append(try PipelineTests.StableDiffusion.residentBytes())
                }
                #expect(Set(alive.dropFirst(3)).count == 1, "\(alive)")
                #expect(resident[49] - resident[3] < 4 << 20, "\(resident)")
            }
        }

        static func residentBytes() throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
            return try #require(Int(line.filter(\.isNumber))) * 1024
        }
    }
}
