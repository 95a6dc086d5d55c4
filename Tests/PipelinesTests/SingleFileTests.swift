import Checkpoints
import Foundation
import Images
import Layers
import Networks
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Pipelines

/// One file in the original layout draws what the folder draws that it was made from.
///
/// A single file brings no descriptions: its readers take the proportions of the published models. So these models have
/// them, a fraction as wide.
extension PipelineTests {
    @Suite struct SingleFiles {
        private static let families: [(name: String, family: ModelFamily)] = [
            ("sd1", .stableDiffusion1), ("sd2", .stableDiffusion2), ("xl", .stableDiffusionXL),
        ]

        @Test(arguments: families)
        func drawsTheFoldersPicture(name: String, family: ModelFamily) throws {
            let place = try TemporaryFolder()
            let folder = try Self.model(name, in: place)
            let file = place.appending("model.safetensors")
            let model = try ModelFiles(opening: folder, weightType: nil)
            #expect(model.family == family)
            #expect(try model.writeSingleFile(to: file) == [], "nothing is lost")
            #expect(try ModelFiles(opening: file).family == family)
            let merges = folder.appending(path: "tokenizer/merges.txt")
            let options = ModelOptions(precision: .fp32, vocabulary: merges)
            let (whole, single) = (
                try PipelineFile.open(folder, options), try PipelineFile.open(file, options)
            )
            func picture(_ pipeline: any Pipeline, _ prompt: String) throws -> Image {
                var request = GenerationRequest(
                    prompt: prompt, guidance: .init(scale: 3), width: 16, height: 16, steps: 3, seeds: [7])
                request.negativePrompt = "grey"
                return try pipeline.generate(request)[0]
            }
            let expected = try picture(whole, "a (red:1.2) cube")
            #expect(try picture(single, "a (red:1.2) cube") == expected)
            #expect(try picture(whole, "snow") != expected, "the text is heard")
            #expect(Set(expected.pixels).count > 20, "a picture of something")
            #expect(whole.defaults == single.defaults)
        }

        @Test func withoutAVocabularyItSaysWhatIsMissing() throws {
            let place = try TemporaryFolder()
            let file = place.appending("model.safetensors")
            try ModelFiles(opening: Self.model("sd1", in: place), weightType: nil).writeSingleFile(to: file)
            #expect(throws: PipelineError.missingVocabulary(nil)) { try PipelineFile.open(file) }
        }

        // MARK: - A model of random numbers

        /// Everything says something, and no prompt looks like another.
        private struct Loud: ParameterSource {
            let part: String

            func parameter(
                at path: ParameterPath, shape: [Int], initializer: Initializer
            ) throws -> Tensor {
                let isTable = path.description.contains("embedding.weight")
                let loud: Initializer = isTable ? .normal(deviation: 0.7) : initializer
                let named = ParameterPath(part + "." + path.description)
                return try FreshParameters(seed: 4).parameter(at: named, shape: shape, initializer: loud)
            }
        }

        /// A folder in the layout of diffusers.
        private static func model(_ name: String, in place: TemporaryFolder) throws -> URL {
            let folder = place.appending("folder")
            let fixture = TinyModels.folder(name)
            let isXL = name == "xl"
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for tokenizer in isXL ? ["tokenizer", "tokenizer_2"] : ["tokenizer"] {
                try FileManager.default.copyItem(
                    at: fixture.appending(path: tokenizer), to: folder.appending(path: tokenizer))
            }
            let table = try JSONSerialization.jsonObject(
                with: Data(contentsOf: fixture.appending(path: "tokenizer/vocab.json")))
            let words = try #require(table as? [String: Int]).count
            var index: [String: Any] = ["_class_name": "StableDiffusionPipeline"]
            func write(
                _ part: String, _ library: String, _ about: [String: Any],
                build: (ParameterScope, Data) throws -> Void
            ) throws {
                let own = folder.appending(path: part, directoryHint: .isDirectory)
                try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
                let json = try JSONSerialization.data(withJSONObject: about, options: [.sortedKeys])
                try json.write(to: own.appending(path: "config.json"))
                let store = ParameterStore(from: Loud(part: part))
                try build(ParameterScope(store), json)
                let stem = library == "diffusers" ? "diffusion_pytorch_model" : "model"
                try CheckpointWriter.write(
                    zip(store.paths, store.tensors).map { path, tensor in
                        (name: path.description, tensor: try tensor.detached())
                    }, to: own.appending(path: stem + ".safetensors"))
                index[part] = [library, about["_class_name"] ?? "CLIPTextModel"]
            }
            try write("unet", "diffusers", unet(name)) { scope, json in
                _ = try ConditionalUNet(scope, ConditionalUNetConfiguration(json: json, named: "unet"))
            }
            try write("vae", "diffusers", autoencoder(name)) { scope, json in
                _ = try KLAutoencoder(scope, AutoencoderConfiguration(json: json, named: "vae"))
            }
            for (part, isSecond) in [("text_encoder", false), ("text_encoder_2", true)]
            where isXL || !isSecond {
                let about = encoder(words: words, isLarge: isSecond || name == "sd2", isProjected: isSecond)
                try write(part, "transformers", about) { scope, json in
                    _ = try CLIPTextTransformer(scope, CLIPTextConfiguration(json: json, named: part))
                }
            }
            let json = try JSONSerialization.data(withJSONObject: index)
            try json.write(to: folder.appending(path: "model_index.json"))
            return folder
        }

        private static func unet(_ name: String) -> [String: Any] {
            let isXL = name == "xl"
            var about: [String: Any] = [
                "_class_name": "UNet2DConditionModel", "in_channels": 4, "out_channels": 4,
                "sample_size": isXL ? 128 : name == "sd2" ? 96 : 64, "block_out_channels": [32, 64],
                "layers_per_block": 1, "norm_num_groups": 32, "cross_attention_dim": isXL ? 64 : 32,
                "attention_head_dim": name == "sd1" ? 8 as Any : [1, 1] as Any,
                "use_linear_projection": name != "sd1",
                "down_block_types": isXL
                    ? ["DownBlock2D", "CrossAttnDownBlock2D"] : ["CrossAttnDownBlock2D", "DownBlock2D"],
                "up_block_types": isXL
                    ? ["CrossAttnUpBlock2D", "UpBlock2D"] : ["UpBlock2D", "CrossAttnUpBlock2D"],
            ]
            if isXL {
                about["addition_embed_type"] = "text_time"
                about["addition_time_embed_dim"] = 256
                about["projection_class_embeddings_input_dim"] = 6 * 256 + 32
            }
            return about
        }

        private static func autoencoder(_ name: String) -> [String: Any] {
            var about: [String: Any] = [
                "_class_name": "AutoencoderKL", "in_channels": 3, "out_channels": 3, "latent_channels": 4,
                "block_out_channels": [32, 32], "layers_per_block": 1, "norm_num_groups": 32,
                "sample_size": name == "xl" ? 1024 : name == "sd2" ? 768 : 512,
                "scaling_factor": name == "xl" ? 0.13025 : 0.18215,
                "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
                "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"],
            ]
            if name == "xl" { about["force_upcast"] = true }
            return about
        }

        private static func encoder(words: Int, isLarge: Bool, isProjected: Bool) -> [String: Any] {
            [
                "architectures": [isProjected ? "CLIPTextModelWithProjection" : "CLIPTextModel"],
                "model_type": "clip_text_model", "hidden_act": isLarge ? "gelu" : "quick_gelu",
                "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 1, "num_hidden_layers": 3,
                "max_position_embeddings": 77, "vocab_size": words, "layer_norm_eps": 1e-5,
                "projection_dim": isProjected ? 32 : isLarge ? 512 : 32, "bos_token_id": 0,
                "eos_token_id": 2, "pad_token_id": 1,
            ]
        }
    }
}
