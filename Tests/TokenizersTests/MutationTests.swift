import Foundation
import Testing
import Tokenizers

/// Damaged tokenizer files and prompts of random characters: each is refused with a typed error or read, and what was
/// read can be used.
///
/// A thousand cases by default; `DARKROOM_FUZZ_CASES=100000` asks for more. Case `n` depends on `n` alone.
@Suite struct MutationTests {
    static let cases = max(
        1000, ProcessInfo.processInfo.environment["DARKROOM_FUZZ_CASES"].flatMap { Int($0) } ?? 0)

    private static let configuration =
        #"{"bos_token":{"__type":"AddedToken","content":"<|startoftext|>","normalized":true},"pad_token":"!","#
        + #""added_tokens_decoder":{"0":{"content":"!","special":true},"49408":{"content":"<cat>"}},"#
        + #""model_max_length":77,"padding_side":"right","extra_special_tokens":["xx",{"content":"yy"}]}"#

    /// A vocabulary of CLIP's kind with its first 200 rules, in each of its spellings.
    private static func files() throws -> (vocabulary: [UInt8], merges: [UInt8], whole: [UInt8]) {
        let lines = String(decoding: try CLIPFixture.merges.get(), as: UTF8.self).split(separator: "\n")
        let merges = lines.prefix(201).joined(separator: "\n") + "\n"
        let tokenizer = try CLIPTokenizer(merges: Data(merges.utf8))
        let members = try (0..<tokenizer.rowCount).compactMap { id in
            try tokenizer.piece(at: id).map {
                String(decoding: try JSONEncoder().encode($0), as: UTF8.self) + ":\(id)"
            }
        }
        let vocabulary = "{" + members.joined(separator: ",") + "}"
        let rules = lines.dropFirst().prefix(200).map { "\"" + $0 + "\"" }
        let whole =
            #"{"added_tokens":[{"id":0,"content":"!","single_word":false,"normalized":false}],"truncation":null,"#
            + #""model":{"type":"BPE","vocab":\#(vocabulary),"merges":[\#(rules.joined(separator: ","))]}}"#
        return (Array(vocabulary.utf8), Array(merges.utf8), Array(whole.utf8))
    }

    @Test func damagedFilesNeverCrash() throws {
        let (vocabulary, merges, whole) = try Self.files()
        var accepted = 0
        var kinds: [String: Int] = [:]
        for number in 0..<Self.cases {
            var numbers = SeededNumbers(state: UInt64(number) &* 0x2545_F491_4F6C_DD1D)
            var parts = [vocabulary, merges, whole, Array(Self.configuration.utf8)]
            let chosen = number % 4
            for _ in 0...numbers.below(3) { Self.mutate(&parts[chosen], &numbers) }
            let data = parts.map { Data($0) }
            do {
                let tokenizer =
                    chosen >= 2
                    ? try CLIPTokenizer(tokenizer: data[2], configuration: data[3])
                    : try CLIPTokenizer(
                        vocabulary: data[0], merges: data[1],
                        settings: CLIPTokenizerSettings(configuration: data[3]))
                accepted += 1
                let ids = tokenizer.encode("A cat! the <cat> xx — \(number) ünï <|endoftext|>")
                #expect(ids.allSatisfy { (0..<tokenizer.rowCount).contains($0) }, "case \(number)")
                _ = tokenizer.decode(ids)
                let length = tokenizer.settings.length
                #expect(tokenizer.tokens(of: "the cat").ids.count == length, "case \(number)")
            } catch {
                #expect(!error.summary.isEmpty && !error.advice.isEmpty, "case \(number)")
                kinds["\(Mirror(reflecting: error).children.first?.label ?? "?")", default: 0] += 1
            }
        }
        // The mutations must reach both outcomes and the checks behind the grammar.
        #expect(accepted > Self.cases / 10)
        for kind in ["malformed", "malformedRule", "unknownRulePart", "repeatedPiece", "repeatedID"] {
            #expect(kinds[kind] != nil, "no case led to \(kind): \(kinds)")
        }
    }

    private static let texts = [
        "0", "1", "-1", "77", "255", "1e9", "9223372036854775808", "[", "]", "{", "}", ",", ":", "\"", "null",
        "true",
        "\\u0000", "\\ud800", "\\", "</w>", " ", "\n", "\r", "\t", "#version", "t h", "<|endoftext|>", "left",
        "\u{A0}",
        "\0", "\u{301}", "model_max_length", "\"a\":1,", "content",
    ]

    private static func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        guard bytes.count > 4 else { return bytes.append(UInt8(numbers.below(256))) }
        let place = numbers.below(bytes.count)
        switch numbers.below(8) {
        case 0: bytes[place] ^= 1 << UInt8(numbers.below(8))
        case 1: bytes[place] = UInt8(numbers.below(256))
        case 2: bytes.removeLast(1 + numbers.below(bytes.count / 2))
        case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + numbers.below(20)))
        case 4:  // a piece repeated somewhere else
            let piece = bytes[place..<min(bytes.count, place + 1 + numbers.below(30))]
            bytes.insert(contentsOf: Array(piece), at: numbers.below(bytes.count))
        case 5:  // a digit changed
            guard let digit = bytes[place...].firstIndex(where: { (48...57).contains($0) }) else { return }
            bytes[digit] = UInt8(48 + numbers.below(10))
        case 6:  // a letter changed
            guard let letter = bytes[place...].firstIndex(where: { (97...122).contains($0) }) else { return }
            bytes[letter] = UInt8(97 + numbers.below(26))
        default: bytes.insert(contentsOf: texts[numbers.below(texts.count)].utf8, at: place)
        }
    }

    private static let snippets = [
        "(", ")", "[", "]", ":", "|", "\\", "((", "))", "[[", "]]", ":1.2)", ":0.5]", ":3]", ": .25 ]",
        ":-1]", ":1e9]",
        ":9999999999999999999]", ":1.2.3)", ":)", ":]", "::", "[a|b]", "[a:b:2]", "(a:1.1)", "BREAK",
        " BREAK ", " AND ",
        "AND", ":1.5 AND ", "a", "cat", ", ", ",", " ", "\n", "é", "🐈", "\u{301}", "\u{200D}", "\0", "<cat>",
        "1", "0.5",
        "[a:b:", "[|", "|]", "\\(", "\\]", "\\\\",
        "word word word word word word word word word word word word word",
    ]

    @Test func randomPromptsNeverCrash() throws {
        let tokenizer = try CLIPFixture.tokenizer.get().adding([AddedToken("<cat>", rows: 5)])
        for number in 0..<Self.cases {
            var numbers = SeededNumbers(state: UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1)
            var text = ""
            if number % 8 == 7 {
                let bytes = (0..<numbers.below(300)).map { _ in UInt8(numbers.below(256)) }
                text = String(decoding: bytes, as: UTF8.self)
            } else {
                for _ in 0..<numbers.below(60) { text += Self.snippets[numbers.below(Self.snippets.count)] }
            }
            let steps = 1 + numbers.below(30)
            for grammar in PromptText.Grammar.allCases {
                let stages = PromptText(text, grammar: grammar).stages(steps: steps)
                #expect(stages.last?.end == steps, "case \(number)")
                #expect(
                    zip(stages, stages.dropFirst()).allSatisfy { $0.end < $1.end && $0.parts != $1.parts })
                for stage in stages.prefix(3) {
                    #expect(stage.end > 0 && !stage.parts.isEmpty, "case \(number)")
                    for part in stage.parts {
                        #expect(part.weight.isFinite && !part.spans.isEmpty, "case \(number)")
                        #expect(part.spans.allSatisfy { $0.weight.isFinite }, "case \(number)")
                        for chunk in tokenizer.chunks(of: part.spans) {
                            #expect(chunk.ids.count == 77 && chunk.weights.count == 77, "case \(number)")
                            #expect(chunk.ids.allSatisfy { (0..<tokenizer.rowCount).contains($0) })
                        }
                    }
                }
            }
        }
    }
}
