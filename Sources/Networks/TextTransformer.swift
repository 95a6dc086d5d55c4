public import Layers
public import Recipes
public import Tensors

/// Word vectors → contextual tokens: Darkroom's own text encoder, trained together with the picture network.
///
/// The picture network attends to all tokens. A pooled sentence vector cannot tell "red left of blue" from "blue left
/// of red"; a transformer over the tokens can.
public struct TextTransformer: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Tokens a caption is cut or padded to.
    public let tokens: Int
    /// Width of the tokens it gives.
    public let width: Int
    /// Attention heads of each block.
    public let heads: Int
    private let project: Linear
    private let position: Tensor
    private let null: Tensor
    private let directions: Tensor?
    private let blocks: [TextBlock]
    private let norm: LayerNorm

    /// Builds the layers for word vectors of `vectorWidth` numbers.
    ///
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, vectorWidth: Int, size: TextSize) throws {
        path = scope.path
        (tokens, width, heads) = (size.tokens, size.width, size.heads)
        project = try Linear(scope["project"], from: vectorWidth, to: width)
        position = try scope.parameter("position", [1, tokens, width], .normal(deviation: 0.02))
        null = try scope.parameter("null", [1, tokens, width], .normal(deviation: 0.02))
        directions =
            try size.directions
            ? ReadingDirection.bias(heads: size.heads, tokens: size.tokens, on: position.device) : nil
        blocks = try (0..<size.layers).map {
            try TextBlock(scope["blocks"][$0], width: size.width, heads: size.heads)
        }
        norm = try LayerNorm(scope["norm"], width: width)
    }

    /// True for the parameters of a model that have a row for each token, `[1, tokens, width]`.
    public static func isPerToken(_ path: ParameterPath) -> Bool {
        ["text.position", "text.null"].contains(path.description)
    }

    /// Vectors `[batch, tokens, vectorWidth]` → `[batch, tokens, width]`.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(_ vectors: Tensor, _ context: ForwardContext) throws -> Tensor {
        var x = try project(vectors) + position
        for block in blocks { x = try block(x, bias: directions, context) }
        return try context.observe(norm(x), at: path.appending("norm"))
    }

    /// The tokens `x`, `[batch, tokens, width]`, with the learned "no caption" tokens where `dropped`, `[batch]`, is true.
    /// - Throws: `TensorError` from the engine.
    public func dropping(_ x: Tensor, where dropped: Tensor) throws -> Tensor {
        try null.to(x.dtype).expanded(x.size(0), -1, -1)
            .selecting(where: dropped.reshaped(-1, 1, 1), otherwise: x)
    }

    /// The learned tokens that mean "no caption", `[batch, tokens, width]`.
    public func unconditional(batch: Int) throws -> Tensor { try null.expanded(batch, -1, -1) }
}

/// A pre-norm transformer block with normalised queries and keys; starts as the identity, so that every word gets
/// through from the first step.
struct TextBlock: Sendable {
    let path: ParameterPath
    let heads: Int
    let norm1, norm2: LayerNorm
    let qkv, out, expand, contract: Linear
    let queryNorm, keyNorm: LayerNorm

    init(_ scope: ParameterScope, width: Int, heads: Int) throws {
        path = scope.path
        self.heads = heads
        norm1 = try LayerNorm(scope["norm1"], width: width)
        qkv = try Linear(scope["qkv"], from: width, to: 3 * width)
        queryNorm = try LayerNorm(scope["query_norm"], width: width / heads)
        keyNorm = try LayerNorm(scope["key_norm"], width: width / heads)
        out = try Linear(scope["out"], from: width, to: width, initializer: .zeros)
        norm2 = try LayerNorm(scope["norm2"], width: width)
        expand = try Linear(scope["expand"], from: width, to: 4 * width)
        contract = try Linear(scope["contract"], from: 4 * width, to: width, initializer: .zeros)
    }

    func callAsFunction(_ x: Tensor, bias: Tensor?, _ context: ForwardContext) throws -> Tensor {
        let parts = try qkv(norm1(x)).chunks(3, along: -1)
        let attended = try MultiHeadAttention.attend(
            query: parts[0], key: parts[1], value: parts[2], heads: heads, bias: bias,
            normalization: (query: queryNorm, key: keyNorm))
        let x = try context.observe(x + out(attended), at: path.appending("attention"))
        return try context.observe(x + contract(expand(norm2(x)).gelu(approximate: true)), at: path)
    }
}
