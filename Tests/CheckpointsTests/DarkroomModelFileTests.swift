import Checkpoints
import Diagnostics
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@Suite struct DarkroomModelFileTests {
    private let folder: TemporaryFolder
    private let url: URL
    /// Pieces that split badly when text is taken for characters: a carriage return, a lone accent, an emoji.
    private static let vocabulary = ["[PAD]", "red", "\r", "\u{301}", "👩\u{200d}🚀", "", "##ed"]

    init() throws {
        folder = try TemporaryFolder()
        url = folder.appending("model.safetensors")
    }

    private static func vectors(_ count: Int = vocabulary.count) throws -> (quantized: Tensor, scale: Tensor)
    {
        let bytes = (0..<count * 3).map { Int8(truncatingIfNeeded: $0 * 11 - 100) }
        let scales = (0..<count).map { Float($0) / 100 }
        return (try Tensor(bytes, shape: [count, 3]), try Tensor(scales, shape: [count, 1]))
    }
    private func write(
        vectors: (quantized: Tensor, scale: Tensor)? = nil, metadata: [String: String] = ["name": "first"]
    ) throws {
        let matrix = try Tensor([1, 2, 3, 0.333333333] as [Float], shape: [2, 2])
        try DarkroomModelFile.write(
            parameters: [("out.weight", matrix), ("out.bias", matrix.reshaped(4))],
            vectors: vectors ?? Self.vectors(), vocabulary: Self.vocabulary, recipe: "{\"seed\": 7}",
            metadata: metadata, to: url)
    }

    @Test func aModelTravelsWhole() throws {
        try write()
        let model = try DarkroomModelFile(opening: url, weightType: .bfloat16)
        #expect(model.url == url)
        #expect(model.recipe == "{\"seed\": 7}")
        #expect(model.vocabulary == Self.vocabulary)
        #expect(model.metadata["name"] == "first")
        #expect(model.metadata["format"] == "darkroom-1")
        #expect(model.parameterCount == 8)
        let (quantized, scale) = try model.vectors()
        #expect(quantized.dtype == .int8)
        #expect(try quantized.bytes() == Self.vectors().quantized.bytes())
        #expect(try scale.bytes() == Self.vectors().scale.bytes())
        let weight = try model.weights.parameter(at: "out.weight", shape: [2, 2], initializer: .zeros)
        #expect(weight.dtype == .bfloat16)
        let bias = try model.weights.parameter(at: "out.bias", shape: [4], initializer: .zeros)
        #expect(try bias.values(as: Float.self) == [1, 2, 3, 0.333333333])
        #expect(
            throws: CheckpointError.missingTensor(
                "model.out.biass", file: url, nearest: ["model.out.bias", "model.out.weight"])
        ) {
            try model.weights.parameter(at: "out.biass", shape: [4], initializer: .zeros)
        }
    }

    @Test func matricesAreHalfPrecisionAndVectorsAreNot() throws {
        try write()
        let file = try SafetensorsFile(contentsOf: url)
        func type(_ name: String) throws -> StoredType { try file.entry(named: name).type }
        #expect(try type("model.out.weight") == .float16)
        #expect(try type("model.out.bias") == .float32)
        #expect(try type("vectors.quantized") == .int8)
        #expect(try type("vectors.scale") == .float32)
        #expect(try type("vocabulary") == .uint8)
    }

    @Test func theFormatIsTheWritersToSay() throws {
        try write(metadata: ["format": "another", "recipe": "{}"])
        let model = try DarkroomModelFile(opening: url, weightType: .float32)
        #expect(model.metadata["format"] == "darkroom-1" && model.recipe == "{\"seed\": 7}")
    }

    /// Writes a file with these parts, and what opening it throws.
    private func errorOpening(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String]
    ) throws -> CheckpointError? {
        try CheckpointWriter.write(tensors, metadata: metadata, to: url)
        return #expect(throws: CheckpointError.self) {
            try DarkroomModelFile(opening: url, weightType: .float32)
        }
    }

    @Test func foreignAndDamagedFilesAreNamed() throws {
        let sound = ["format": "darkroom-1", "recipe": "{}"]
        let foreign = try errorOpening([("w1", .ones([1])), ("w2", .ones([1]))], metadata: ["format": "pt"])
        #expect(
            foreign?.description == """
                `model.safetensors`: expected a Darkroom model, found tensors such as w1, w2.
                  → Give the `model.safetensors` of a training run, or the name of a model that `darkroom models list` shows.
                """)
        let empty = try errorOpening([], metadata: [:])
        #expect(empty?.summary == "`model.safetensors`: expected a Darkroom model, found no tensors.")
        let noRecipe = try errorOpening(
            [("vocabulary", .ones([1], dtype: .uint8))], metadata: ["format": "darkroom-1"])
        #expect(
            noRecipe?.description == """
                `model.safetensors`: the model's recipe cannot be read: the metadata has no `recipe`.
                  → The file was written by another version or is damaged; export it again from its run.
                """)
        let noVocabulary = try errorOpening([("vocabulari", .ones([1]))], metadata: sound)
        #expect(noVocabulary == .missingTensor("vocabulary", file: url, nearest: ["vocabulari"]))
        let bytes = try Tensor([0xff, 0xfe] as [UInt8], shape: [2])
        let noText = try errorOpening([("vocabulary", bytes)], metadata: sound)
        #expect(
            noText?.summary
                == "`model.safetensors`: the model's vocabulary cannot be read: it is not UTF-8 text.")
        try Data(Data(contentsOf: url).dropLast()).write(to: url)
        #expect(throws: WeightFileError.self) { try DarkroomModelFile(opening: url, weightType: .float32) }
    }

    @Test func vectorsMustFitTheVocabulary() throws {
        let count = Self.vocabulary.count
        func error() throws -> CheckpointError? {
            let model = try DarkroomModelFile(opening: url, weightType: .float32)
            return #expect(throws: CheckpointError.self) { try model.vectors() }
        }
        try write(vectors: Self.vectors(count - 1))
        #expect(
            try error()
                == .shapeMismatch(
                    "vectors.quantized", expected: [count, 3], found: [count - 1, 3], file: url))
        try write(vectors: (Self.vectors().quantized, .ones([count])))
        #expect(
            try error() == .shapeMismatch("vectors.scale", expected: [count, 1], found: [count], file: url))
        try write(vectors: (.ones([count]), Self.vectors().scale))
        #expect(try error()?.summary.contains("`vectors.quantized` has shape [\(count)]") == true)
    }
}
