/// The weight of a linear map or a convolution in a byte a number, with one scale an output channel.
///
/// Rounding errs by at most half a 127th of a channel's largest weight. Serves inference only.
package struct ByteWeight: Sendable {
    private static let quantizeOperator = Operator("darkroom::quantize_weight")
    private static let packLinearOperator = Operator("darkroom::int8_pack_linear")
    private static let packConvolutionOperator = Operator("darkroom::int8_pack_convolution")
    private static let linearOperator = Operator("darkroom::int8_linear")
    private static let convolutionOperator = Operator("darkroom::int8_convolution")

    /// The bytes; opaque where they are packed.
    package let bytes: Tensor
    /// One an output channel, single precision.
    package let scale: Tensor

    /// A matrix `[out, in]`.
    ///
    /// With `quantizingInputs` what it multiplies is rounded to bytes, with one scale for the whole of it, where the
    /// processor multiplies bytes; elsewhere the weight alone is.
    package init(matrix: Tensor, quantizingInputs: Bool) throws(TensorError) {
        let (bytes, scale) = try Self.rounded(matrix)
        self.bytes = try Self.packLinearOperator(.tensor(bytes), .bool(quantizingInputs))
        self.scale = scale
    }

    /// Kernels `[out, in, height, width]` for a stride and as many zeros at each side.
    package init(
        kernels: Tensor, stride: Int, padding: Int, quantizingInputs: Bool
    ) throws(TensorError) {
        let (bytes, scale) = try Self.rounded(kernels)
        self.bytes = try Self.packConvolutionOperator(
            .tensor(bytes), .tensor(scale), .int(stride), .int(padding), .bool(quantizingInputs))
        self.scale = scale
    }

    private static func rounded(_ weight: Tensor) throws(TensorError) -> (bytes: Tensor, scale: Tensor) {
        let results = try quantizeOperator.all(.tensor(weight))
        guard results.count == 2 else {
            throw TensorError(
                kind: .unknown, operation: "quantize_weight", engineMessage: "gave \(results.count) tensors")
        }
        return (results[0], results[1])
    }

    /// `x · weightᵀ + bias`, plus `residual`.
    package func linear(
        _ x: Tensor, bias: Tensor?, adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try Self.linearOperator(
            .tensor(x), .tensor(bytes), .tensor(scale), .optionalTensor(bias), .optionalTensor(residual))
    }

    /// A convolution of `x`, plus `residual`.
    package func conv2d(
        _ x: Tensor, bias: Tensor?, stride: Int, padding: Int, adding residual: Tensor? = nil
    ) throws(TensorError) -> Tensor {
        try Self.convolutionOperator(
            .tensor(x), .tensor(bytes), .tensor(scale), .optionalTensor(bias), .int(stride), .int(padding),
            .optionalTensor(residual))
    }
}
