public import Checkpoints
public import Foundation
public import Networks
import Tensors
public import Tokenizers

/// What a model reads with: word pieces and their vectors.
public struct Vocabulary: Sendable {
    /// The word pieces in the order of their ids.
    public let pieces: [String]
    /// Their vectors.
    public let vectors: WordVectors
    /// Turns captions into ids.
    public let tokenizer: WordPieceTokenizer

    /// A vocabulary from its parts.
    /// - Throws: `TokenizerError` when the pieces are not a WordPiece vocabulary.
    public init(pieces: [String], vectors: WordVectors) throws {
        (self.pieces, self.vectors) = (pieces, vectors)
        tokenizer = try WordPieceTokenizer(vocabulary: pieces)
    }

    /// Reads the folder that bootstrap filled: `vocab.txt` and `model.safetensors` of the MiniLM sentence encoder.
    /// - Throws: `TrainingError.unreadable`, `WeightFileError` or `CheckpointError` when a file is missing or unsound.
    public init(miniLM folder: URL) throws {
        let list = folder.appending(path: "vocab.txt")
        let text: String
        do { text = try String(contentsOf: list, encoding: .utf8) } catch {
            throw TrainingError.unreadable(
                file: list, reason: "\(error.localizedDescription) Run `make bootstrap`.")
        }
        let pieces = text.split(separator: "\n").map(String.init)
        let weights = try Checkpoint(opening: folder.appending(path: "model.safetensors"))
        let table = try weights.tensor(named: "embeddings.word_embeddings.weight").to(.float32)
        try self.init(pieces: pieces, vectors: WordVectors(quantizing: table))
    }

    /// Takes the words of a finished model.
    /// - Throws: `CheckpointError` when they do not fit each other.
    public init(of model: DarkroomModelFile) throws {
        let (quantized, scale) = try model.vectors()
        try self.init(pieces: model.vocabulary, vectors: WordVectors(quantized: quantized, scale: scale))
    }
}
