import Testing
import Tokenizers

/// The grammar of prompts: what its documentation says, and laws.
@Suite struct PromptTextTests {
    /// The stages of a prompt with one part: where each ends, and its text with the weights written as `(text:weight)`.
    private func stages(_ text: String, steps: Int = 10) -> [String] {
        PromptText(text).stages(steps: steps).map { stage in
            "\(stage.end) " + stage.parts.map { $0.spans.map(\.text).joined() }.joined(separator: " & ")
        }
    }

    private func spans(_ text: String) -> [PromptSpan] {
        PromptText(text).stages(steps: 1).last?.parts.first?.spans ?? []
    }

    /// Text, and its stages over ten steps.
    private static let scheduled: [(String, [String])] = [
        ("test", ["10 test"]),
        ("a [b:3]", ["3 a ", "10 a b"]),
        ("a [b: 3]", ["3 a ", "10 a b"]),
        ("a [b : 3 ]", ["3 a ", "10 a b "]),
        ("a [b : c : 1] d", ["1 a b  d", "10 a  c  d"]),
        ("a[b:[c:d:2]:1]e", ["1 abe", "2 ace", "10 ade"]),
        ("a [b::4]c", ["4 a bc", "10 a c"]),
        ("a [:b:4]c", ["4 a c", "10 a bc"]),
        ("a [unbalanced", ["10 a unbalanced"]),
        ("a [b:.5] c", ["5 a  c", "10 a b c"]),
        ("a [b:0.5] c", ["5 a  c", "10 a b c"]),
        // A share is cut to whole steps; 0 and less are over before the first, and what lies behind the last never is.
        ("[a:b:0.29]", ["2 a", "10 b"]),
        ("[a:b:0]", ["10 b"]),
        ("[a:b:-3]", ["10 b"]),
        ("[a:b:.01]", ["10 b"]),
        ("[a:b:10]", ["10 a"]),
        ("[a:b:99]", ["10 a"]),
        ("[a:b:1.0]", ["10 a"]),
        ("[a:b:9999999999999999999999]", ["10 a"]),
        ("[a:b:1e1]", ["10 a"]),
        ("[fe|]male", (1...10).map { "\($0) \($0 % 2 == 1 ? "fe" : "")male" }),
        ("[fe|||]male", ["1 female", "4 male", "5 female", "8 male", "9 female", "10 male"]),
        ("[a|b|c]", (1...10).map { "\($0) \(["a", "b", "c"][($0 - 1) % 3])" }),
        ("[a|a]", ["10 a"]),
        // Text that only looks like it.
        ("a | b: c", ["10 a | b: c"]),
        ("16:9", ["10 16:9"]),
        ("\\[a:b:3\\]", ["10 [a:b:3]"]),
        ("[a\\:b:3]", ["3 ", "10 a:b"]),
        ("(a|b)", ["10 a|b"]),
        ("[a:b:c:3]", ["10 a:b:c:3"]),
        ("[a:b:x]", ["10 a:b:x"]),
    ]

    @Test func changesWithTheStep() {
        for (text, expected) in Self.scheduled { #expect(stages(text) == expected, "\(text)") }
    }

    @Test func bracketsThatHaveNoPartner() {
        // What has one still counts.
        #expect(stages("((a][:b:c [d:3]") == ["3 a]:b:c ", "10 a]:b:c d"])
        #expect(stages("[a:b:2") == ["10 a:b:2"])
        #expect(stages("a:b:2]") == ["10 a:b:2]"])
        #expect(stages("[(a]:3)") == ["10 a"])
        #expect(stages("[x [a:b:2]") == ["2 x a", "10 x b"])
        #expect(stages("") == ["10 "] && stages("[]") == ["10 "] && stages(")") == ["10 )"])
    }

    /// The example of the documentation.
    @Test func severalChanges() {
        let text =
            "fantasy landscape with a [mountain:lake:0.25] and [an oak:a christmas tree:0.75][ in foreground::0.6]"
            + "[: in background:0.25] [shoddy:masterful:0.5]"
        #expect(
            stages(text, steps: 100) == [
                "25 fantasy landscape with a mountain and an oak in foreground shoddy",
                "50 fantasy landscape with a lake and an oak in foreground in background shoddy",
                "60 fantasy landscape with a lake and an oak in foreground in background masterful",
                "75 fantasy landscape with a lake and an oak in background masterful",
                "100 fantasy landscape with a lake and a christmas tree in background masterful",
            ])
    }

    /// Text, the stretches that it is cut into, and their weights.
    private static let weighted: [(String, [String], [Double])] = [
        ("normal text", ["normal text"], [1]),
        ("an (important) word", ["an ", "important", " word"], [1, 1.1, 1]),
        ("(unbalanced", ["unbalanced"], [1.1]),
        ("[lighter", ["lighter"], [1 / 1.1]),
        ("\\(literal\\]", ["(literal]"], [1]),
        ("a\\\\b\\c", ["a\\bc"], [1]),
        ("(unnecessary)(parens)", ["unnecessaryparens"], [1.1]),
        (
            "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
            ["a ", "house", " ", "on", " a ", "hill", ", sun, ", "sky", "."],
            [1, 1.5730000000000004, 1.1, 1, 1.1, 0.55, 1.1, 1.4641000000000006, 1.1]
        ),
        ("(a: 1.5 )b", ["a", "b"], [1.5, 1]),
        ("(a:-.5)", ["a"], [-0.5]),
        ("(a:+2.)", ["a"], [2]),
        ("(a:0)b", ["a", "b"], [0, 1]),
        ("(a:b:2)", ["a:b"], [2]),
        ("a:1.2)", ["a:1.2)"], [1]),
        ("(a:1.2.3)", ["a:1.2.3"], [1.1]),
        ("(a:)", ["a:"], [1.1]),
        ("(a:.)", ["a:."], [1.1]),
        ("(a:1e3)", ["a:1e3"], [1.1]),
        ("", [""], [1]),
        ("()", [""], [1]),
        ("time 12:30, 16:9", ["time 12:30, 16:9"], [1]),
    ]

    @Test func weights() {
        for (text, texts, weights) in Self.weighted {
            let found = spans(text)
            #expect(found.map(\.text) == texts, "\(text)")
            #expect(found.map(\.weight) == weights, "\(text)")
            #expect(!found.contains { $0.startsChunk }, "\(text)")
        }
    }

    @Test func breaks() {
        #expect(
            spans("a BREAK b\n BREAK\tc") == [
                PromptSpan(text: "a"), PromptSpan(text: "b", startsChunk: true),
                PromptSpan(text: "c", startsChunk: true),
            ])
        #expect(
            spans("(a BREAK b:1.5)BREAK") == [
                PromptSpan(text: "a", weight: 1.5), PromptSpan(text: "b", weight: 1.5, startsChunk: true),
                PromptSpan(text: ""), PromptSpan(text: "", startsChunk: true),
            ])
        #expect(
            spans("a BREAKFAST aBREAK BREAK_ break") == [PromptSpan(text: "a BREAKFAST aBREAK BREAK_ break")])
    }

    @Test func conjunctions() {
        let stage = PromptText("a (cat):1.2 AND [x:y:2] dog AND bird :-0.5 AND 16:9 AND :3").stages(steps: 4)
        #expect(stage.map(\.end) == [2, 4])
        #expect(stage[1].parts.map(\.weight) == [1.2, 1, -0.5, 9, 3])
        #expect(
            stage[1].parts.map { $0.spans.map(\.text).joined() } == ["a cat", " y dog", " bird", " 16", ""])
        #expect(stage[0].parts[1].spans == [PromptSpan(text: " x dog")])
        // Alone, a colon means nothing; and AND is a word of its own.
        #expect(
            PromptText("ratio 16:9").stages(steps: 1)[0].parts == [
                PromptPart(spans: [PromptSpan(text: "ratio 16:9")])
            ])
        #expect(PromptText("SAND ANDROID and AND_").stages(steps: 1)[0].parts.count == 1)
        #expect(PromptText("a AND b").stages(steps: 1)[0].parts.count == 2)
        let negative = PromptText("a AND (b):2", grammar: .negative).stages(steps: 1)[0].parts
        #expect(negative.map { $0.spans.map(\.text) } == [["a AND ", "b", ":2"]])
    }

    @Test func plainTextIsTakenAsItStands() {
        let text = "(a:1.2) [b|c] \\( BREAK AND x"
        #expect(
            PromptText(text, grammar: .plain).stages(steps: 7)
                == [PromptStage(end: 7, parts: [PromptPart(spans: [PromptSpan(text: text)])])])
        #expect(PromptText(text) != PromptText(text, grammar: .plain) && PromptText(text) == PromptText(text))
        #expect(PromptText("é") != PromptText("e\u{301}"))
    }

    @Test func noStepsAreOne() {
        #expect(PromptText("[a:b:1]").stages(steps: 0) == PromptText("[a:b:1]").stages(steps: 1))
    }

    /// Text without any sign of the grammar comes out as it went in, whatever it is.
    @Test func textWithoutGrammarStays() throws {
        let fixture = try CLIPFixture.shared.get()
        let signs: Set<Unicode.Scalar> = ["(", ")", "[", "]", "\\"]
        var count = 0
        for answer in fixture.chosen where !answer.text.unicodeScalars.contains(where: signs.contains) {
            let spans = PromptText(answer.text).stages(steps: 3).flatMap { $0.parts.flatMap(\.spans) }
            #expect(spans == [PromptSpan(text: answer.text)])
            count += 1
        }
        #expect(count > 50)
    }

    /// However deep it is nested, it takes time in proportion to its length and no stack.
    @Test(arguments: [
        "(", "[", "((a:1.1)", "[a|", "[a:[b:", "(a]", "[(", "|", ":", "[x:1]", "(a", "BREAK ", " AND ",
    ])
    func deepNesting(piece: String) {
        let many = String(repeating: piece, count: 20_000)
        for text in [
            many, many + String(repeating: "]", count: 20_000),
            many + String(repeating: ":2])", count: 20_000),
        ] {
            let stages = PromptText(text).stages(steps: 3)
            #expect(stages.last?.end == 3)
            #expect(stages.allSatisfy { $0.parts.allSatisfy { $0.spans.allSatisfy { $0.weight.isFinite } } })
        }
    }

    /// Groups within groups count until they are 32 deep.
    @Test func nestingWithinReason() {
        var text = "z"
        for _ in 0..<32 { text = "[\(text):1]" }
        #expect(stages(text) == ["1 ", "10 z"])
        #expect(stages("[\(text):1]") == ["1 :1", "10 z:1"])
    }
}
