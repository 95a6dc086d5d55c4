import Foundation
import Testing
import Tokenizers

/// Equal to transformers' CLIPTokenizer on more than 28,000 texts and on every assigned Unicode scalar.
@Suite struct CLIPParityTests {
    private let fixture: CLIPFixture
    private let tokenizer: CLIPTokenizer
    private let pieces: [[Unicode.Scalar]]

    init() throws {
        fixture = try CLIPFixture.shared.get()
        tokenizer = try CLIPFixture.tokenizer.get()
        pieces = try CLIPFixture.pieces.get()
    }

    /// The vocabulary that is made of the merges is the one that OpenAI's program makes.
    @Test func vocabularyOfTheMerges() throws {
        #expect(tokenizer.rowCount == 49_408)
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let names = (0..<49_408).compactMap { tokenizer.piece(at: $0) }
        let bytes = names.joined(separator: "\n").utf8.map { Int($0) } + [0xFFFF_FFFF]
        for id in bytes {
            for shift in [0, 8, 16, 24] { hash = (hash ^ UInt64(id >> shift & 0xFF)) &* 0x100_0000_01B3 }
        }
        #expect(String(hash, radix: 16) == fixture.vocabulary.drop { $0 == "0" })
        for (id, name) in names.enumerated() { #expect(tokenizer.id(of: name) == id) }
        #expect((tokenizer.startID, tokenizer.endID, tokenizer.paddingID) == (49_406, 49_407, 49_407))
    }

    @Test func chosenTexts() {
        #expect(fixture.chosen.count > 70)
        for answer in fixture.chosen {
            #expect(tokenizer.encode(answer.text) == answer.ids, "\(answer.text)")
        }
    }

    @Test func textsOfTenThousandCharacters() {
        #expect(fixture.long.count >= 30)
        for answer in fixture.long {
            let scalars = Array(answer.text.unicodeScalars)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: (0..<10_000).map { scalars[$0 % scalars.count] })
            #expect(IDHash.of(tokenizer.encode(String(text))) == answer.hash, "10,000 of \(answer.text)")
        }
    }

    @Test func drawnTexts() {
        var numbers = SeededNumbers(state: fixture.seed)
        let hashes = Array(fixture.drawn.utf8)
        #expect(hashes.count == 20_000 * 8)
        var different = 0
        for index in 0..<hashes.count / 8 {
            let text = fixture.drawnText(&numbers, pieces)
            let expected = String(decoding: hashes[index * 8..<index * 8 + 8], as: UTF8.self)
            if IDHash.of(tokenizer.encode(text)).prefix(8) != expected {
                different += 1
                if different <= 5 {
                    let scalars = text.unicodeScalars.map { String($0.value, radix: 16) }
                    Issue.record("text \(index): \(scalars.joined(separator: " "))")
                }
            }
        }
        #expect(different == 0)
    }

    @Test func everyScalar() {
        #expect(fixture.blocks.count > 900)
        for block in fixture.blocks {
            var hash = IDHash()
            for value in block.number * 256..<block.number * 256 + 256 {
                guard let scalar = Unicode.Scalar(value) else { continue }
                var text = String.UnicodeScalarView()
                text.append(contentsOf: ["a", scalar, "b", " ", scalar, "\u{301}", "\u{5B0}"])
                hash.add(tokenizer.encode(String(text)))
            }
            #expect(hash.text == block.hash, "scalars \(String(block.number, radix: 16))00 to …FF")
        }
    }

    @Test func decodedTexts() {
        #expect(fixture.decoded.count > 70)
        for answer in fixture.decoded {
            #expect(tokenizer.decode(answer.ids) == answer.plain)
            #expect(tokenizer.decode(answer.ids, keepingSpecials: true) == answer.withSpecials)
        }
    }

    /// With the settings of published models, and with names added to the vocabulary.
    @Test(arguments: 0..<8) func settings(index: Int) throws {
        #expect(fixture.variants.count == 8)
        let variant = fixture.variants[index]
        func file(_ name: String) -> Data? { variant.files[name].map { Data($0.utf8) } }
        let apart = try CLIPTokenizer(
            vocabulary: CLIPFixture.vocabularyFile.get(), merges: CLIPFixture.merges.get(),
            settings: CLIPTokenizerSettings(
                configuration: file("tokenizer_config.json"), specialTokens: file("special_tokens_map.json"),
                addedTokens: file("added_tokens.json")))
        // The same in the one file that transformers 5 writes, with merges in either spelling.
        let saved = try CLIPTokenizer(
            tokenizer: savedFile(variant, inPairs: index % 2 == 0),
            configuration: variant.saved["tokenizer_config.json"].map { Data($0.utf8) })
        for tokenizer in [apart, saved] {
            #expect(tokenizer.startID == variant.ids[0] && tokenizer.endID == variant.ids[1])
            #expect(tokenizer.paddingID == variant.ids[2] ?? tokenizer.endID)
            #expect(tokenizer.settings.length == variant.length)
            let added = tokenizer.addedTokens.sorted { $0.id < $1.id }
            #expect(added.map(\.id) == variant.added.map(\.id))
            #expect(added.map(\.token.text) == variant.added.map(\.text))
            let last = fixture.chosen.suffix(variant.chosen.count)
            for (answer, ids) in zip(last, variant.chosen) {
                #expect(tokenizer.encode(answer.text) == ids, "\(variant.name): \(answer.text)")
            }
            var hash = IDHash()
            var numbers = SeededNumbers(state: fixture.seed + 1)
            for answer in fixture.chosen { hash.add(tokenizer.encode(answer.text)) }
            for _ in 0..<fixture.drawnEach { hash.add(tokenizer.encode(fixture.drawnText(&numbers, pieces))) }
            #expect(hash.text == variant.hash, "\(variant.name)")
            for (answer, hash) in zip(fixture.chosen, variant.padded) {
                let tokens = tokenizer.tokens(of: answer.text)
                #expect(IDHash.of(tokens.ids) == hash, "\(variant.name), filled up: \(answer.text)")
            }
        }
    }

    private func savedFile(_ variant: CLIPFixture.Variant, inPairs: Bool) throws -> Data {
        let vocabulary = String(decoding: try CLIPFixture.vocabularyFile.get(), as: UTF8.self)
        let merges = String(decoding: try CLIPFixture.merges.get(), as: UTF8.self)
        let rules = try merges.split(separator: "\n").dropFirst().map { line in
            let parts = line.split(separator: " ").map(String.init)
            let json = inPairs ? try JSONEncoder().encode(parts) : try JSONEncoder().encode(String(line))
            return String(decoding: json, as: UTF8.self)
        }
        return Data(
            """
            {"version":"1.0","truncation":null,"added_tokens":\(variant.saved["added"] ?? "[]"),
            "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"}]},"model":{"type":"BPE","dropout":null,
            "fuse_unk":false,"vocab":\(vocabulary),"merges":[\(rules.joined(separator: ","))]}}
            """.utf8)
    }
}
