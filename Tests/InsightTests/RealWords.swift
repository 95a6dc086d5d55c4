import Foundation
import Insight
import Tensors
import WeightFiles

/// The word-piece vectors that `Scripts/bootstrap` brings, when they are there.
enum RealWords {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".deps/minilm")

    static var arePresent: Bool {
        ["model.safetensors", "vocab.txt"].allSatisfy {
            FileManager.default.fileExists(atPath: folder.appending(path: $0).path)
        }
    }

    static func space() throws -> WordSpace {
        let file = try SafetensorsFile(contentsOf: folder.appending(path: "model.safetensors"))
        let entry = try file.entry(named: "embeddings.word_embeddings.weight")
        let table = try file.withBytes(of: entry) {
            try Tensor(bytes: $0, shape: entry.shape, dtype: .float32)
        }
        let text = try String(contentsOf: folder.appending(path: "vocab.txt"), encoding: .utf8)
        var words = text.components(separatedBy: "\n")
        if words.last == "" { words.removeLast() }
        return try WordSpace(table: table, words: words)
    }
}
