public import Foundation
public import Layers
public import Tensors
import WeightFiles

/// A Darkroom model in one safetensors file: averaged weights, word-piece vectors, vocabulary and recipe.
///
/// Matrices are stored as F16, vectors as F32, kernels and the word-piece table as one byte a number with a scale a
/// row. Everything that drawing needs at run time is inside.
public struct DarkroomModelFile: Sendable {
    /// The metadata key and value by which the format is known.
    public static let format = (key: "format", value: "darkroom-1")
    /// Where the weights stand among the tensors.
    static let prefix = "model."

    /// The file.
    public let url: URL
    /// The metadata: `name`, `recipe` (JSON), `images_seen`, `licence`, and whatever the trainer noted.
    public let metadata: [String: String]
    /// The training recipe as JSON.
    public let recipe: String
    /// The word pieces in the order of their ids.
    public let vocabulary: [String]
    /// The type that matrices and kernels are given in.
    let weightType: DType
    private let checkpoint: Checkpoint

    /// Opens a model whose matrices and kernels are given as `weightType`; reads its header and vocabulary only.
    /// - Throws: `WeightFileError` when the file is not sound, `CheckpointError` when it is not a Darkroom model.
    public init(opening url: URL, weightType: DType) throws {
        (self.url, self.weightType) = (url, weightType)
        checkpoint = try Checkpoint(opening: url, weightType: weightType, prefix: Self.prefix)
        metadata = checkpoint.file.metadata
        guard metadata[Self.format.key] == Self.format.value else {
            throw CheckpointError.notADarkroomModel(
                file: url, sampleNames: Array(checkpoint.file.names.prefix(3)))
        }
        guard let recipe = metadata["recipe"] else {
            throw CheckpointError.badDescription("recipe", reason: "the metadata has no `recipe`.", file: url)
        }
        self.recipe = recipe
        let bytes = try checkpoint.tensor(named: "vocabulary").values(as: UInt8.self)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CheckpointError.badDescription("vocabulary", reason: "it is not UTF-8 text.", file: url)
        }
        // By scalars: to `Character` a carriage return and the newline after it are one.
        vocabulary = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0)
        }
    }

    /// True for a file that says it is a Darkroom model; nothing but its header is read.
    public static func isOne(_ url: URL) -> Bool {
        (try? SafetensorsFile(contentsOf: url))?.metadata[format.key] == format.value
    }

    /// The weights as a source of parameters.
    public var weights: any ParameterSource & Sendable { checkpoint }

    /// The names of the trained parameters.
    var parameterNames: Set<Substring> {
        Set(
            checkpoint.file.names.filter {
                $0.hasPrefix(Self.prefix) && !$0.hasSuffix(RowQuantization.scales)
            }
            .map { name in
                let inner = name.dropFirst(Self.prefix.count)
                return inner.hasSuffix(RowQuantization.bytes)
                    ? inner.dropLast(RowQuantization.bytes.count) : inner
            })
    }

    /// The shape of a parameter, nil when the model has none of that name.
    func shape(of name: String) -> [Int]? {
        let stored = Self.prefix + name
        return [stored, stored + RowQuantization.bytes].lazy
            .compactMap { try? checkpoint.file.entry(named: $0).shape }.first
    }

    /// The word-piece table, `[pieces, width]` signed bytes and `[pieces, 1]` scales.
    /// - Throws: `CheckpointError` when it is missing or does not fit the vocabulary.
    public func vectors() throws -> (quantized: Tensor, scale: Tensor) {
        let quantized = try checkpoint.tensor(named: "vectors.quantized")
        guard quantized.rank == 2, quantized.size(0) == vocabulary.count else {
            throw CheckpointError.shapeMismatch(
                "vectors.quantized", expected: [vocabulary.count, max(1, quantized.size(-1))],
                found: quantized.shape, file: url)
        }
        return (quantized, try checkpoint.tensor(named: "vectors.scale", shape: [vocabulary.count, 1]))
    }

    /// Number of trained parameters.
    public var parameterCount: Int {
        checkpoint.file.entries
            .filter { $0.name.hasPrefix(Self.prefix) && !$0.name.hasSuffix(RowQuantization.scales) }
            .reduce(0) { $0 + $1.elementCount }
    }

    /// Writes a model, whole or not at all.
    /// - Throws: what writing throws.
    public static func write(
        parameters: [(name: String, tensor: Tensor)], vectors: (quantized: Tensor, scale: Tensor),
        vocabulary: [String], recipe: String, metadata: [String: String], to url: URL
    ) throws {
        let text = Array(vocabulary.joined(separator: "\n").utf8)
        let words = try Tensor(text, shape: [text.count])
        let extra = [
            (name: "vectors.quantized", tensor: vectors.quantized),
            (name: "vectors.scale", tensor: vectors.scale),
            (name: "vocabulary", tensor: words),
        ]
        var weights: [(name: String, tensor: Tensor)] = []
        for (name, tensor) in parameters {
            guard RowQuantization.pays(for: tensor) else {
                weights.append((prefix + name, tensor))
                continue
            }
            let (bytes, scale) = try RowQuantization.quantize(tensor)
            weights.append((prefix + name + RowQuantization.bytes, bytes))
            weights.append((prefix + name + RowQuantization.scales, scale))
        }
        let noted = metadata.merging(["recipe": recipe, format.key: format.value]) { _, new in new }
        try CheckpointWriter.write(
            weights + extra, metadata: noted,
            as: { $0.hasPrefix(prefix) && $1.rank > 1 && $1.dtype == .float32 ? .float16 : nil }, to: url)
    }
}
