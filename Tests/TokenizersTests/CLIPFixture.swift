import Foundation
import Testing
import Tokenizers

/// What transformers' CLIPTokenizer answered; made by Scripts/make-fixtures/clip_tokenizer.py.
struct CLIPFixture: Decodable, Sendable {
    var vocabulary: String
    var chosen: [Fixture.Answer]
    var long: [Fixture.LongAnswer]
    var decoded: [Fixture.DecodedAnswer]
    var seed: UInt64
    var snippets: [String]
    /// Ranges of scalars; none for a piece of the vocabulary, nil for a snippet.
    var alphabets: [[[UInt32]]?]
    var drawn: String
    var drawnEach: Int
    var blocks: [Fixture.Block]
    var variants: [Variant]

    /// One set of settings beside the vocabulary.
    struct Variant: Decodable, Sendable {
        var name: String
        var files: [String: String]
        var saved: [String: String]
        /// Start, end and padding.
        var ids: [Int?]
        var added: [AddedAnswer]
        var length: Int
        var chosen: [[Int]]
        var hash: String
        var padded: [String]

        struct AddedAnswer: Decodable, Sendable {
            var text: String
            var id: Int
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                text = try list.decode(String.self)
                id = try list.decode(Int.self)
            }
        }
    }

    /// Read once for all tests.
    static let shared = Result {
        let url = Bundle.module.url(forResource: "clip", withExtension: "json", subdirectory: "Fixtures")
        return try JSONDecoder().decode(CLIPFixture.self, from: Data(contentsOf: #require(url)))
    }

    /// The merges of OpenAI's CLIP, as they lie in the repository.
    static let merges = Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try Data(contentsOf: root.appending(path: "Models/vocabularies/clip-merges.txt"))
    }

    /// Made once for all tests.
    static let tokenizer = Result { try CLIPTokenizer(merges: merges.get()) }

    /// The vocabulary of OpenAI's CLIP as a `vocab.json`, its members in the reverse of their order.
    static let vocabularyFile = Result {
        let tokenizer = try Self.tokenizer.get()
        let pieces = (0..<49_408).compactMap { tokenizer.piece(at: $0) }
        let members = try pieces.enumerated().reversed().map { id, piece in
            String(decoding: try JSONEncoder().encode(piece), as: UTF8.self) + ": \(id)"
        }
        return Data(("{" + members.joined(separator: ",\n ") + "}").utf8)
    }

    /// Words of the vocabulary in plain letters, with a space behind those that end there.
    static let pieces = Result {
        let tokenizer = try Self.tokenizer.get()
        return (0..<49_408).compactMap { id -> [Unicode.Scalar]? in
            guard var letters = tokenizer.piece(at: id)?.unicodeScalars.map({ $0 }) else { return nil }
            let endsWord = letters.count > 4 && letters.suffix(4).elementsEqual("</w>".unicodeScalars)
            if endsWord { letters.removeLast(4) }
            guard letters.allSatisfy({ ("a"..."z").contains($0) }) else { return nil }
            return letters + (endsWord ? [" "] : [])
        }
    }

    /// The next text of the recipe that the script follows too.
    func drawnText(_ numbers: inout SeededNumbers, _ pieces: [[Unicode.Scalar]]) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<numbers.below(40) {
            guard let alphabet = alphabets[numbers.below(alphabets.count)] else {
                text.append(contentsOf: snippets[numbers.below(snippets.count)].unicodeScalars)
                continue
            }
            if alphabet.isEmpty {
                text.append(contentsOf: pieces[numbers.below(pieces.count)])
            } else {
                let range = alphabet[numbers.below(alphabet.count)]
                let value = range[0] + UInt32(numbers.below(Int(range[1] - range[0]) + 1))
                if let scalar = Unicode.Scalar(value) { text.append(scalar) }
            }
        }
        return String(text)
    }
}
