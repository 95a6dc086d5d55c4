public import Tensors

/// Multi-head attention on projected queries, keys and values, with normalised queries and keys.
public enum MultiHeadAttention {
    /// Maps `[batch, tokens, width]` to `[batch, heads, tokens, width / heads]`.
    public static func split(_ x: Tensor, heads: Int) throws -> Tensor {
        try x.reshaped(x.size(0), x.size(1), heads, x.size(2) / max(1, heads)).transposed(1, 2)
    }
    /// The inverse of `split`.
    public static func merge(_ x: Tensor) throws -> Tensor {
        try x.transposed(1, 2).reshaped(x.size(0), x.size(2), x.size(1) * x.size(3))
    }
    /// softmax(q·kᵀ/√d)·v per head; all `[batch, tokens, width]`.
    ///
    /// `normalization` is applied to each head's queries and keys before the product (Henry et al. 2020). With
    /// `isCausal`, token i of the queries sees tokens 0…i of the keys only. `bias`, which broadcasts to
    /// `[batch, heads, queries, keys]`, is added to the scores before the softmax.
    public static func attend(
        query: Tensor, key: Tensor, value: Tensor, heads: Int, isCausal: Bool = false, bias: Tensor? = nil,
        normalization: (query: LayerNorm, key: LayerNorm)? = nil
    ) throws -> Tensor {
        if normalization == nil, !isCausal, bias == nil,
            ![query, key, value].contains(where: \.requiresGradient)
        {
            return try .attention(query: query, key: key, value: value, heads: heads)
        }
        if let (queryNorm, keyNorm) = normalization, !isCausal, queryNorm.epsilon == keyNorm.epsilon,
            let queryParameters = queryNorm.parameters, let keyParameters = keyNorm.parameters
        {
            return try .normedAttention(
                query: query, key: key, value: value, heads: heads, queryNorm: queryParameters,
                keyNorm: keyParameters, epsilon: queryNorm.epsilon, bias: bias)
        }
        var query = try split(query, heads: heads)
        var key = try split(key, heads: heads)
        let value = try split(value, heads: heads)
        if let normalization {
            query = try normalization.query(query).to(value.dtype)
            key = try normalization.key(key).to(value.dtype)
        }
        // The fused operator is fastest forwards; its CPU backward pass costs more than plain products.
        guard query.requiresGradient || bias != nil else {
            return try merge(.attention(query: query, key: key, value: value, isCausal: isCausal))
        }
        let scale = 1 / Double(query.size(-1)).squareRoot()
        var scores = try (query * scale).matmul(key.transposed(-2, -1))
        if let bias { scores = try scores + bias.to(scores.dtype) }
        if isCausal {
            let future = try Tensor.full([query.size(-2), key.size(-2)], -.infinity, device: scores.device)
            scores = try scores + future.to(scores.dtype).upperTriangle(above: 1)
        }
        let weights = try scores.softmax(along: -1)
        return try merge(weights.matmul(value))
    }
}
