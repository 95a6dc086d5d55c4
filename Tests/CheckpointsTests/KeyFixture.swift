import Checkpoints
import Foundation
import Testing
import WeightFiles

/// What the reference calls every tensor of a family's single file: `Fixtures/keys/NAME.txt`, made by `keys.py`.
struct KeyFixture {
    struct Line {
        var part: ModelPart
        var stored: String
        var shape: [Int]
        var inner: String
        var change: String

        /// The shape of the inner tensor.
        var innerShape: [Int] {
            switch change {
            case "t": shape.reversed()
            case "k": Array(shape[..<2])
            case "0", "1", "2": [shape[0] / 3] + shape.dropFirst()
            default: shape
            }
        }
    }

    let lines: [Line]

    init(_ name: String) throws {
        let url = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/keys/\(name).txt")
        var above = ("", "")
        lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { text in
            let words = text.split(separator: " ", omittingEmptySubsequences: false)
            let stored = above.0.prefix(try #require(Int(words[1]))) + words[2]
            let inner = above.1.prefix(try #require(Int(words[4]))) + words[5]
            above = (String(stored), String(inner))
            return Line(
                part: try #require(ModelPart(rawValue: String(words[0]))), stored: above.0,
                shape: words[3].split(separator: "x").compactMap { Int($0) }, inner: above.1,
                change: words.count > 6 ? String(words[6]) : "")
        }
    }

    /// The single file without its numbers.
    func file(adding extra: [String] = []) -> NamesOnly {
        var shapes = Dictionary(lines.map { ($0.stored, $0.shape) }, uniquingKeysWith: { first, _ in first })
        for name in extra { shapes[name] = [1] }
        return NamesOnly(shapes)
    }
}

/// A file that has names and shapes and nothing else.
struct NamesOnly: WeightFile {
    let url = URL(filePath: "/m/model.safetensors")
    var metadata: [String: String] = [:]
    let entries: [TensorEntry]

    init(_ shapes: [String: [Int]]) {
        entries = shapes.sorted { $0.key < $1.key }.map {
            TensorEntry(name: $0.key, type: .float16, shape: $0.value, byteRange: 0..<0)
        }
    }
    func contains(_ name: String) -> Bool { entries.contains { $0.name == name } }
    func entry(named name: String) throws(WeightFileError) -> TensorEntry {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw .missingTensor(url, name: name, nearest: [])
        }
        return entry
    }
    func bytes(of entry: TensorEntry) throws(WeightFileError) -> MappedBytes {
        throw .missingTensor(url, name: entry.name, nearest: [])
    }
}
