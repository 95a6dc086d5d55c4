import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Checkpoints

@Suite struct AdapterWriterTests {
    private static let shapes: [(path: String, shape: [Int])] = [
        ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q", [4, 4]),
        ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0", [4, 4]),
        ("down_blocks.0.attentions.0.proj_in", [4, 4, 1, 1]),
        ("down_blocks.0.resnets.0.conv1", [4, 4, 3, 3]),
    ]

    private func adapter() throws -> AdapterToWrite {
        var random = try RandomStream(seed: 4)
        return AdapterToWrite(
            modules: try Self.shapes.map { path, shape in
                .init(
                    part: .unet, path: path, down: try random.normal([2] + shape.dropFirst()).squeezed(0),
                    up: try random.normal([shape[0], 2] + shape.dropFirst(2).map { _ in 1 }).squeezed(0))
            }, rank: 2, alpha: 5, metadata: ["name": "test"])
    }

    @Test(arguments: [AdapterStyle.kohya, .diffusers, .peft])
    func whatWasWrittenIsAddedAgain(style: AdapterStyle) throws {
        let folder = try TemporaryFolder()
        let url = folder.appending(AdapterToWrite.name(style))
        let written = try adapter()
        try written.write(to: url, style)
        let plain = try ModelFiles(opening: fixtureModel("sd1"))
        let model = try plain.adding(AdapterFile(opening: url), scale: 0.5)
        for (module, (path, shape)) in zip(written.modules, Self.shapes) {
            func weight(_ files: ModelFiles) throws -> Tensor {
                try files.parameters(of: .unet).parameter(
                    at: ParameterPath(path + ".weight"), shape: shape, initializer: .zeros)
            }
            let product = try module.up.reshaped(shape[0], 2)
                .matmul(module.down.reshaped(2, module.down.count / 2)).reshaped(to: shape)
            try expectClose(weight(model), weight(plain) + product * (0.5 * 5 / 2))
        }
    }

    @Test func namesAreThoseOfTheWorld() throws {
        let folder = try TemporaryFolder()
        func names(_ style: AdapterStyle, _ file: String) throws -> [String] {
            try adapter().write(to: folder.appending(AdapterToWrite.name(style)), style)
            return try Checkpoint(opening: folder.appending(file)).file.names.sorted()
        }
        let module = "down_blocks_0_attentions_0_proj_in"
        #expect(
            try names(.kohya, "adapter.safetensors").prefix(3) == [
                "lora_unet_\(module).alpha", "lora_unet_\(module).lora_down.weight",
                "lora_unet_\(module).lora_up.weight",
            ])
        #expect(
            try names(.diffusers, "adapter.safetensors").first
                == "unet.down_blocks.0.attentions.0.proj_in.lora_A.weight")
        #expect(
            try names(.peft, "adapter/adapter_model.safetensors").first
                == "base_model.model.down_blocks.0.attentions.0.proj_in.lora_A.weight")
        let settings = try JSONFile.object(folder.appending("adapter/adapter_config.json"))
        #expect(settings["r"] as? Int == 2 && settings["lora_alpha"] as? Double == 5)
        #expect(settings["peft_type"] as? String == "LORA")
        #expect(settings["target_modules"] as? [String] == Self.shapes.map(\.path))
    }

    @Test func settingsFindTextEncodersOfOldAndNewLibraries() throws {
        let folder = try TemporaryFolder()
        let url = folder.appending("adapter.safetensors")
        let one = try Tensor.full([2, 2], 1)
        let path = "text_model.encoder.layers.0.self_attn.q_proj"
        try AdapterToWrite(
            modules: [.init(part: .textEncoder, path: path, down: one, up: one)], rank: 2, alpha: 4
        ).write(to: url, .diffusers)
        let file = try Checkpoint(opening: url).file
        #expect(file.names.sorted().first == "text_encoder.\(path).lora_A.weight")
        let text = try #require(file.metadata["lora_adapter_metadata"])
        let settings = try JSONFile.object(Data(text.utf8), named: url)
        #expect(
            settings["text_encoder.target_modules"] as? [String] == ["encoder.layers.0.self_attn.q_proj"])
        #expect(settings["text_encoder.lora_alpha"] as? Double == 4)
    }

    @Test func stylesRefuseWhatTheyHaveNoNamesFor() throws {
        let one = try Tensor.full([2, 2], 1)
        let own = AdapterToWrite(
            modules: [.init(part: nil, path: "unet.middle.attention.query", down: one, up: one)], rank: 2,
            alpha: 2)
        let both = AdapterToWrite(
            modules: [
                .init(part: .unet, path: "a", down: one, up: one),
                .init(part: .textEncoder, path: "b", down: one, up: one),
            ], rank: 2, alpha: 2)
        let url = URL(filePath: "/nowhere/adapter.safetensors")
        for (adapter, style, word) in [
            (own, AdapterStyle.kohya, "PEFT"), (both, .peft, "text_encoder and unet"),
        ] {
            let error = #expect(throws: CheckpointError.self) { try adapter.write(to: url, style) }
            #expect(error?.summary.contains(word) == true, "\(String(describing: error))")
        }
    }
}
