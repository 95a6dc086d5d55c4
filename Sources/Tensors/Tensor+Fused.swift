/// Operators of our own: fused, on the CPU; anything else goes to libtorch's operators.
///
/// Those for drawing serve bf16 without gradients; layer norm, `tanhGELU` and `normedAttention`, of which networks that
/// learn are made, serve single precision too and have gradients, once.
extension Tensor {
    private static let attentionOperator = Operator("darkroom::attention")
    private static let groupNormOperator = Operator("darkroom::group_norm")
    private static let gatedGELUOperator = Operator("darkroom::gated_gelu")
    private static let layerNormOperator = Operator("darkroom::layer_norm")
    private static let tanhGELUOperator = Operator("darkroom::tanh_gelu")
    private static let normedAttentionOperator = Operator("darkroom::normed_attention")
    private static let packLinearOperator = Operator("darkroom::pack_linear_weight")
    private static let packConvolutionOperator = Operator("darkroom::pack_convolution_weight")
    private static let packedLinearOperator = Operator("darkroom::packed_linear")
    private static let packedConvolutionOperator = Operator("darkroom::packed_convolution")

    /// Attention of every head, softmax(q·kᵀ / √d)·v, straight from the projections.
    ///
    /// - Parameters:
    ///   - query: `[batch, queries, heads · d]`.
    ///   - key: `[batch, keys, heads · d]`.
    ///   - value: `[batch, keys, heads · d]`.
    ///   - heads: number of heads, which divides the width.
    /// - Returns: `[batch, queries, heads · d]`.
    /// - Throws: `TensorError` when the shapes do not fit together.
    public static func attention(
        query: Tensor, key: Tensor, value: Tensor, heads: Int
    ) throws(TensorError) -> Tensor {
        try attentionOperator(.tensor(query), .tensor(key), .tensor(value), .int(heads))
    }

    /// Normalised over groups of channels, with what stands before and after it in a residual block.
    ///
    /// - Parameters:
    ///   - groups: number of groups, which divides the channels.
    ///   - weight: scale, `[channel]`.
    ///   - bias: shift, `[channel]`.
    ///   - epsilon: added to the variance.
    ///   - before: added to every pixel before it is normalised, `[batch, channel]`.
    ///   - isActivated: whether SiLU follows.
    /// - Returns: `[batch, channel, height, width]`, as this.
    /// - Throws: `TensorError` when the shapes do not fit together.
    public func groupNorm(
        groups: Int, weight: Tensor, bias: Tensor, epsilon: Double, adding before: Tensor?,
        thenSiLU isActivated: Bool
    ) throws(TensorError) -> Tensor {
        try Self.groupNormOperator(
            .tensor(self), .int(groups), .tensor(weight), .tensor(bias), .double(epsilon),
            .optionalTensor(before),
            .bool(isActivated))
    }
    /// Normalised over the last axis, scaled and shifted, with what follows it in a residual block.
    ///
    /// - Parameters:
    ///   - scale: `[width]`.
    ///   - shift: `[width]`.
    ///   - epsilon: added to the variance.
    ///   - modulation: for each sample what a further scale has more than 1, then a further shift, `[batch, 2 · width]`.
    ///   - isActivated: whether SiLU follows.
    /// - Returns: the same shape.
    /// - Throws: `TensorError` when the shapes do not fit together.
    package func layerNorm(
        scale: Tensor, shift: Tensor, epsilon: Double, modulation: Tensor? = nil,
        thenSiLU isActivated: Bool = false
    ) throws(TensorError) -> Tensor {
        try Self.layerNormOperator(
            .tensor(self), .tensor(scale), .tensor(shift), .double(epsilon), .optionalTensor(modulation),
            .bool(isActivated))
    }
    /// The Gaussian error linear unit by its tanh approximation.
    package func tanhGELU() throws(TensorError) -> Tensor { try Self.tanhGELUOperator(.tensor(self)) }

    /// A norm's scale and shift, `[width]` each.
    package typealias NormParameters = (scale: Tensor, shift: Tensor)

    /// Attention of every head with normalised queries and keys, straight from the projections.
    ///
    /// - Parameters:
    ///   - query: `[batch, queries, heads · d]`.
    ///   - key: `[batch, keys, heads · d]`.
    ///   - value: `[batch, keys, heads · d]`.
    ///   - heads: number of heads, which divides the width.
    ///   - queryNorm: scale and shift of the queries' norm, `[d]` each.
    ///   - keyNorm: scale and shift of the keys' norm, `[d]` each.
    ///   - epsilon: added to the variances.
    ///   - bias: added to the scores, `[1, heads, queries, keys]` in single precision.
    /// - Returns: `[batch, queries, heads · d]`.
    /// - Throws: `TensorError` when the shapes do not fit together.
    package static func normedAttention(
        query: Tensor, key: Tensor, value: Tensor, heads: Int, queryNorm: NormParameters,
        keyNorm: NormParameters,
        epsilon: Double, bias: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try normedAttentionOperator(
            .tensor(query), .tensor(key), .tensor(value), .int(heads), .tensor(queryNorm.scale),
            .tensor(queryNorm.shift), .tensor(keyNorm.scale), .tensor(keyNorm.shift), .double(epsilon),
            .optionalTensor(bias))
    }

    /// a · gelu(b), where a is the first half of the last axis and b the second.
    public func gatedGELU() throws(TensorError) -> Tensor { try Self.gatedGELUOperator(.tensor(self)) }

    /// This matrix `[out, in]` in the block layout that products like best; itself when there is none.
    ///
    /// A packed weight is opaque: it serves `linear(packedWeight:bias:adding:)` and nothing else.
    package func packedForLinear() throws(TensorError) -> Tensor {
        try Self.packLinearOperator(.tensor(self))
    }
    /// These kernels `[out, in, kernel, kernel]` in the block layout that convolutions like best.
    package func packedForConvolution(stride: Int, padding: Int) throws(TensorError) -> Tensor {
        try Self.packConvolutionOperator(.tensor(self), .int(stride), .int(padding))
    }
    /// `self · weightᵀ + bias`, plus `residual`, with a weight from `packedForLinear`.
    package func linear(
        packedWeight weight: Tensor, bias: Tensor?, adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try Self.packedLinearOperator(
            .tensor(self), .tensor(weight), .optionalTensor(bias), .optionalTensor(residual))
    }
    /// A convolution, plus `residual`, with a weight from `packedForConvolution`.
    package func conv2d(
        packedWeight weight: Tensor, bias: Tensor?, stride: Int, padding: Int, adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try Self.packedConvolutionOperator(
            .tensor(self), .tensor(weight), .optionalTensor(bias), .int(stride), .int(padding),
            .optionalTensor(residual))
    }
}
