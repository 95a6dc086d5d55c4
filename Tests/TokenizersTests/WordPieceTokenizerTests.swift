import Foundation
import Testing
import Tokenizers

@Suite struct WordPieceTokenizerTests {
    private let small = ["[PAD]", "[UNK]", "un", "##aff", "##able", "##a", "red", "cube", ",", "##", "é"]

    @Test func longestPiecesFirst() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: small)
        #expect(tokenizer.encode("Unaffable, RED cube") == [2, 3, 4, 8, 6, 7])
        #expect(tokenizer.encode("unaffa unaffx cubes") == [2, 3, 5, 1, 1])
        #expect(tokenizer.encode("  \t\n") == [])
    }

    @Test func limitsAndPadding() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: small)
        let padded = tokenizer.encode("red cube", limit: 4)
        #expect(padded == Tokens(ids: [6, 7, 0, 0], count: 2))
        #expect(padded.mask == [true, true, false, false])
        #expect(tokenizer.encode("red cube", limit: 4, padding: false).ids == [6, 7])
        #expect(tokenizer.encode("red cube red", limit: 2) == Tokens(ids: [6, 7], count: 2))
        #expect(tokenizer.encode("red", limit: 0) == Tokens(ids: [], count: 0))
        #expect(tokenizer.encode("red", limit: -3) == Tokens(ids: [], count: 0))
        #expect(Tokens(ids: [1], count: 9).count == 1)
    }

    @Test func piecesAndIdsAreEachOthersInverse() throws {
        let tokenizer = try Fixture.tokenizer.get()
        #expect(tokenizer.vocabulary.count == 30_522)
        for (id, piece) in tokenizer.vocabulary.enumerated() { #expect(tokenizer.id(of: piece) == id) }
        #expect(tokenizer.piece(at: 101) == "[CLS]")
        #expect(tokenizer.piece(at: -1) == nil && tokenizer.piece(at: 30_522) == nil)
        #expect(
            tokenizer.id(of: "zzzz") == nil && tokenizer.id(of: "") == nil && tokenizer.id(of: "##") == nil)
        #expect(tokenizer.padID == 0 && tokenizer.unknownID == 100)
    }

    /// Every word of the vocabulary that the normaliser leaves as it is comes back.
    @Test func decodeUndoesEncode() throws {
        let tokenizer = try Fixture.tokenizer.get()
        let words = tokenizer.vocabulary.filter { $0.allSatisfy { ("a"..."z").contains($0) } }
        #expect(words.count > 20_000)
        for start in stride(from: 0, to: words.count, by: 50) {
            let text = words[start..<min(words.count, start + 50)].joined(separator: " ")
            #expect(tokenizer.decode(tokenizer.encode(text)) == text)
        }
        #expect(tokenizer.decode([-5, 2417, 99_999]) == "red")
    }

    @Test func wordsKeepTheirPieces() throws {
        let tokenizer = try WordPieceTokenizer(vocabulary: small)
        let words = tokenizer.words(of: "Unaffable, Bleu [UNK]")
        #expect(words.map(\.word) == ["unaffable", ",", "bleu", "[UNK]"])
        #expect(words.map(\.ids) == [[2, 3, 4], [8], [1], [1]])
    }

    @Test func readsAVocabularyFile() throws {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-vocab-\(UUID().uuidString).txt")
        defer { try? FileManager.default.removeItem(at: url) }
        try Data("[PAD]\r\n[UNK]\r\nred".utf8).write(to: url)
        #expect(try WordPieceTokenizer(contentsOf: url).vocabulary == ["[PAD]", "[UNK]", "red"])
        try Data("[PAD]\n[UNK]\n\u{2028}\n".utf8).write(to: url)
        #expect(try WordPieceTokenizer(contentsOf: url).vocabulary == ["[PAD]", "[UNK]", "\u{2028}"])
        try Data([0x61, 0x0A, 0xFF]).write(to: url)
        #expect(throws: TokenizerError.notText(url)) { try WordPieceTokenizer(contentsOf: url) }
        try Data().write(to: url)
        #expect(throws: TokenizerError.missingPiece("[PAD]", count: 0)) {
            try WordPieceTokenizer(contentsOf: url)
        }
        let missing = url.appending(path: "no")
        #expect(throws: TokenizerError.unreadable(missing)) { try WordPieceTokenizer(contentsOf: missing) }
    }

    @Test func vocabulariesThatCannotBeUsed() throws {
        #expect(throws: TokenizerError.repeatedPiece("##a", first: 2, second: 3)) {
            try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "##a", "##a"])
        }
        #expect(throws: TokenizerError.emptyPiece(id: 2)) {
            try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", ""])
        }
        #expect(throws: TokenizerError.missingPiece("[UNK]", count: 2)) {
            try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK"])
        }
        // One character and its parts are two pieces, although Swift holds the two texts equal.
        let composed = try WordPieceTokenizer(vocabulary: ["[PAD]", "[UNK]", "\u{E9}", "e\u{301}"])
        #expect(composed.id(of: "\u{E9}") == 2 && composed.id(of: "e\u{301}") == 3)
    }

    @Test func errorsSayWhatToDo() {
        let url = URL(filePath: "/m/vocab.txt")
        let texts: [(TokenizerError, String)] = [
            (.unreadable(url), "/m/vocab.txt: the vocabulary cannot be read"),
            (
                .notText(url),
                "/m/vocab.txt: expected a vocabulary in UTF-8, one piece a line, found other bytes"
            ),
            (.missingPiece("[UNK]", count: 3), "the vocabulary of 3 pieces has no \"[UNK]\""),
            (
                .repeatedPiece("a", first: 1, second: 4),
                "the vocabulary has \"a\" twice, with the ids 1 and 4"
            ),
            (.emptyPiece(id: 7), "the vocabulary's piece with the id 7 is empty"),
        ]
        for (error, summary) in texts {
            #expect(error.summary == summary)
            #expect(!error.advice.isEmpty)
        }
    }
}
