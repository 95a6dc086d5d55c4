public import Diagnostics
public import Foundation

/// Says why a vocabulary cannot be used.
public enum TokenizerError: ActionableError, Equatable {
    /// The vocabulary file cannot be read.
    case unreadable(URL)
    /// The vocabulary file is not text in UTF-8.
    case notText(URL)
    /// A piece that every vocabulary needs is missing.
    case missingPiece(String, count: Int)
    /// A piece stands in the vocabulary twice.
    case repeatedPiece(String, first: Int, second: Int)
    /// A piece has no characters.
    case emptyPiece(id: Int)

    /// One sentence: which piece or file, what was expected, what was found.
    public var summary: String {
        switch self {
        case .unreadable(let url): "\(url.path(percentEncoded: false)): the vocabulary cannot be read"
        case .notText(let url):
            "\(url.path(percentEncoded: false)): expected a vocabulary in UTF-8, one piece a line, found other bytes"
        case .missingPiece(let piece, let count):
            "the vocabulary of \(count) pieces has no \"\(piece)\""
        case .repeatedPiece(let piece, let first, let second):
            "the vocabulary has \"\(piece)\" twice, with the ids \(first) and \(second)"
        case .emptyPiece(let id): "the vocabulary's piece with the id \(id) is empty"
        }
    }

    /// What to do about it, best first.
    public var advice: [String] {
        switch self {
        case .unreadable: ["look at the path; the file is usually called vocab.txt"]
        case .notText, .emptyPiece:
            ["give the vocab.txt of a WordPiece model: one piece a line, no empty lines"]
        case .missingPiece: ["give the vocabulary of a BERT-like model; it begins with [PAD] and has [UNK]"]
        case .repeatedPiece:
            ["remove one of the two; ids are line numbers, so put another piece in its place"]
        }
    }
}
