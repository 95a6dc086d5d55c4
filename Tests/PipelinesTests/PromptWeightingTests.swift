import Foundation
import Tensors
import Testing
import Tokenizers

@testable import Pipelines

/// The rule by which weights reach embeddings, in numbers worked out by hand.
@Suite struct PromptWeightingTests {
    /// Chunks of start, two ids and end.
    private func chunks(_ text: String) throws -> [PromptChunk] {
        var settings = CLIPTokenizerSettings.openAI
        settings.length = 4
        let tokenizer = try CLIPTokenizer(
            vocabulary: Data(#"{"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2, "b</w>": 3}"#.utf8),
            merges: Data(), settings: settings)
        return PromptText(text).stages(steps: 1).flatMap(\.parts).flatMap { tokenizer.chunks(of: $0.spans) }
    }

    @Test func weightsMultiplyAndTheMeanStays() throws {
        let chunks = try chunks("a (b:3)")
        #expect(chunks.map(\.weights) == [[1, 1, 3, 1]])
        let embeddings = try Tensor([1, 2, 3, 0, 4, -2, 0, 0] as [Float], shape: [1, 4, 2])
        let weighted = try PromptWeighting.weighted(embeddings, by: chunks)
        // Weighted: 1, 2, 3, 0, 12, −6, 0, 0, whose sum is 12 and was 8.
        let expected: [Float] = [1, 2, 3, 0, 12, -6, 0, 0].map { $0 * 8 / 12 }
        #expect(weighted.shape == [1, 4, 2])
        for (found, wanted) in zip(try weighted.values(as: Float.self), expected) {
            #expect(abs(found - wanted) < 1e-6)
        }
    }

    @Test func chunksWithoutWeightsStayBitByBit() throws {
        var random = try RandomStream(seed: 3)
        let embeddings = try random.normal([2, 4, 8]).squeezed(0)
        let plain = try PromptWeighting.weighted(embeddings, by: chunks("a a b b"))
        #expect(try plain.values(as: Float.self) == embeddings.values(as: Float.self))
        let half = try PromptWeighting.weighted(embeddings, by: chunks("a a (b:1.5) b"))
        #expect(
            try half.slice(0..<1).values(as: Float.self) == embeddings.slice(0..<1).values(as: Float.self))
        let (before, after) = try (embeddings.slice(1..<2), half.slice(1..<2))
        #expect(try after.values(as: Float.self) != before.values(as: Float.self))
        #expect(abs(try before.mean().item() - after.mean().item()) < 1e-6)
    }

    @Test func aMeanThatCannotBeRestoredIsLeft() throws {
        let embeddings = try Tensor([0, 0, 1, 1, 2, 2, -3, -3] as [Float], shape: [1, 4, 2])
        let weighted = try PromptWeighting.weighted(embeddings, by: chunks("a (b:0.5)"))
        #expect(try weighted.values(as: Float.self).allSatisfy(\.isFinite))
        let cancelled = try Tensor([0, 0, 1, 1, 1, 1, 0, 0] as [Float], shape: [1, 4, 2])
        #expect(
            try PromptWeighting.weighted(cancelled, by: chunks("a (b:-1)")).values(as: Float.self)
                == [0, 0, 1, 1, -1, -1, 0, 0])
    }

    @Test func shapesThatDoNotFit() throws {
        let embeddings = try Tensor([Float](repeating: 1, count: 16), shape: [2, 4, 2])
        #expect(throws: PipelineError.self) { try PromptWeighting.weighted(embeddings, by: chunks("a")) }
        let flat = try embeddings.reshaped(2, 8)
        #expect(throws: PipelineError.self) { try PromptWeighting.weighted(flat, by: chunks("a b a")) }
    }
}
