public import Tensors
public import Tokenizers

/// Puts the weights of a prompt, as in `(word:1.3)`, into the embeddings of its tokens.
public enum PromptWeighting {
    /// Multiplies each token's embedding with its weight, then brings each chunk's mean back to what it was.
    ///
    /// With `z` a chunk's embeddings and `w` its weights: `z' = w · z`, then `z' · mean(z) / mean(z')`, the means over all
    /// numbers of the chunk. Chunks without weights come out bit by bit as they went in. Where no factor brings the
    /// mean back (it is zero, or weights cancel out), only the weights are applied.
    ///
    /// Source: the "original" emphasis of the AUTOMATIC1111 web interface.
    /// - Parameters:
    ///   - embeddings: what a text encoder says of the chunks, `[chunk, token, width]`.
    ///   - chunks: the chunks, one for each along the first axis, with as many weights as there are tokens.
    /// - Returns: embeddings of the same shape and type.
    /// - Throws: `PipelineError.unusableModel` for other shapes; what tensors throw.
    public static func weighted(_ embeddings: Tensor, by chunks: [PromptChunk]) throws -> Tensor {
        guard embeddings.shape.count == 3, embeddings.shape[0] == chunks.count,
            chunks.allSatisfy({ $0.weights.count == embeddings.shape[1] })
        else {
            throw PipelineError.unusableModel(
                reason:
                    "the embeddings have shape \(embeddings.shape); the prompt has \(chunks.count) chunks of "
                    + "\(chunks.first?.weights.count ?? 0) tokens")
        }
        if chunks.allSatisfy(\.isPlain) { return embeddings }
        let parts = try chunks.indices.map { place in
            let part = try embeddings.slice(place..<place + 1)
            return chunks[place].isPlain ? part : try weighted(part, by: chunks[place].weights)
        }
        return try Tensor.concatenated(parts, along: 0)
    }

    /// One chunk, `[1, token, width]`, in single precision between its first and last number.
    private static func weighted(_ chunk: Tensor, by weights: [Float]) throws -> Tensor {
        let before = try chunk.to(.float32)
        let factors = try Tensor(weights, shape: [1, weights.count, 1]).to(chunk.device)
        let after = try before * factors
        let ratio = try before.mean() / after.mean()
        let value = try ratio.item()
        // A mean near zero would blow the embeddings up.
        let isUsable = value.isFinite && abs(value) < 1000
        return try (isUsable ? after * ratio : after).to(chunk.dtype)
    }
}
