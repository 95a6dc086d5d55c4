public import Layers
public import Tensors

/// What a text encoder says of a batch of texts.
public struct CLIPTextOutput: Sendable {
    /// The states before the first layer and after each, `[batch, tokens, width]`; the last one is not normalised.
    public let hiddenStates: [Tensor]
    /// The normalised last state, `[batch, tokens, width]`.
    public let last: Tensor
    /// The last state at the end of each text, `[batch, width]`.
    public let pooled: Tensor
    /// The pooled text through the projection, `[batch, projectionWidth]`; nil without.
    public let projected: Tensor?
}

/// The text encoder of Stable Diffusion: equal to transformers' `CLIPTextModel` and `CLIPTextModelWithProjection`.
///
/// Names of parameters are those of the reference's files (`text_model.…`, `text_projection.weight`). What a probe sees
/// at `self_attn` is the sum of the stream and what the attention adds to it. Source: Radford et al. 2021.
public struct CLIPTextTransformer: Sendable {
    /// Where it stands in the model.
    public let path: ParameterPath
    /// Its sizes; `vocabulary` counts tokens that were added, too.
    public private(set) var configuration: CLIPTextConfiguration
    private var table: Tensor
    private let position: Tensor
    private let layers: [CLIPLayer]
    private let norm: LayerNorm
    private let projection: Linear?

    /// Builds the encoder; the root of `scope` is that of its files.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, _ configuration: CLIPTextConfiguration) throws {
        path = scope.path
        self.configuration = configuration
        let (text, width) = (scope["text_model"], configuration.width)
        table = try text["embeddings"]["token_embedding"].parameter(
            "weight", [configuration.vocabulary, width], .normal(deviation: 0.02))
        position = try text["embeddings"]["position_embedding"].parameter(
            "weight", [configuration.positions, width], .normal(deviation: 0.02))
        layers = try (0..<configuration.layers).map {
            try CLIPLayer(text["encoder"]["layers"][$0], configuration)
        }
        norm = try LayerNorm(text["final_layer_norm"], width: width, epsilon: configuration.epsilon)
        projection = try configuration.projectionWidth.map {
            try Linear(scope["text_projection"], from: width, to: $0, bias: false)
        }
    }

    /// Encodes texts of equal length.
    ///
    /// - Parameters:
    ///   - ids: tokens with start and end, `[batch, tokens]`, whole numbers.
    ///   - context: what the pass carries besides, such as a probe.
    /// - Returns: states of all layers, pooled and projected text.
    /// - Throws: `NetworkError.wrongShape` for texts that are too long; `TensorError` for ids without a vector.
    public func callAsFunction(_ ids: Tensor, _ context: ForwardContext = ForwardContext()) throws
        -> CLIPTextOutput
    {
        guard ids.rank == 2, ids.size(0) > 0, (1...configuration.positions).contains(ids.size(1)) else {
            throw NetworkError.wrongShape(
                path, of: "the tokens", expected: "[batch, 1…\(configuration.positions)]", found: ids.shape)
        }
        let root = path.appending("text_model")
        var x = try ids.embedded(in: table) + position.slice(0..<ids.size(1))
        x = try context.observe(x, at: root.appending("embeddings"))
        var states = [x]
        for layer in layers {
            x = try layer(x, context)
            states.append(x)
        }
        let last = try context.observe(norm(x), at: norm.path)
        let pooled = try pool(last, ids)
        let projected = try projection.map { try context.observe($0(pooled), at: $0.path) }
        return CLIPTextOutput(hiddenStates: states, last: last, pooled: pooled, projected: projected)
    }

    /// The final layer norm alone, for models that read the state of an earlier layer ("clip skip").
    public func finalNorm(_ hidden: Tensor) throws -> Tensor { try norm(hidden) }

    /// The same encoder with vectors for further tokens, whose ids follow the last known one.
    ///
    /// - Parameter rows: `[count, width]`, as textual inversion learns them.
    /// - Returns: an encoder that shares everything else with this one.
    /// - Throws: `NetworkError.wrongShape`.
    public func addingTokens(_ rows: Tensor) throws -> CLIPTextTransformer {
        guard rows.rank == 2, rows.size(1) == configuration.width else {
            throw NetworkError.wrongShape(
                path, of: "an added token's vector", expected: "[count, \(configuration.width)]",
                found: rows.shape)
        }
        var longer = self
        longer.table = try .concatenated([table, rows.to(table.device, table.dtype)])
        longer.configuration.vocabulary += rows.size(0)
        return longer
    }

    /// The state at the end of each text.
    private func pool(_ states: Tensor, _ ids: Tensor) throws -> Tensor {
        // Old files give 2 for the end of text, where the reference takes the highest id; otherwise it takes the
        // first end of text, and the first token when there is none.
        let marks =
            try configuration.endOfText == 2
            ? ids : ids.isEqual(to: Double(configuration.endOfText)).to(.int32)
        let (batch, tokens) = (states.size(0), states.size(1))
        let starts = try Tensor.range(to: Double(batch), device: states.device) * Double(tokens)
        let rows = try marks.indexOfMaximum(along: -1) + starts.to(.int64)
        return try states.reshaped(batch * tokens, states.size(2)).gathered(rows)
    }
}

/// A layer of CLIP's text transformer.
struct CLIPLayer: Sendable {
    private let path, attentionPath: ParameterPath
    private let heads: Int
    private let activation: Activation
    private let norm1, norm2: LayerNorm
    private let query, key, value, output, expand, contract: Linear

    init(_ scope: ParameterScope, _ configuration: CLIPTextConfiguration) throws {
        path = scope.path
        (heads, activation) = (configuration.heads, configuration.activation)
        let width = configuration.width
        norm1 = try LayerNorm(scope["layer_norm1"], width: width, epsilon: configuration.epsilon)
        let attention = scope["self_attn"]
        attentionPath = attention.path
        query = try Linear(attention["q_proj"], from: width, to: width)
        key = try Linear(attention["k_proj"], from: width, to: width)
        value = try Linear(attention["v_proj"], from: width, to: width)
        output = try Linear(attention["out_proj"], from: width, to: width)
        norm2 = try LayerNorm(scope["layer_norm2"], width: width, epsilon: configuration.epsilon)
        expand = try Linear(scope["mlp"]["fc1"], from: width, to: configuration.innerWidth)
        contract = try Linear(scope["mlp"]["fc2"], from: configuration.innerWidth, to: width)
    }

    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        let normal = try norm1(x)
        let attended = try MultiHeadAttention.attend(
            query: query(normal), key: key(normal), value: value(normal), heads: heads, isCausal: true)
        let h = try context.observe(output(attended, adding: x), at: attentionPath)
        return try context.observe(contract(activation(expand(norm2(h))), adding: h), at: path)
    }
}
