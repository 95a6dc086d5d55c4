import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Checkpoints

@Suite struct TextualInversionTests {
    private func file(_ name: String, token: String? = nil) throws -> TextualInversionFile {
        try TextualInversionFile(
            opening: #require(Bundle.module.resourceURL).appending(path: "Fixtures/adapters/\(name)"),
            token: token)
    }

    @Test(arguments: ["webui.pt", "webui-old.pt", "mood.safetensors"])
    func oneWord(name: String) throws {
        let words = try file(name)
        #expect(words.tokens == ["mood"])
        try expectClose(words.rows(of: "mood", for: .textEncoder, width: 6), .range(to: 12).reshaped(2, 6))
        #expect(try file(name, token: "<my>").tokens == ["<my>"])
        let error = #expect(throws: CheckpointError.self) {
            try words.rows(of: "mood", for: .textEncoder, width: 8)
        }
        #expect(error?.summary == "`\(name)`: the rows of `mood` are [6] wide; the text_encoder needs 8.")
    }

    @Test func severalWords() throws {
        let words = try file("learned_embeds.bin")
        #expect(words.tokens == ["<mood>", "<tone>"])
        #expect(words.shapes(of: "<mood>") == [[1, 6]] && words.shapes(of: "<tone>") == [[2, 6]])
        #expect(try file("learned_embeds.bin", token: "x").tokens == ["<mood>", "<tone>"])
    }

    @Test func bothEncodersOfXL() throws {
        let words = try file("mood-xl.safetensors")
        #expect(words.tokens == ["mood-xl"])
        #expect(try words.rows(of: "mood-xl", for: .textEncoder, width: 6).shape == [2, 6])
        #expect(try words.rows(of: "mood-xl", for: .textEncoder2, width: 8).shape == [2, 8])
        #expect(throws: CheckpointError.self) { try words.rows(of: "mood-xl", for: .textEncoder, width: 8) }
    }

    @Test func otherFilesAreRefused() throws {
        for name in ["sd1.safetensors", "sd1.ckpt"] {
            let error = #expect(throws: CheckpointError.self) {
                try TextualInversionFile(opening: fixtureModel(name))
            }
            #expect(
                error?.summary.contains("expected learned words (textual inversion), found tensors") == true)
        }
        let folder = try TemporaryFolder()
        let url = folder.appending("x.safetensors")
        for tensor in [try Tensor.ones([300, 4]), try .ones([0, 4]), try .ones([2, 2, 2]), try .ones([])] {
            try CheckpointWriter.write([("<x>", tensor)], to: url)
            #expect(throws: CheckpointError.self) { try TextualInversionFile(opening: url) }
        }
    }
}
