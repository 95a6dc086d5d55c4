import Diagnostics
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Checkpoints

@Suite struct ConversionTests {
    /// Every tensor of a model, stored as it is.
    private func content(_ model: ModelFiles) throws -> [String: [UInt8]] {
        var content: [String: [UInt8]] = [:]
        for part in model.parts {
            let tensors = try model.component(part).tensors
            for name in tensors.names {
                let place = try #require(tensors.places[name])
                content["\(part.rawValue)/\(name)"] = try tensors.tensor(at: place).bytes()
            }
        }
        return content
    }

    @Test(arguments: [
        "sd1", "sdxl", "sd1.safetensors", "sd1.ckpt", "sd2.safetensors", "sdxl.safetensors",
        "sdxl-refiner.safetensors",
    ])
    func nothingIsLostOnTheWay(name: String) throws {
        let folder = try TemporaryFolder()
        let model = try ModelFiles(opening: fixtureModel(name), weightType: nil)
        let expected = try content(model)
        let (single, whole) = (folder.appending("x.safetensors"), folder.appending("folder"))
        try model.writeSingleFile(to: single)
        try model.writeFolder(to: whole)
        for url in [single, whole] {
            let back = try ModelFiles(opening: url, weightType: nil)
            #expect(back.family == model.family && back.parts == model.parts, "\(url.lastPathComponent)")
            #expect(try content(back) == expected, "\(url.lastPathComponent)")
        }
        let back = try ModelFiles(opening: whole)
        for part in model.parts { #expect(try back.configuration(of: part) == model.configuration(of: part)) }
        #expect(back.scheduler == model.scheduler && back.isWhole)
        #expect(try back.paddingToken(of: 1) == model.paddingToken(of: 1))
    }

    @Test func theSingleFileHasTheOriginalNames() throws {
        let folder = try TemporaryFolder()
        for name in ["sd1", "sd2", "sdxl", "sdxl-refiner"] {
            let original = try SafetensorsFile(contentsOf: fixtureModel("\(name).safetensors"))
            let url = folder.appending("x.safetensors")
            try ModelFiles(opening: original.url, weightType: nil).writeSingleFile(to: url)
            let written = try SafetensorsFile(contentsOf: url)
            for entry in written.entries {
                let source = try original.entry(named: entry.name)
                #expect(entry.shape == source.shape && entry.type == source.type, "\(entry.name)")
                #expect(
                    try written.withBytes(of: entry) { Array($0) }
                        == original.withBytes(of: source) { Array($0) },
                    "\(entry.name)")
            }
            // Only what no network uses is gone.
            let gone = Set(original.names).subtracting(written.names)
            #expect(
                gone.allSatisfy {
                    $0.hasSuffix("position_ids") || $0.hasSuffix("logit_scale") || name == "sd2"
                }, "\(gone.sorted())")
        }
    }

    @Test func whatASingleFileCannotSayIsSaid() throws {
        let folder = try TemporaryFolder()
        let losses = try ModelFiles(opening: fixtureModel("sd1")).writeSingleFile(
            to: folder.appending("x.safetensors"))
        #expect(losses.contains("the unet has norm_num_groups 2; readers of a single file assume 32"))
        #expect(
            try ModelFiles(opening: fixtureModel("sd1.safetensors"))
                .writeSingleFile(to: folder.appending("y.safetensors")) == [])
    }

    @Test func adaptersAreMergedAndTypesChanged() throws {
        let folder = try TemporaryFolder()
        let adapter = try AdapterFile(
            opening: #require(Bundle.module.resourceURL).appending(
                path: "Fixtures/adapters/kohya.safetensors"))
        let model = try ModelFiles(opening: fixtureModel("sd1")).adding(adapter, scale: 1)
        try model.writeFolder(to: folder.appending("merged"), as: .float32)
        let back = try ModelFiles(opening: folder.appending("merged"), weightType: nil)
        let path = ParameterPath("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight")
        func weight(_ model: ModelFiles) throws -> Tensor {
            try model.parameters(of: .unet).parameter(at: path, shape: [4, 4], initializer: .zeros)
        }
        #expect(try weight(back).dtype == .float32)
        try expectClose(weight(back), weight(model), .of(.uint8))
        // Where no type is asked for, it is the stored one.
        try model.writeSingleFile(to: folder.appending("merged.safetensors"))
        let single = try ModelFiles(opening: folder.appending("merged.safetensors"), weightType: nil)
        try expectClose(weight(single), weight(model).to(.float16), .of(.uint8))
    }

    @Test func aFailedWriteLeavesTheOldFolder() throws {
        let folder = try TemporaryFolder()
        let url = folder.appending("model")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try Data("old".utf8).write(to: url.appending(path: "note"))
        // A tokenizer that cannot be read fails when the weights are written already.
        let broken = folder.appending("broken")
        try FileManager.default.copyItem(at: fixtureModel("sd1"), to: broken)
        try Data("{".utf8).write(to: broken.appending(path: "tokenizer/tokenizer.json"))
        #expect(throws: CheckpointError.self) { try ModelFiles(opening: broken).writeFolder(to: url) }
        #expect(try String(contentsOf: url.appending(path: "note"), encoding: .utf8) == "old")
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder.url.path)) == ["model", "broken"])
    }
}
