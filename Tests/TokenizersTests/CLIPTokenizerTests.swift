import Foundation
import Testing

@testable import Tokenizers

/// What the comparison with the reference does not show: added tokens with several rows, files, errors.
@Suite struct CLIPTokenizerTests {
    /// A vocabulary of the letters a and b, and two rules.
    private static let smallVocabulary = Data(
        """
        {"<|startoftext|>": 0, "<|endoftext|>": 1, "a": 2, "b": 3, "a</w>": 4, "b</w>": 5, "ab</w>": 6, "aab</w>": 7,
         ",</w>": 8}
        """.utf8)
    private static let smallMerges = Data("#version: 0.2\na b</w>\na ab</w>\n".utf8)

    private static func small(
        vocabulary: String? = nil, merges: String? = nil, settings: CLIPTokenizerSettings = .openAI
    ) throws -> CLIPTokenizer {
        try CLIPTokenizer(
            vocabulary: vocabulary.map { Data($0.utf8) } ?? smallVocabulary,
            merges: merges.map { Data($0.utf8) } ?? smallMerges, settings: settings)
    }

    @Test func rulesJoinNeighbours() throws {
        let tokenizer = try Self.small()
        #expect(tokenizer.encode("ab aab aaab") == [6, 7, 2, 7])
        // Bytes that the vocabulary does not have are unknown, one by one.
        #expect(tokenizer.encode("axb é") == [2, 1, 5, 1, 1])
        #expect(tokenizer.encode("") == [] && tokenizer.encode(" \n") == [])
        #expect(tokenizer.rowCount == 9)
        #expect(tokenizer.piece(at: 7) == "aab</w>" && tokenizer.id(of: "aab</w>") == 7)
        #expect(
            tokenizer.piece(at: -1) == nil && tokenizer.piece(at: 9) == nil && tokenizer.id(of: "c") == nil)
    }

    @Test func fillsUpAndCuts() throws {
        let tokenizer = try Self.small()
        #expect(tokenizer.tokens(of: "ab", length: 5) == Tokens(ids: [0, 6, 1, 1, 1], count: 3))
        #expect(tokenizer.tokens(of: "ab ab ab ab", length: 5) == Tokens(ids: [0, 6, 6, 6, 1], count: 5))
        #expect(tokenizer.tokens(of: "ab", length: -3) == Tokens(ids: [0, 1], count: 2))
        #expect(tokenizer.tokens(of: "").ids.count == 77)
        let open = try CLIPTokenizer(merges: CLIPFixture.merges.get(), settings: .openCLIP)
        #expect(open.tokens(of: "hi!", length: 6).ids == [49_406, 1883, 0, 49_407, 0, 0])
    }

    @Test func addedTokensHaveRowsOfTheirOwn() throws {
        let plain = try CLIPFixture.tokenizer.get()
        let tokenizer = try plain.adding([
            AddedToken("<Cat-Toy>", rows: 3), AddedToken("<cat-toy>s"),
            AddedToken("art", rows: 2, isWholeWord: true),
            AddedToken("EXACT", isNormalized: false),
        ])
        #expect(tokenizer.rowCount == 49_408 + 7)
        #expect(tokenizer.addedTokens.suffix(4).map { $0.id } == [49_408, 49_411, 49_412, 49_414])
        #expect(tokenizer.encode("a <cat-TOY>") == [320, 49_408, 49_409, 49_410])
        // The longest name counts; it needs no spaces around it unless it is a whole word.
        #expect(tokenizer.encode("<cat-toy>s x<cat-toy>x") == [49_411, 343, 49_408, 49_409, 49_410, 343])
        #expect(
            tokenizer.encode("party art, Art") == plain.encode("party") + [
                49_412, 49_413, 267, 49_412, 49_413,
            ])
        #expect(tokenizer.encode("EXACTexact") == [49_414] + plain.encode("exact"))
        #expect(tokenizer.decode([320, 49_408, 49_409, 49_410]) == "a <cat-toy>")
        #expect(tokenizer.id(of: "art") == 49_412 && tokenizer.piece(at: 49_412) == "art")
        // Cut in the middle of its rows, as the pipelines of diffusers cut.
        #expect(tokenizer.tokens(of: "a <cat-toy>", length: 5).ids == [49_406, 320, 49_408, 49_409, 49_407])
        #expect(try tokenizer.adding([AddedToken("more")]).encode("more") == [49_415])
    }

    @Test func tokensThatCannotBeAdded() throws {
        let tokenizer = try CLIPFixture.tokenizer.get()
        func reason(_ tokens: AddedToken...) -> String? {
            do throws(TokenizerError) {
                _ = try tokenizer.adding(tokens)
                return nil
            } catch { return error.summary }
        }
        #expect(reason(AddedToken("")) == "the token \"\" cannot be added: it has no visible characters")
        #expect(
            reason(AddedToken(" \n")) == "the token \" \n\" cannot be added: it has no visible characters")
        #expect(
            reason(AddedToken("<a>", rows: 0))
                == "the token \"<a>\" cannot be added: it has 0 rows; a text has room for 1 to 75")
        #expect(reason(AddedToken("<a>", rows: 76))?.contains("76 rows") == true)
        #expect(
            reason(AddedToken("<a>"), AddedToken("<A>"))
                == "the token \"<A>\" cannot be added: there is one of that name")
        #expect(reason(AddedToken("<|endoftext|>", isNormalized: false)) != nil)
        #expect(reason(AddedToken("<a>", rows: 75)) == nil)
    }

    @Test func readsFolders() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-clip-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        func write(_ text: Data, _ name: String) throws { try text.write(to: folder.appending(path: name)) }
        #expect(throws: TokenizerError.noTokenizer(folder)) { try CLIPTokenizer(folder: folder) }
        try write(Self.smallVocabulary, "vocab.json")
        #expect(throws: TokenizerError.noTokenizer(folder)) { try CLIPTokenizer(folder: folder) }
        try write(Self.smallMerges, "merges.txt")
        #expect(try CLIPTokenizer(folder: folder).paddingID == 1)
        try write(Data(#"{"pad_token": "a", "model_max_length": 9}"#.utf8), "tokenizer_config.json")
        var tokenizer = try CLIPTokenizer(folder: folder)
        #expect(
            tokenizer.paddingID == 2 && tokenizer.settings.length == 9 && tokenizer.encode("aa") == [2, 2])
        // The one file goes first.
        try write(
            Data(
                """
                {"model": {"vocab": {"<|endoftext|>": 0, "<|startoftext|>": 1, "a": 2}, "merges": []},
                 "added_tokens": [{"id": 3, "content": "xx", "normalized": true, "special": false}]}
                """.utf8), "tokenizer.json")
        tokenizer = try CLIPTokenizer(folder: folder)
        #expect(tokenizer.encode("xxa") == [3, 2] && tokenizer.encode("b") == [0])
        try write(Data(#"{"padding_side": "left"}"#.utf8), "tokenizer_config.json")
        #expect(
            throws: TokenizerError.unsupportedSetting(
                "padding_side", found: "left", supported: "\"right\" only")
        ) { try CLIPTokenizer(folder: folder) }
    }

    @Test func filesThatCannotBeUsed() throws {
        let cases: [(String?, String?, String)] = [
            (#"{"a": -1}"#, nil, "vocab.json, byte 6: expected a whole number from 0 to 2147483647"),
            (#"{"a": 1.5}"#, nil, "vocab.json, byte 6: expected a whole number from 0 to 2147483647"),
            (#"{"a": 2147483648}"#, nil, "vocab.json, byte 6: expected a whole number from 0 to 2147483647"),
            (#"{"a": "b"}"#, nil, "vocab.json, byte 6: expected a whole number from 0 to 2147483647"),
            ("[]", nil, "vocab.json, byte 0: expected \"{\""),
            (#"{"a": 1, "b": 2"#, nil, "vocab.json, byte 15: expected \",\" or \"}\""),
            (#"{"a": 1} x"#, nil, "vocab.json, byte 9: expected the end of the file"),
            (#"{"a\ud800": 1}"#, nil, "vocab.json, byte 9: expected a pair of surrogates"),
            (#"{"a": 1, "a": 2}"#, "", "the vocabulary has \"a\" twice, with the ids 1 and 2"),
            (#"{"a": 1, "b": 1}"#, "", "the vocabulary has the id 1 twice, for \"a\" and \"b\""),
            (#"{"": 1}"#, "", "the vocabulary's piece with the id 1 is empty"),
            (#"{"a": 1}"#, "", "the vocabulary of 1 pieces has no \"<|endoftext|>\""),
            (
                nil, "#version: 0.2\na b</w> c\n",
                "merges.txt, line 2: expected two pieces with one space between them"
            ),
            (nil, "a\n", "merges.txt, line 1: expected two pieces with one space between them"),
            (
                nil, "a b</w>\n\na ab</w>",
                "merges.txt, line 2: expected two pieces with one space between them"
            ),
            (
                nil, "a b</w>\nc b</w>",
                "rule 2 of the merges, \"c b</w>\", needs \"c\", which the vocabulary does not have"
            ),
            (
                nil, "b b</w>",
                "rule 1 of the merges, \"b b</w>\", needs \"bb</w>\", which the vocabulary does not have"
            ),
        ]
        for (vocabulary, merges, summary) in cases {
            do throws(TokenizerError) {
                _ = try CLIPTokenizer(
                    vocabulary: vocabulary.map { Data($0.utf8) } ?? Self.smallVocabulary,
                    merges: merges.map { Data($0.utf8) } ?? Self.smallMerges)
                Issue.record("accepted; expected: \(summary)")
            } catch {
                #expect(error.summary == summary)
                #expect(!error.advice.isEmpty)
            }
        }
        #expect(throws: TokenizerError.malformed(file: "merges.txt", offset: 0, expected: "text in UTF-8")) {
            try CLIPTokenizer(vocabulary: Self.smallVocabulary, merges: Data([0x61, 0x20, 0xFF]))
        }
        #expect(
            throws: TokenizerError.malformed(
                file: "tokenizer_config.json", offset: 0, expected: "a JSON object")
        ) { try CLIPTokenizerSettings(configuration: Data("[1]".utf8)) }
        #expect(
            throws: TokenizerError.unsupportedSetting(
                "model.type", found: "\"Unigram\"", supported: "\"BPE\" only")
        ) { try CLIPTokenizer(tokenizer: Data(#"{"model": {"type": "Unigram"}}"#.utf8)) }
        // One character and its parts are two pieces, although Swift holds the two texts equal.
        let composed = #"{"<|startoftext|>": 0, "<|endoftext|>": 1, "\u00e9": 2, "e\u0301": 3}"#
        let tokenizer = try Self.small(vocabulary: composed, merges: "")
        #expect(tokenizer.id(of: "\u{E9}") == 2 && tokenizer.id(of: "e\u{301}") == 3)
    }

    /// Ids need neither order nor company.
    @Test func idsWithGaps() throws {
        let tokenizer = try Self.small(
            vocabulary: #"{"a</w>": 2147483647, "<|endoftext|>": 70000, "<|startoftext|>": 5, "a": 9}"#,
            merges: "")
        #expect(tokenizer.encode("aa") == [9, 2_147_483_647])
        #expect(tokenizer.piece(at: 70_000) == "<|endoftext|>" && tokenizer.piece(at: 6) == nil)
        #expect(tokenizer.rowCount == 2_147_483_648)
        #expect(
            try tokenizer.adding([AddedToken("<x>", rows: 2)]).encode("<x>") == [
                2_147_483_648, 2_147_483_649,
            ])
    }

    @Test func skipsWhatNobodyAsksFor() throws {
        let nested = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        var cursor = JSONCursor(
            Data(#"{"a": {"b": [1, -2.5e3, "x\"y", null, {"c": true}]}, "d": \#(nested), "e": 7} "#.utf8),
            named: "t")
        var seen: [String] = []
        try cursor.members { (cursor: inout JSONCursor, key: String) throws(TokenizerError) in
            seen.append(key)
            if key == "e" { seen.append("\(try cursor.integer())") } else { try cursor.skip() }
        }
        try cursor.end()
        #expect(seen == ["a", "d", "e", "7"])
        for broken in ["{\"a\": ]}", "{\"a\": [}", "{\"a\":", "{\"a\": [1", "{\"a\": ,}", "{\"a\": \"x}"] {
            var cursor = JSONCursor(Data(broken.utf8), named: "t")
            #expect(throws: TokenizerError.self, "\(broken)") {
                try cursor.members { (cursor: inout JSONCursor, _) throws(TokenizerError) in try cursor.skip()
                }
                try cursor.end()
            }
        }
    }
}
