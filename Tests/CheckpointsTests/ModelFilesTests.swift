import Checkpoints
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

/// A model of the fixtures: a folder as the reference writes it.
func fixtureModel(_ name: String) throws -> URL {
    try #require(Bundle.module.resourceURL).appending(path: "Fixtures/models/\(name)")
}

@Suite struct ModelFilesTests {
    @Test func aPlainFolderOpens() throws {
        let url = try fixtureModel("sd1")
        let model = try ModelFiles(opening: url)
        #expect(model.family == .stableDiffusion1)
        #expect(model.parts == [.textEncoder, .unet, .autoencoder])
        for part in model.parts {
            let config =
                try JSONSerialization.jsonObject(with: model.configuration(of: part)) as? [String: Any]
            #expect(config?.isEmpty == false)
        }
        let weights = try SafetensorsFile(
            contentsOf: url.appending(path: "unet/diffusion_pytorch_model.safetensors"))
        for (weightType, dtype) in [(nil, DType.float16), (DType.float32, .float32), (.bfloat16, .bfloat16)] {
            let source = try ModelFiles(opening: url, weightType: weightType).parameters(of: .unet)
            for entry in weights.entries {
                let found = try source.parameter(
                    at: ParameterPath(entry.name), shape: entry.shape, initializer: .zeros)
                #expect(found.dtype == (entry.shape.count > 1 ? dtype : .float32))
                let expected = try Checkpoint(opening: weights.url, weightType: nil).tensor(named: entry.name)
                try expectClose(
                    found.to(.float32), expected.to(found.dtype).to(.float32), .of(.uint8), entry.name)
            }
        }
        #expect(try model.tokenizerFiles(of: 1) != nil)
        #expect(try model.paddingToken(of: 1) == "<|endoftext|>")
        let text = try model.parameters(of: .textEncoder)
        let bias = try text.parameter(at: "text_model.final_layer_norm.bias", shape: [6], initializer: .zeros)
        #expect(bias.count == 6)
    }
}
