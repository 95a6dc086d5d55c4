public import Foundation

/// Turns text into the ids of a CLIP text encoder, and back.
///
/// Equal to the `CLIPTokenizer` of transformers 5 with the same files. Added tokens are found first; the rest is
/// normalised (put together, small letters, plain spaces), cut into words, and the bytes of each word are joined by the
/// vocabulary's rules. Any text has ids: the alphabet is that of bytes.
///
/// A value of this type holds its tables by reference; copies are cheap, and it may be used from any thread.
/// Source: Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision".
public struct CLIPTokenizer: Sendable {
    /// The special tokens and the length.
    public let settings: CLIPTokenizerSettings
    /// The id in front of every text.
    public let startID: Int
    /// The id behind every text.
    public let endID: Int
    /// The id that fills up short texts.
    public let paddingID: Int
    /// The tokens that were added to the vocabulary, in the order of their ids.
    public private(set) var addedTokens: [(token: AddedToken, id: Int)]

    private let vocabulary: BytePairVocabulary
    /// The added tokens that are looked for before and after normalisation.
    private var written = AddedTokenFinder()
    private var normalized = AddedTokenFinder()
    private var nextID: Int

    /// Reads a `vocab.json` and a `merges.txt`.
    ///
    /// - Throws: `TokenizerError` for files that are damaged or do not belong together.
    public init(
        vocabulary: Data, merges: Data, settings: CLIPTokenizerSettings = .openAI
    ) throws(TokenizerError) {
        try self.init(
            BytePairVocabulary(vocabulary: vocabulary, merges: merges, unknown: settings.unknown), settings)
    }

    /// Makes the tokenizer of a `merges.txt` alone.
    ///
    /// The vocabulary follows from it as CLIP's did: 256 bytes, 256 bytes at the end of a word, what each rule makes,
    /// start and end. With the merges of OpenAI's CLIP (`Models/vocabularies/clip-merges.txt`) these are its 49,408
    /// ids.
    /// - Throws: `TokenizerError` for a damaged file.
    public init(merges: Data, settings: CLIPTokenizerSettings = .openAI) throws(TokenizerError) {
        let specials = [settings.start, settings.end]
        try self.init(
            BytePairVocabulary(merges: merges, specials: specials, unknown: settings.unknown), settings)
    }

    init(_ vocabulary: BytePairVocabulary, _ settings: CLIPTokenizerSettings) throws(TokenizerError) {
        self.vocabulary = vocabulary
        self.settings = settings
        // A name that stands there twice counts as the last, at the place of the first.
        var texts: [[UInt8]: Int] = [:]
        var tokens: [AddedToken] = []
        for var token in settings.tokens where !token.text.isEmpty {
            token.rows = 1
            if let place = texts[Array(token.text.utf8)] {
                tokens[place] = token
            } else {
                texts[Array(token.text.utf8)] = tokens.count
                tokens.append(token)
            }
        }
        nextID = vocabulary.pieces.count
        addedTokens = []
        for token in tokens {
            let known = vocabulary.id(of: token.text).map { Int($0) }
            addedTokens.append((token, known ?? nextID))
            if known == nil { nextID += 1 }
        }
        let added = addedTokens
        func id(_ text: String) throws(TokenizerError) -> Int {
            guard let id = Self.id(of: text, among: added, vocabulary) else {
                throw .missingPiece(text, count: vocabulary.pieces.count)
            }
            return id
        }
        startID = try id(settings.start)
        endID = try id(settings.end)
        paddingID = try id(settings.padding)
        for place in addedTokens.indices { try find(place) }
    }

    /// How many rows a text encoder's table needs to have one for every id.
    public var rowCount: Int {
        max(vocabulary.pieces.last.map { Int($0.id) + 1 } ?? 0, nextID)
    }

    /// This tokenizer with more tokens, whose ids begin at `rowCount` and follow one another.
    ///
    /// A token with several rows stands for that many ids in a row. Where one begins with the whole of another, the
    /// longer one is meant.
    /// - Throws: `TokenizerError.unusableToken` for a token without visible characters, one that is known already, and
    ///   one with more rows than a text may have.
    public func adding(_ tokens: [AddedToken]) throws(TokenizerError) -> CLIPTokenizer {
        var result = self
        result.nextID = rowCount
        for token in tokens {
            guard token.text.contains(where: { !$0.isWhitespace }) else {
                throw .unusableToken(token.text, reason: "it has no visible characters")
            }
            guard token.rows > 0, token.rows <= settings.length - 2 else {
                throw .unusableToken(
                    token.text,
                    reason: "it has \(token.rows) rows; a text has room for 1 to \(settings.length - 2)")
            }
            result.addedTokens.append((token, result.nextID))
            result.nextID += token.rows
            try result.find(result.addedTokens.count - 1)
        }
        return result
    }

    /// Lets an added token be found in texts.
    private mutating func find(_ place: Int) throws(TokenizerError) {
        let token = addedTokens[place].token
        let isNew =
            token.isNormalized
            ? normalized.insert(
                CLIPText.normalize(token.text.unicodeScalars), place: place, isWholeWord: token.isWholeWord)
            : written.insert(token.text.unicodeScalars, place: place, isWholeWord: token.isWholeWord)
        if !isNew { throw .unusableToken(token.text, reason: "there is one of that name") }
    }

    /// The ids of a text; no start, end or padding.
    public func encode(_ text: String) -> [Int] {
        runs(of: text).flatMap { $0.id..<$0.id + $0.rows }
    }

    /// Start, the ids of a text, end, cut and filled up to `length` ids: what the pipelines of diffusers give a model.
    ///
    /// - Parameters:
    ///   - text: any text.
    ///   - length: nil for `settings.length`; at least two.
    /// - Returns: the ids; `count` of them are not padding.
    public func tokens(of text: String, length: Int? = nil) -> Tokens {
        let length = max(2, length ?? settings.length)
        let ids = [startID] + encode(text).prefix(length - 2) + [endID]
        return Tokens(ids: ids + repeatElement(paddingID, count: length - ids.count), count: ids.count)
    }

    /// An id, or the ids of an added token with several rows, which belong together.
    struct Run { var id, rows: Int }

    /// The ids of a text, those of one added token together.
    func runs(of text: String) -> [Run] {
        var runs: [Run] = []
        func take(_ place: Int) {
            runs.append(Run(id: addedTokens[place].id, rows: addedTokens[place].token.rows))
        }
        written.split(Array(text.unicodeScalars)[...]) { part, place in
            if let place { return take(place) }
            normalized.split(CLIPText.normalize(part)[...]) { part, place in
                if let place { return take(place) }
                CLIPText.forEachWord(in: part) { word in
                    for id in vocabulary.encode(word) { runs.append(Run(id: Int(id), rows: 1)) }
                }
            }
        }
        return runs
    }

    /// The text of a list of ids, words apart; ids without a piece are left out.
    ///
    /// - Parameters:
    ///   - ids: ids as `encode` gives them; of an added token with several rows, the first one stands for it.
    ///   - keepingSpecials: true to keep the names of start, end and padding.
    /// - Returns: the text in small letters.
    public func decode(_ ids: some Sequence<Int>, keepingSpecials: Bool = false) -> String {
        var added: [Int: AddedToken] = [:]
        for (token, id) in addedTokens { added[id] = token }
        let names = ids.compactMap { id -> String? in
            guard let token = added[id] else { return vocabulary.piece(at: id) }
            if token.isSpecial && !keepingSpecials { return nil }
            guard token.isNormalized else { return token.text }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: CLIPText.normalize(token.text.unicodeScalars))
            return String(text)
        }
        return ByteAlphabet.text(of: names, between: BytePairVocabulary.wordEnd)
    }

    /// The piece of that id, spelt as in the vocabulary, or an added token's text; nil where there is none.
    public func piece(at id: Int) -> String? {
        addedTokens.last { $0.id == id }?.token.text ?? vocabulary.piece(at: id)
    }

    /// The id of a piece, spelt as in the vocabulary (`</w>` behind those that end a word), or of an added token.
    public func id(of piece: String) -> Int? {
        Self.id(of: piece, among: addedTokens, vocabulary)
    }

    private static func id(
        of piece: String, among added: [(token: AddedToken, id: Int)], _ vocabulary: BytePairVocabulary
    ) -> Int? {
        // Compared by their bytes: Swift holds composed and decomposed texts equal.
        added.last { $0.token.text.utf8.elementsEqual(piece.utf8) }?.id
            ?? vocabulary.id(of: piece).map { Int($0) }
    }
}
