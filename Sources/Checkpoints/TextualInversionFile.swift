public import Foundation
public import Tensors
import WeightFiles

/// Learned words (textual inversion): rows that are added to the token table of a text encoder.
///
/// Read are the forms of AUTOMATIC1111 (`.pt`, and safetensors with `emb_params`), those of diffusers (a token's name with
/// its rows), and those of XL (`clip_l` and `clip_g`).
public struct TextualInversionFile: Sendable {
    /// The file.
    public let url: URL
    /// The words, sorted.
    public var tokens: [String] { rows.keys.sorted() }

    /// The rows of each word, with the text encoder that they are for where the file says so.
    private let rows: [String: [(part: ModelPart?, rows: Tensor)]]

    /// The most rows that one word may have: more than a prompt has room for.
    static let mostRows = 256

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - token: The word to use, where the file holds one; nil takes what the file says, else the file's name.
    /// - Throws: `WeightFileError`, and `CheckpointError.notAnEmbedding`.
    public init(opening url: URL, token: String? = nil) throws {
        try self.init(WeightFileFormat.open(url), token: token)
    }

    init(_ file: any WeightFile, token: String?) throws {
        let stem = file.url.deletingPathExtension().lastPathComponent
        let named = token ?? file.metadata["name"] ?? stem
        func refused() -> CheckpointError {
            .notAnEmbedding(file: file.url, sampleNames: Array(file.names.sorted().prefix(3)))
        }
        var rows: [String: [(part: ModelPart?, rows: Tensor)]] = [:]
        for entry in file.entries {
            // The word's number in the vocabulary that it was learned with has no meaning elsewhere.
            if entry.name.hasPrefix("string_to_token.") { continue }
            guard let (own, part) = Self.meaning(of: entry.name) else { throw refused() }
            guard let dtype = DType(entry.type), dtype.isFloatingPoint, (1...2).contains(entry.shape.count),
                let width = entry.shape.last, width > 0, entry.elementCount > 0,
                entry.elementCount / width <= Self.mostRows
            else { throw refused() }
            let tensor = try file.bytes(of: entry).withBytes {
                try Tensor(bytes: $0, shape: entry.shape, dtype: dtype)
            }
            rows[own ?? named, default: []].append(
                (part, try tensor.to(.float32).reshaped(entry.elementCount / width, width)))
        }
        guard !rows.isEmpty else { throw refused() }
        if let token, rows.count == 1, let only = rows.values.first { rows = [token: only] }
        url = file.url
        self.rows = rows
    }

    /// Which word a tensor is for (nil: the file's one word) and which text encoder, by its name; nil for what is no row.
    private static func meaning(of name: String) -> (token: String?, part: ModelPart?)? {
        switch name {
        case "emb_params", "tensor": return (nil, nil)
        case "clip_l": return (nil, .textEncoder)
        case "clip_g": return (nil, .textEncoder2)
        default: break
        }
        for prefix in ["string_to_param._parameters.", "string_to_param."] where name.hasPrefix(prefix) {
            return (nil, nil)
        }
        // What diffusers writes is the word itself; a weight of a network has a dotted name.
        return name.contains(".") ? nil : (name, nil)
    }

    /// The rows of a word for a text encoder.
    ///
    /// - Parameters:
    ///   - token: One of `tokens`.
    ///   - part: The text encoder.
    ///   - width: How wide its token table is.
    /// - Returns: `[rows, width]` in single precision.
    /// - Throws: `CheckpointError.embeddingMismatch` when there are none of that width.
    public func rows(of token: String, for part: ModelPart, width: Int) throws -> Tensor {
        let all = rows[token] ?? []
        guard let found = all.first(where: { ($0.part ?? part) == part && $0.rows.size(1) == width }) else {
            throw CheckpointError.embeddingMismatch(
                token, part: part, expected: width, found: all.map { $0.rows.size(1) }, file: url)
        }
        return found.rows
    }

    /// The number of rows and their width, for each text encoder that a word has rows for.
    public func shapes(of token: String) -> [[Int]] { (rows[token] ?? []).map(\.rows.shape) }
}
