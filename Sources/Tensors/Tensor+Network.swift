/// The operations that networks are made of.
extension Tensor {
    private static let linearOperator = Operator("aten::linear")
    private static let convOperator = Operator("darkroom::convolution")
    private static let embeddingOperator = Operator("aten::embedding")
    private static let siluOperator = Operator("aten::silu")
    private static let geluOperator = Operator("aten::gelu")
    private static let reluOperator = Operator("aten::relu")
    private static let groupNormOperator = Operator("aten::group_norm")
    private static let layerNormOperator = Operator("aten::layer_norm")
    private static let rmsNormOperator = Operator("aten::rms_norm")
    private static let attentionOperator = Operator("aten::scaled_dot_product_attention")
    private static let upsampleOperator = Operator("aten::upsample_nearest2d")
    private static let padOperator = Operator("aten::constant_pad_nd")
    private static let mishOperator = Operator("aten::mish")

    /// `self · weightᵀ + bias` over the last axis; weight `[out, in]`.
    public func linear(weight: Tensor, bias: Tensor?) throws(TensorError) -> Tensor {
        try Self.linearOperator(.tensor(self), .tensor(weight), .optionalTensor(bias))
    }
    /// A 2-D convolution; input `[batch, in, height, width]`, weight `[out, in / groups, kernel, kernel]`.
    ///
    /// Channels fall into `groups`, each of which sees itself only; as many groups as channels is a depthwise convolution.
    public func conv2d(
        weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0, groups: Int = 1
    ) throws(TensorError) -> Tensor {
        try Self.convOperator(
            .tensor(self), .tensor(weight), .optionalTensor(bias), .int(stride), .int(padding), .int(groups))
    }
    /// The rows of a table `[entries, width]` that the integers name.
    public func embedded(in table: Tensor) throws(TensorError) -> Tensor {
        try Self.embeddingOperator(.tensor(table), .tensor(self))
    }
    /// x · sigmoid(x).
    public func silu() throws(TensorError) -> Tensor { try Self.siluOperator(.tensor(self)) }
    /// The Gaussian error linear unit; exact, or by its tanh approximation.
    public func gelu(approximate: Bool = false) throws(TensorError) -> Tensor {
        approximate ? try tanhGELU() : try Self.geluOperator(.tensor(self), .string("none"))
    }
    /// x · sigmoid(1.702 x), as OpenAI's CLIP computes.
    public func quickGELU() throws(TensorError) -> Tensor { try self * (self * 1.702).sigmoid() }
    /// x · tanh(log(1 + eˣ)).
    public func mish() throws(TensorError) -> Tensor { try Self.mishOperator(.tensor(self)) }
    /// max(x, 0).
    public func relu() throws(TensorError) -> Tensor { try Self.reluOperator(.tensor(self)) }
    /// Normalised over groups of channels, then scaled and shifted per channel.
    public func groupNorm(
        groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double = 1e-5
    ) throws(TensorError) -> Tensor {
        try Self.groupNormOperator(
            .tensor(self), .int(groups), .optionalTensor(weight), .optionalTensor(bias), .double(epsilon))
    }
    /// Normalised over the last axis.
    public func layerNorm(
        weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
    ) throws(TensorError) -> Tensor {
        if let weight, let bias {
            return try layerNorm(scale: weight, shift: bias, epsilon: epsilon)
        }
        return try Self.layerNormOperator(
            .tensor(self), .ints([size(-1)]), .optionalTensor(weight), .optionalTensor(bias), .double(epsilon)
        )
    }
    /// Divided by its root mean square over the last axis, then scaled.
    public func rmsNorm(weight: Tensor? = nil, epsilon: Double = 1e-6) throws(TensorError) -> Tensor {
        try Self.rmsNormOperator(
            .tensor(self), .ints([size(-1)]), .optionalTensor(weight), .double(epsilon))
    }
    /// Attention, softmax(q·kᵀ / √d)·v; all `[batch, heads, tokens, d]`.
    ///
    /// `mask` is added to the scores, or keeps where true; with `isCausal` query i sees keys 0…i only.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, isCausal: Bool = false
    ) throws(TensorError) -> Tensor {
        try attentionOperator(
            .tensor(query), .tensor(key), .tensor(value), .optionalTensor(mask), .double(0), .bool(isCausal))
    }
    /// Each pixel repeated `factor` times in both directions.
    public func upsampledNearest(_ factor: Int) throws(TensorError) -> Tensor {
        try Self.upsampleOperator(.tensor(self), .ints([size(2) * factor, size(3) * factor]))
    }
    /// The nearest pixels at another size.
    public func resizedNearest(height: Int, width: Int) throws(TensorError) -> Tensor {
        try Self.upsampleOperator(.tensor(self), .ints([height, width]))
    }
    /// Zeros added beside the last two axes.
    public func padded(
        left: Int = 0, right: Int = 0, top: Int = 0, bottom: Int = 0
    ) throws(TensorError) -> Tensor {
        try Self.padOperator(.tensor(self), .ints([left, right, top, bottom]), .double(0))
    }
}
