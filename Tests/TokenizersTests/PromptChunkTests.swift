import Testing
import Tokenizers

/// Prompts in chunks, with a weight for every id.
@Suite struct PromptChunkTests {
    private let tokenizer: CLIPTokenizer
    /// The id of `word`.
    private let word: Int
    /// The id of a comma.
    private let comma = 267

    init() throws {
        tokenizer = try CLIPFixture.tokenizer.get()
        word = try #require(tokenizer.id(of: "word</w>"))
    }

    private func chunks(_ text: String, commaReach: Int = 20) -> [PromptChunk] {
        let spans = PromptText(text).stages(steps: 1)[0].parts[0].spans
        return tokenizer.chunks(of: spans, commaReach: commaReach)
    }

    private func words(_ count: Int) -> String {
        Array(repeating: "word", count: count).joined(separator: " ")
    }

    /// The same ids as the pipelines of diffusers, for every text without grammar that fits.
    @Test func shortTextsHaveTheIdsOfTheReference() throws {
        let fixture = try CLIPFixture.shared.get()
        let signs: Set<Unicode.Scalar> = ["(", ")", "[", "]", "\\"]
        for settings in [CLIPTokenizerSettings.openAI, .openCLIP] {
            let tokenizer = try CLIPTokenizer(merges: CLIPFixture.merges.get(), settings: settings)
            var count = 0
            for answer in fixture.chosen {
                let expected = tokenizer.tokens(of: answer.text)
                #expect(tokenizer.chunk(cutting: answer.text).ids == expected.ids)
                guard tokenizer.encode(answer.text).count <= 75,
                    !answer.text.unicodeScalars.contains(where: signs.contains)
                else { continue }
                let chunks = PromptText(answer.text).stages(steps: 1)[0].parts.map {
                    tokenizer.chunks(of: $0.spans)
                }
                #expect(chunks.count == 1 && chunks[0].count == 1)
                #expect(chunks[0][0].ids == expected.ids && chunks[0][0].isPlain, "\(answer.text)")
                #expect(chunks[0][0].count + 2 == expected.count)
                count += 1
            }
            #expect(count > 40)
        }
    }

    @Test func weightsStandBesideTheirIds() {
        let chunks = chunks("a (red:1.5) [cat], ((x))")
        #expect(chunks.count == 1)
        #expect(Array(chunks[0].ids.prefix(7)) == [49_406, 320, 736, 2368, 267, 343, 49_407])
        #expect(
            Array(chunks[0].weights.prefix(8)) == [1, 1, 1.5, Float(1 / 1.1), 1, Float(1.1 * 1.1), 1, 1])
        #expect(chunks[0].weights.count == 77 && chunks[0].count == 5 && !chunks[0].isPlain)
    }

    @Test func longTextsAreCutIntoChunks() {
        #expect(chunks(words(75)).map(\.count) == [75])
        #expect(chunks(words(76)).map(\.count) == [75, 1])
        #expect(chunks(words(151)).map(\.count) == [75, 75, 1])
        for chunk in chunks(words(151)) {
            #expect(chunk.ids.count == 77 && chunk.ids.first == 49_406)
            #expect(chunk.ids[chunk.count + 1] == 49_407)
            #expect(chunk.ids[1...chunk.count].allSatisfy { $0 == word })
        }
        #expect(chunks("").map(\.count) == [0])
        #expect(chunks("") == [tokenizer.emptyChunk])
    }

    @Test func wordsBehindACommaStayTogether() {
        // The comma is id 60 of 75, and 16 words come behind it: the sixteenth would be cut off from its phrase.
        let text = words(59) + ", " + words(16)
        #expect(chunks(text).map(\.count) == [60, 16])
        #expect(chunks(text)[0].ids[60] == comma)
        #expect(chunks(text, commaReach: 0).map(\.count) == [75, 1])
        // A comma too far back does not count, nor does one that is the 76th id itself.
        #expect(chunks(words(50) + ", " + words(40)).map(\.count) == [75, 16])
        #expect(chunks(words(54) + ", " + words(21)).map(\.count) == [75, 1])
        #expect(chunks(words(55) + ", " + words(20)).map(\.count) == [56, 20])
        #expect(chunks(words(75) + ", " + words(2)).map(\.count) == [75, 3])
        // Weights go over with their ids.
        let weighted = chunks(words(59) + ", (" + words(16) + ":2)")
        #expect(weighted[0].isPlain && Array(weighted[1].weights[1...16]) == Array(repeating: 2, count: 16))
        #expect(weighted[1].weights[17] == 1)
    }

    @Test func breakBeginsAChunk() {
        #expect(chunks("a cat BREAK dog").map(\.count) == [2, 1])
        #expect(chunks("a BREAK").map(\.count) == [1])
        #expect(chunks("BREAK a").map(\.count) == [0, 1])
        #expect(chunks("a BREAK BREAK b").map(\.count) == [1, 0, 1])
        // A comma in the chunk before does not count.
        #expect(chunks("x, y BREAK " + words(76)).map(\.count) == [3, 75, 1])
    }

    @Test func tokensWithSeveralRowsStayTogether() throws {
        let tokenizer = try tokenizer.adding([AddedToken("<x>", rows: 10)])
        let chunks = tokenizer.chunks(of: [PromptSpan(text: words(70) + " <x> a", weight: 1)])
        #expect(chunks.map(\.count) == [70, 11])
        #expect(Array(chunks[1].ids[1...11]) == Array(49_408..<49_418) + [320])
        #expect(tokenizer.chunks(of: [PromptSpan(text: words(65) + " <x>")]).map(\.count) == [75])
    }

    @Test func promptsDrawnTogetherHaveAsManyChunks() {
        let evened = tokenizer.evened([chunks(words(160)), chunks("a"), []])
        #expect(evened.map(\.count) == [3, 3, 3])
        #expect(evened[1].map(\.count) == [1, 0, 0] && evened[1][2] == tokenizer.emptyChunk)
        #expect(tokenizer.evened([]).isEmpty)
    }
}
