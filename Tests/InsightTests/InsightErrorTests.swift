import Diagnostics
import Testing

@testable import Insight

@Suite("What the instruments say when they cannot")
struct InsightErrorTests {
    @Test(
        "Each message",
        arguments: [
            (
                .outOfRange(what: "frames", found: "1", allowed: "2 to 240"),
                "frames: expected 2 to 240, found 1"
            ),
            (
                .unreadableExpression("king queen", position: 6, problem: "expected + or − before \"q\""),
                "the expression \"king queen\" cannot be read at character 6: expected + or − before \"q\"\n"
                    + "  → write words with + or − between them, as in \"king - man + woman\"\n"
                    + "  → a weight stands before its word with a star, as in \"0.5*sea + sky\""
            ),
            (
                .unknownWord("quene", nearest: ["queen", "queue"]),
                "\"quene\" is not among the words that have a vector of their own\n"
                    + "  → did you mean \"queen\" or \"queue\"?\n"
                    + "  → use single, common English words; rarer ones are stored in pieces"
            ),
            (
                .unknownWord("xyz", nearest: []),
                "\"xyz\" is not among the words that have a vector of their own\n"
                    + "  → use single, common English words; rarer ones are stored in pieces"
            ),
            (
                .emptySum(expression: "king - king"),
                "\"king - king\" leaves nothing: the words cancel each other\n"
                    + "  → use different words, or weights that differ"
            ),
            (
                .tableMismatch(shape: [2, 3], words: 1),
                "word vectors: expected a table [1, width] for 1 words, found [2, 3]"
            ),
            (
                .conditioningMismatch(from: [1, 5, 16], to: [1, 4, 16]),
                "the walk's ends have different shapes: [1, 5, 16] and [1, 4, 16]\n"
                    + "  → encode both prompts with the same model"
            ),
        ] as [(InsightError, String)])
    func text(error: InsightError, expected: String) {
        #expect(error.description == expected)
    }
}
