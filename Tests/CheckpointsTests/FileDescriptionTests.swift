import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct FileDescriptionTests {
    private func fixture(_ path: String) throws -> FileDescription {
        try FileDescription(of: #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(path)"))
    }

    @Test func modelsAreDescribed() throws {
        for (path, format, family, parts) in [
            ("models/sd1", "folder", ModelFamily.stableDiffusion1, 3),
            ("models/sd1.ckpt", "torch", .stableDiffusion1, 3),
            ("models/sd1-old", "folder", .stableDiffusion1, 3),
            ("models/sd2.safetensors", "safetensors", .stableDiffusion2, 3),
            ("models/sdxl", "folder", .stableDiffusionXL, 4),
            ("models/sdxl-refiner.safetensors", "safetensors", .stableDiffusionXLRefiner, 3),
        ] {
            let found = try fixture(path)
            #expect(found.kind == .model && found.format == format && found.family == family, "\(path)")
            #expect(found.parts.count == parts && found.inputChannels == 4 && found.bytes > 10_000, "\(path)")
            #expect(found.prediction == (family == .stableDiffusion2 ? "v_prediction" : "epsilon"), "\(path)")
            #expect(found.parts.allSatisfy { $0.isGuessed == (format != "folder") }, "\(path)")
        }
        let unet = try #require(try fixture("models/sd1").parts.first { $0.name == "unet" })
        let expected = try #require(try FoundByReference("folder").parts[.unet]).reduce(0) {
            $0 + $1.shape.reduce(1, *)
        }
        #expect(unet.parameters == expected && unet.types == ["F16"])
    }

    @Test func everythingElseIsDescribed() throws {
        let shards = try fixture("models/shards")
        #expect(shards.kind == .component && shards.parts.first?.files.count == 2)
        #expect(try fixture("models/sd1/vae/diffusion_pytorch_model.safetensors").kind == .component)
        for name in AdapterTests.names {
            let found = try fixture("adapters/" + (name == "peft-folder" ? name : name + ".safetensors"))
            #expect(found.kind == .adapter && found.ranks == [2] && (found.places ?? 0) >= 5, "\(name)")
        }
        #expect(try fixture("adapters/webui.pt").tokens == ["mood"])
        #expect(try fixture("adapters/mood-xl.safetensors").kind == .embedding)
        let folder = try TemporaryFolder()
        let url = folder.appending("x.safetensors")
        try CheckpointWriter.write([("a.weight", .ones([2])), ("b.weight", .ones([2]))], to: url)
        let other = try FileDescription(of: url)
        #expect(
            other.kind == .tensors && other.sampleNames == ["a.weight", "b.weight"] && other.tensors == 2)
        let text = try JSONEncoder().encode(other)
        #expect(try JSONDecoder().decode(FileDescription.self, from: text) == other)
        #expect(throws: CheckpointError.self) { try FileDescription(of: folder.appending("nothing")) }
    }
}
