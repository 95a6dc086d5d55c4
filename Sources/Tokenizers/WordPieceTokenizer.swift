public import Foundation

/// Turns text into the word pieces of an uncased BERT-like model, and back.
///
/// Text is normalised (small letters, no accents), split at white space and punctuation, and each word is covered from
/// the left with the longest pieces of the vocabulary; pieces that go on a word begin with `##`. A word of more than
/// 100 characters, or one that cannot be covered, becomes `[UNK]`. The names of special pieces such as `[SEP]` in a text
/// stand for those pieces. Equal to the `tokenizers` library of Hugging Face with the same vocabulary.
///
/// Time is proportional to the length of the text.
/// Source: Devlin et al. 2018, and the vocabulary of the model at hand.
public struct WordPieceTokenizer: Sendable {
    /// The pieces; a piece's id is its index.
    public let vocabulary: [String]
    /// The id that fills up short texts, that of `[PAD]`.
    public let padID: Int
    /// The id of words that the vocabulary cannot cover, that of `[UNK]`.
    public let unknownID: Int

    /// Pieces that begin a word.
    private let beginnings: PieceTrie
    /// Pieces that go on a word, without their `##`.
    private let continuations: PieceTrie
    /// The special pieces that the vocabulary has, as they are looked for in texts.
    private let specials: [(scalars: [Unicode.Scalar], id: Int)]
    private static let longestWord = 100

    /// Takes a vocabulary; a piece's place is its id.
    ///
    /// - Throws: `TokenizerError` for a piece that is empty or occurs twice, and where `[PAD]` or `[UNK]` is missing.
    public init(vocabulary: [String]) throws(TokenizerError) {
        var beginnings = PieceTrie()
        var continuations = PieceTrie()
        for (id, piece) in vocabulary.enumerated() {
            guard !piece.isEmpty else { throw .emptyPiece(id: id) }
            let earlier =
                Self.isContinuation(piece)
                ? continuations.insert(piece.unicodeScalars.dropFirst(2), id: Int32(truncatingIfNeeded: id))
                : beginnings.insert(piece.unicodeScalars, id: Int32(truncatingIfNeeded: id))
            if let earlier { throw .repeatedPiece(piece, first: earlier, second: id) }
        }
        func special(_ name: String) -> Int? {
            let scalars = Array(name.unicodeScalars)
            return beginnings.longestPrefix(of: scalars[...]).flatMap {
                $0.length == scalars.count ? $0.id : nil
            }
        }
        guard let padID = special("[PAD]") else { throw .missingPiece("[PAD]", count: vocabulary.count) }
        guard let unknownID = special("[UNK]") else { throw .missingPiece("[UNK]", count: vocabulary.count) }
        self.vocabulary = vocabulary
        self.padID = padID
        self.unknownID = unknownID
        self.specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { name in
            special(name).map { (Array(name.unicodeScalars), $0) }
        }
        self.beginnings = beginnings
        self.continuations = continuations
    }

    /// Reads a `vocab.txt`: one piece a line, the first with id 0.
    ///
    /// - Throws: `TokenizerError`.
    public init(contentsOf url: URL) throws(TokenizerError) {
        guard let data = try? Data(contentsOf: url) else { throw .unreadable(url) }
        guard let text = String(data: data, encoding: .utf8) else { throw .notText(url) }
        // Lines end at the byte 10 alone: pieces may be characters that Swift would take for line ends.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        try self.init(
            vocabulary: lines.map { String(Substring($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0)) })
    }

    /// The ids of a text's pieces; no special pieces are added.
    public func encode(_ text: String) -> [Int] {
        var ids: [Int] = []
        forEachWord(in: text) { _, pieces in ids.append(contentsOf: pieces) }
        return ids
    }

    /// The ids of at most the first `limit` pieces, filled up with `padID` to `limit` where `padding` is true.
    public func encode(_ text: String, limit: Int, padding: Bool = true) -> Tokens {
        let ids = Array(encode(text).prefix(max(0, limit)))
        let missing = padding ? max(0, limit - ids.count) : 0
        return Tokens(ids: ids + repeatElement(padID, count: missing), count: ids.count)
    }

    /// The words of a text as the model sees them, each with the ids of its pieces.
    ///
    /// A punctuation mark, a Chinese character and a special piece are words of their own.
    public func words(of text: String) -> [(word: String, ids: [Int])] {
        var words: [(String, [Int])] = []
        forEachWord(in: text) { word, ids in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: word)
            words.append((String(view), ids))
        }
        return words
    }

    /// The text of a list of ids: words apart, `##` pieces joined to what precedes them, no space before `. , ! ?`.
    ///
    /// Special pieces are left out unless `keepingSpecials`; ids that the vocabulary does not have are left out always.
    public func decode(_ ids: some Sequence<Int>, keepingSpecials: Bool = false) -> String {
        let left: Set<Int> = keepingSpecials ? [] : Set(specials.map(\.id))
        var text = ""
        for piece in ids where !left.contains(piece) {
            guard let piece = self.piece(at: piece) else { continue }
            if text.isEmpty || [".", ",", "!", "?"].contains(piece) {
                text += piece
            } else if Self.isContinuation(piece) {
                text.unicodeScalars.append(contentsOf: piece.unicodeScalars.dropFirst(2))
            } else {
                text += " " + piece
            }
        }
        return text
    }

    /// The piece with that id, or nil where the vocabulary has none.
    public func piece(at id: Int) -> String? {
        vocabulary.indices.contains(id) ? vocabulary[id] : nil
    }

    /// The id of a piece, spelt as in the vocabulary (`##` in front of those that go on a word).
    public func id(of piece: String) -> Int? {
        let goesOn = Self.isContinuation(piece)
        let scalars = Array(piece.unicodeScalars)[(goesOn ? 2 : 0)...]
        guard let found = (goesOn ? continuations : beginnings).longestPrefix(of: scalars) else { return nil }
        return found.length == scalars.count ? found.id : nil
    }

    /// True for `##` with something behind it.
    private static func isContinuation(_ piece: String) -> Bool {
        piece.utf8.starts(with: "##".utf8) && piece.utf8.count > 2
    }

    private func forEachWord(
        in text: String, _ body: (_ word: ArraySlice<Unicode.Scalar>, _ ids: [Int]) -> Void
    ) {
        let scalars = Array(text.unicodeScalars)
        var start = 0
        var position = 0
        while position < scalars.count {
            if scalars[position] == "[",
                let special = specials.first(where: { scalars[position...].starts(with: $0.scalars) })
            {
                forEachPlainWord(in: scalars[start..<position], body)
                body(special.scalars[...], [special.id])
                position += special.scalars.count
                start = position
            } else {
                position += 1
            }
        }
        forEachPlainWord(in: scalars[start...], body)
    }

    private func forEachPlainWord(
        in text: ArraySlice<Unicode.Scalar>,
        _ body: (_ word: ArraySlice<Unicode.Scalar>, _ ids: [Int]) -> Void
    ) {
        let normal = TextNormalizer.normalize(text)
        var start = 0
        for (position, scalar) in normal.enumerated() {
            // White space is a plain space by now.
            let isSpace = scalar == " "
            guard isSpace || TextNormalizer.isPunctuation(scalar) else { continue }
            if start < position { body(normal[start..<position], pieces(of: normal[start..<position])) }
            if !isSpace { body(normal[position...position], pieces(of: normal[position...position])) }
            start = position + 1
        }
        if start < normal.count { body(normal[start...], pieces(of: normal[start...])) }
    }

    /// The longest pieces from the left, or `[UNK]` alone.
    private func pieces(of word: ArraySlice<Unicode.Scalar>) -> [Int] {
        guard word.count <= Self.longestWord else { return [unknownID] }
        var ids: [Int] = []
        var rest = word
        while !rest.isEmpty {
            guard let found = (ids.isEmpty ? beginnings : continuations).longestPrefix(of: rest) else {
                return [unknownID]
            }
            ids.append(found.id)
            rest = rest.dropFirst(found.length)
        }
        return ids
    }
}
