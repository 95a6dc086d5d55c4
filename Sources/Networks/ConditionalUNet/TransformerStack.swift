import Layers
import Tensors

/// Keys and values of a text at every place that attends to it: computed once, used at every step.
public struct PreparedText: Sendable {
    /// Number of texts.
    public let batch: Int
    /// Keys and values, `[batch, tokens, width]` each, by the path of the attention layer.
    let entries: [ParameterPath: KeysAndValues]
}

/// What queries look at, `[batch, tokens, width]` each.
struct KeysAndValues: Sendable {
    let keys, values: Tensor
}

/// Projections around multi-head attention; named as in diffusers.
struct ProjectedAttention: Sendable {
    let path: ParameterPath
    private let heads: Int
    private let query, key, value, output: Linear

    /// `contextWidth` is the width of what is attended to; `inner` that of queries, keys and values.
    init(
        _ scope: ParameterScope, width: Int, contextWidth: Int? = nil, inner: Int, heads: Int,
        bias: Bool = false
    ) throws {
        path = scope.path
        self.heads = heads
        query = try Linear(scope["to_q"], from: width, to: inner, bias: bias)
        key = try Linear(scope["to_k"], from: contextWidth ?? width, to: inner, bias: bias)
        value = try Linear(scope["to_v"], from: contextWidth ?? width, to: inner, bias: bias)
        output = try Linear(scope["to_out"][0], from: inner, to: width)
    }

    func keysAndValues(of context: Tensor) throws -> KeysAndValues {
        KeysAndValues(keys: try key(context), values: try value(context))
    }
    /// `x` attends to itself, or to what is given; `residual` is added.
    func callAsFunction(_ x: Tensor, to context: KeysAndValues? = nil, adding residual: Tensor?) throws
        -> Tensor
    {
        let context = try context ?? keysAndValues(of: x)
        let attended = try MultiHeadAttention.attend(
            query: query(x), key: context.keys, value: context.values, heads: heads)
        return try output(attended, adding: residual)
    }
}

/// Self-attention, attention to the text, feed-forward: diffusers' `BasicTransformerBlock`.
struct TextAwareBlock: Sendable {
    let path: ParameterPath
    private let norm1, norm2, norm3: LayerNorm
    private let first, second: ProjectedAttention
    private let expand, contract: Linear
    /// True when the first attention looks at the text, too.
    private let looksAtTextOnly: Bool

    init(_ scope: ParameterScope, width: Int, attention: StageAttention) throws {
        path = scope.path
        looksAtTextOnly = attention.looksAtTextOnly
        norm1 = try LayerNorm(scope["norm1"], width: width)
        first = try ProjectedAttention(
            scope["attn1"], width: width, contextWidth: looksAtTextOnly ? attention.textWidth : nil,
            inner: width, heads: attention.heads)
        norm2 = try LayerNorm(scope["norm2"], width: width)
        second = try ProjectedAttention(
            scope["attn2"], width: width, contextWidth: attention.textWidth, inner: width,
            heads: attention.heads)
        norm3 = try LayerNorm(scope["norm3"], width: width)
        expand = try Linear(scope["ff"]["net"][0]["proj"], from: width, to: 8 * width)
        contract = try Linear(scope["ff"]["net"][2], from: 4 * width, to: width)
    }

    func prepare(_ text: Tensor, into entries: inout [ParameterPath: KeysAndValues]) throws {
        if looksAtTextOnly { entries[first.path] = try first.keysAndValues(of: text) }
        entries[second.path] = try second.keysAndValues(of: text)
    }

    /// `[batch, tokens, width]` in and out.
    ///
    /// `size` is the map that the tokens are the pixels of.
    func callAsFunction(
        _ x: Tensor, text: PreparedText, size: (height: Int, width: Int), _ context: ForwardContext
    ) throws -> Tensor {
        var h: Tensor
        if looksAtTextOnly {
            h = try first(norm1(x), to: text.entry(of: first), adding: x)
        } else if let merge = try context.merging?.merge(norm1(x), height: size.height, width: size.width) {
            h = try x + merge.restored(first(merge.tokens, adding: nil))
        } else {
            h = try first(norm1(x), adding: x)
        }
        h = try context.observe(h, at: first.path)
        h = try context.observe(second(norm2(h), to: text.entry(of: second), adding: h), at: second.path)
        return try context.observe(contract(expand(norm3(h)).gatedGELU(), adding: h), at: path)
    }
}

extension PreparedText {
    fileprivate func entry(of attention: ProjectedAttention) throws -> KeysAndValues {
        guard let entry = entries[attention.path] else { throw NetworkError.foreignText(attention.path) }
        return entry
    }
}

/// The pixels of a map as a sequence that goes through transformer blocks: diffusers' `Transformer2DModel`.
struct TransformerStack: Sendable {
    let path: ParameterPath
    private let norm: GroupNorm
    private let input, output: Linear
    private let blocks: [TextAwareBlock]

    init(_ scope: ParameterScope, channels: Int, layers: Int, groups: Int, attention: StageAttention) throws {
        path = scope.path
        let width = attention.heads * (channels / attention.heads)
        norm = try GroupNorm(scope["norm"], channels: channels, groups: groups, epsilon: 1e-6)
        if attention.projectsLinearly {
            input = try Linear(scope["proj_in"], from: channels, to: width)
            output = try Linear(scope["proj_out"], from: width, to: channels)
        } else {
            input = try Linear(kernels: scope["proj_in"], from: channels, to: width)
            output = try Linear(kernels: scope["proj_out"], from: width, to: channels)
        }
        blocks = try (0..<layers).map {
            try TextAwareBlock(scope["transformer_blocks"][$0], width: width, attention: attention)
        }
    }

    func prepare(_ text: Tensor, into entries: inout [ParameterPath: KeysAndValues]) throws {
        for block in blocks { try block.prepare(text, into: &entries) }
    }

    /// `[batch, channels, height, width]` in and out, channels last.
    func callAsFunction(_ x: Tensor, text: PreparedText, _ context: ForwardContext) throws -> Tensor {
        let (height, width) = (x.size(2), x.size(3))
        // Both are views of maps that are channels last.
        let pixels = try x.flattened(from: 2).transposed(1, 2)
        var h = try input(norm(x).flattened(from: 2).transposed(1, 2))
        for block in blocks {
            h = try block(h, text: text, size: (height: height, width: width), context)
        }
        h = try output(h, adding: pixels)
        h = try h.transposed(1, 2).reshaped(x.size(0), x.size(1), height, width)
        return try context.observe(h, at: path)
    }
}
