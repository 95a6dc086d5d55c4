import Foundation
import Testing
import Tokenizers

/// Equal to Hugging Face's `tokenizers` on more than 20,000 texts and on every assigned Unicode scalar.
@Suite struct ParityTests {
    private let fixture: Fixture
    private let tokenizer: WordPieceTokenizer

    init() throws {
        fixture = try Fixture.shared.get()
        tokenizer = try Fixture.tokenizer.get()
    }

    @Test func chosenTexts() {
        #expect(fixture.chosen.count > 50)
        for answer in fixture.chosen {
            #expect(tokenizer.encode(answer.text) == answer.ids, "\(answer.text)")
        }
    }

    @Test func textsOfTenThousandCharacters() {
        #expect(fixture.long.count >= 20)
        for answer in fixture.long {
            // Scalars, not characters: a text may begin with a combining mark.
            let scalars = Array(answer.text.unicodeScalars)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: (0..<10_000).map { scalars[$0 % scalars.count] })
            #expect(IDHash.of(tokenizer.encode(String(text))) == answer.hash, "10,000 of \(answer.text)")
        }
    }

    @Test func drawnTexts() {
        let pieces = tokenizer.vocabulary.map { piece in
            let scalars = Array(piece.unicodeScalars)
            return scalars.count > 2 && scalars.starts(with: ["#", "#"])
                ? Array(scalars.dropFirst(2)) : scalars
        }
        var numbers = SeededNumbers(state: fixture.seed)
        let hashes = Array(fixture.drawn.utf8)
        let count = hashes.count / 16
        #expect(count == 20_000)
        var different = 0
        for index in 0..<count {
            var text = String.UnicodeScalarView()
            for _ in 0..<numbers.below(50) {
                let alphabet = fixture.alphabets[numbers.below(fixture.alphabets.count)]
                if alphabet.isEmpty {
                    text.append(contentsOf: pieces[numbers.below(pieces.count)])
                } else {
                    let range = alphabet[numbers.below(alphabet.count)]
                    let value = range[0] + UInt32(numbers.below(Int(range[1] - range[0]) + 1))
                    if let scalar = Unicode.Scalar(value) { text.append(scalar) }
                }
            }
            let expected = String(decoding: hashes[index * 16..<index * 16 + 16], as: UTF8.self)
            if IDHash.of(tokenizer.encode(String(text))) != expected {
                different += 1
                if different <= 5 {
                    Issue.record(
                        "text \(index): \(text.map { String($0.value, radix: 16) }.joined(separator: " "))")
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
        #expect(fixture.decoded.count > 40)
        for answer in fixture.decoded {
            #expect(tokenizer.decode(answer.ids) == answer.plain)
            #expect(tokenizer.decode(answer.ids, keepingSpecials: true) == answer.withSpecials)
        }
    }
}
