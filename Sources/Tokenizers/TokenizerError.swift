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
    /// Two pieces have one id.
    case repeatedID(Int, first: String, second: String)
    /// A file of a tokenizer is not what it should be, from this byte on.
    case malformed(file: String, offset: Int, expected: String)
    /// A line of a merges.txt is not two pieces with a space between them.
    case malformedRule(line: Int)
    /// A rule joins or makes a piece that the vocabulary does not have.
    case unknownRulePart(String, rule: String, number: Int)
    /// A setting of a tokenizer asks for something that Darkroom does not do.
    case unsupportedSetting(String, found: String, supported: String)
    /// A folder has none of the files that a tokenizer is read from.
    case noTokenizer(URL)
    /// A token that was to be added cannot be.
    case unusableToken(String, reason: String)

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
        case .repeatedID(let id, let first, let second):
            "the vocabulary has the id \(id) twice, for \"\(first)\" and \"\(second)\""
        case .malformed(let file, let offset, let expected): "\(file), byte \(offset): expected \(expected)"
        case .malformedRule(let line):
            "merges.txt, line \(line): expected two pieces with one space between them"
        case .unknownRulePart(let piece, let rule, let number):
            "rule \(number) of the merges, \"\(rule)\", needs \"\(piece)\", which the vocabulary does not have"
        case .unsupportedSetting(let name, let found, let supported):
            "the tokenizer's settings ask for \(name) = \(found); Darkroom does \(supported)"
        case .noTokenizer(let url):
            "\(url.path(percentEncoded: false)): no tokenizer.json, and no vocab.json with merges.txt"
        case .unusableToken(let token, let reason): "the token \"\(token)\" cannot be added: \(reason)"
        }
    }

    /// What to do about it, best first.
    public var advice: [String] {
        switch self {
        case .unreadable:
            ["look at the path and at who may read it; the file is usually called vocab.txt or vocab.json"]
        case .notText, .emptyPiece:
            ["give the vocab.txt of a WordPiece model: one piece a line, no empty lines"]
        case .missingPiece("[PAD]", _), .missingPiece("[UNK]", _):
            ["give the vocabulary of a BERT-like model; it begins with [PAD] and has [UNK]"]
        case .missingPiece:
            ["give the vocab.json that the model was trained with; it may have been cut short"]
        case .repeatedPiece:
            ["remove one of the two; ids are line numbers, so put another piece in its place"]
        case .repeatedID, .malformed, .malformedRule:
            ["fetch the file again: it is damaged, or not the tokenizer of a CLIP text encoder"]
        case .unknownRulePart:
            ["take vocab.json and merges.txt from the same model", "fetch both again: one may be cut short"]
        case .unsupportedSetting:
            ["remove the setting from tokenizer_config.json if the model does not need it"]
        case .noTokenizer: ["fetch the model's tokenizer folder again; it is small"]
        case .unusableToken: ["give it another name, such as <my-token>"]
        }
    }
}
