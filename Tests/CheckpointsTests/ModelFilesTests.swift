import Diagnostics
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Checkpoints

/// A model of the fixtures, as the reference writes it.
func fixtureModel(_ name: String) throws -> URL {
    try #require(Bundle.module.resourceURL).appending(path: "Fixtures/models/\(name)")
}

/// What the reference finds in the models of the fixtures: `found.json`.
struct FoundByReference {
    struct Tensor {
        var name: String
        var shape: [Int]
        var sum: Double
        var weightedSum: Double
    }
    let parts: [ModelPart: [Tensor]]

    init(_ model: String) throws {
        let all = try JSONFile.object(fixtureModel("found.json")) as? [String: [String: [String: [Any]]]]
        parts = Dictionary(
            uniqueKeysWithValues: try #require(all?[model]).map { part, tensors in
                let part = try #require(ModelPart(rawValue: part))
                return (
                    part,
                    try tensors.map { name, values in
                        Tensor(
                            name: name, shape: try #require(values[0] as? [Int]),
                            sum: try #require(values[1] as? Double),
                            weightedSum: try #require(values[2] as? Double))
                    }
                )
            })
    }

    /// Expects that a source gives every tensor, number for number.
    func expect(in model: ModelFiles, _ parts: [ModelPart]? = nil) throws {
        for part in parts ?? Array(self.parts.keys) {
            let source = try model.parameters(of: part)
            let tensors = try #require(self.parts[part])
            for tensor in tensors {
                let found = try source.parameter(
                    at: ParameterPath(tensor.name), shape: tensor.shape, initializer: .zeros)
                let values = try found.values(as: Double.self)
                let sum = values.reduce(0, +)
                let weighted = values.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
                #expect(abs(sum - tensor.sum) < 1e-3, "\(part) \(tensor.name)")
                #expect(
                    abs(weighted - tensor.weightedSum) < 1e-3 * max(1, abs(weighted)),
                    "\(part) \(tensor.name)")
            }
            #expect(try Set(model.component(part).tensors.names) == Set(tensors.map(\.name)), "\(part)")
        }
    }
}

@Suite struct ModelFilesTests {
    @Test func aPlainFolderOpens() throws {
        let url = try fixtureModel("sd1")
        let model = try ModelFiles(opening: url)
        #expect(model.family == .stableDiffusion1)
        #expect(model.parts == [.textEncoder, .unet, .autoencoder])
        try FoundByReference("folder").expect(in: model)
        #expect(
            try JSONFile.object(model.configuration(of: .unet), named: url)["cross_attention_dim"] as? Int
                == 6)
        #expect(try JSONFile.object(model.scheduler, named: url)["_class_name"] as? String == "PNDMScheduler")
        #expect(throws: CheckpointError.missingPart(.textEncoder2, file: url, found: model.parts)) {
            try model.parameters(of: .textEncoder2)
        }
    }

    @Test func weightsComeInTheTypeAskedFor() throws {
        let url = try fixtureModel("sd1")
        let weights = try Checkpoint(
            opening: url.appending(path: "unet/diffusion_pytorch_model.safetensors"), weightType: nil)
        for (weightType, dtype) in [(nil, DType.float16), (DType.float32, .float32), (.bfloat16, .bfloat16)] {
            let source = try ModelFiles(opening: url, weightType: weightType).parameters(of: .unet)
            for entry in weights.file.entries {
                let found = try source.parameter(
                    at: ParameterPath(entry.name), shape: entry.shape, initializer: .zeros)
                #expect(found.dtype == (entry.shape.count > 1 ? dtype : .float32))
                if entry.shape.count == 4, entry.shape[1] > 1, entry.shape[2] > 1 {
                    #expect(found.isChannelsLast)
                }
                let expected = try weights.tensor(named: entry.name)
                try expectClose(
                    found.to(.float32), expected.to(found.dtype).to(.float32), .of(.uint8), entry.name)
            }
        }
    }

    @Test func xlFoldersHaveTwoTextEncoders() throws {
        let model = try ModelFiles(opening: fixtureModel("sdxl"))
        #expect(model.family == .stableDiffusionXL)
        #expect(model.parts == [.textEncoder, .textEncoder2, .unet, .autoencoder])
        #expect(try model.paddingToken(of: 1) == "<|endoftext|>")
        #expect(try model.paddingToken(of: 2) == "!")
        let projection = try model.parameters(of: .textEncoder2)
            .parameter(at: "text_projection.weight", shape: [10, 8], initializer: .zeros)
        #expect(projection.count == 80)
    }

    @Test func oldFoldersOpen() throws {
        let model = try ModelFiles(opening: fixtureModel("sd1-old"))
        #expect(model.family == .stableDiffusion1)
        try FoundByReference("folder").expect(in: model)
    }

    @Test func tokenizersComeInTwoForms() throws {
        let new = try #require(try ModelFiles(opening: fixtureModel("sd1")).tokenizerFiles(of: 1))
        let old = try #require(try ModelFiles(opening: fixtureModel("sd1-old")).tokenizerFiles(of: 1))
        #expect(
            String(decoding: new.merges, as: UTF8.self) + "\n" == String(decoding: old.merges, as: UTF8.self))
        let pieces = try [new, old].map { try JSONDecoder().decode([String: Int].self, from: $0.vocabulary) }
        #expect(pieces[0] == pieces[1] && pieces[0]["cde</w>"] == 20)
        #expect(try ModelFiles(opening: fixtureModel("sd1")).tokenizerFiles(of: 2) == nil)
    }

    @Test func shardsAndVariantsAreFound() throws {
        let reference = try FoundByReference("folder")
        try reference.expect(in: ModelFiles(opening: fixtureModel("shards")), [.unet])
        try reference.expect(in: ModelFiles(opening: fixtureModel("half")), [.textEncoder])
        let folder = try fixtureModel("both")
        func file(_ variant: String?) throws -> String {
            let model = try ModelFiles(opening: folder, variant: variant)
            try reference.expect(in: model, [.textEncoder])
            return try model.component(.textEncoder).tensors.files[0].url.lastPathComponent
        }
        #expect(try file(nil) == "model.safetensors")
        #expect(try file("fp16") == "model.fp16.safetensors")
        let error = #expect(throws: CheckpointError.self) { try ModelFiles(opening: folder, variant: "int8") }
        #expect(
            error?.summary.hasSuffix(
                "expected weights such as model.int8.safetensors, found config.json, model.fp16.safetensors, "
                    + "model.safetensors.") == true)
    }

    @Test(arguments: [
        ("sd1", ModelFamily.stableDiffusion1), ("sd2", .stableDiffusion2), ("sdxl", .stableDiffusionXL),
        ("sdxl-refiner", .stableDiffusionXLRefiner),
    ])
    func singleFilesHoldWhatTheReferenceFinds(name: String, family: ModelFamily) throws {
        let model = try ModelFiles(opening: fixtureModel("\(name).safetensors"))
        #expect(model.family == family)
        try FoundByReference(name).expect(in: model)
        #expect(try model.tokenizerFiles(of: 1) == nil)
        #expect(try model.paddingToken(of: 1) == (family == .stableDiffusion2 ? "!" : "<|endoftext|>"))
    }

    @Test func picklesHoldTheSame() throws {
        let model = try ModelFiles(opening: fixtureModel("sd1.ckpt"))
        #expect(model.family == .stableDiffusion1)
        try FoundByReference("sd1").expect(in: model)
    }

    @Test func aComponentBringsItsDescription() throws {
        let file = try fixtureModel("sd1/vae/diffusion_pytorch_model.safetensors")
        let model = try ModelFiles(opening: file)
        #expect(model.parts == [.autoencoder])
        let groups = try JSONFile.object(model.configuration(of: .autoencoder), named: file)[
            "norm_num_groups"]
        #expect(groups as? Int == 2)
    }

    @Test func missingAndMisshapenTensorsAreNamed() throws {
        let unet = try ModelFiles(opening: fixtureModel("sd1.safetensors")).parameters(of: .unet)
        let missing = #expect(throws: CheckpointError.self) {
            try unet.parameter(at: "conv_inn.weight", shape: [4, 4, 3, 3], initializer: .zeros)
        }
        #expect(
            missing?.description == """
                `sd1.safetensors`: the unet has no tensor `conv_inn.weight` of shape [4, 4, 3, 3].
                  → The nearest names are conv_in.weight, conv_out.weight.
                  → The description (config.json) and the weights belong to different models, or the file is cut.
                """)
        let misshapen = #expect(throws: CheckpointError.self) {
            try unet.parameter(at: "conv_in.weight", shape: [4, 9, 3, 3], initializer: .zeros)
        }
        #expect(
            misshapen?.description == """
                `sd1.safetensors`: `conv_in.weight` of the unet has shape [4, 4, 3, 3] (stored as \
                `model.diffusion_model.input_blocks.0.0.weight`); this network needs [4, 9, 3, 3].
                  → The description (config.json) and the weights belong to different models.
                """)
    }
}
