public import Tensors

/// A square 2-D convolution without a shift, followed by batch normalisation with the statistics of training.
///
/// Both are linear, so the normalisation is multiplied into the kernels when the layer is built: for inference only. The margin
/// is TensorFlow's `SAME`: the result has ⌈size / stride⌉ pixels, and of an odd margin the larger half lies at the right and the
/// bottom.
///
/// Source: Ioffe and Szegedy 2015.
public struct NormalizedConv2d: Sendable {
    /// Kernels with the normalisation in them, `[out, in / groups, kernel, kernel]`.
    public let weight: Tensor
    /// The shift that the normalisation makes, `[out]`.
    public let bias: Tensor
    /// Height and width of the kernel, in pixels.
    public let kernel: Int
    /// Step between outputs, in pixels.
    public let stride: Int
    /// Groups of channels that see themselves only.
    public let groups: Int

    /// Asks `scope` for `weight`, and `norm` for `weight`, `bias`, `running_mean` and `running_var`.
    ///
    /// - Parameters:
    ///   - scope: where the kernels are.
    ///   - norm: where the normalisation is.
    ///   - input: channels in.
    ///   - output: channels out.
    ///   - kernel: height and width of the kernel, in pixels.
    ///   - stride: step between outputs, in pixels.
    ///   - groups: groups of channels; a divisor of both numbers of channels.
    ///   - epsilon: added to the variance.
    /// - Throws: `LayerError.unevenGroups`; what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, norm: ParameterScope, from input: Int, to output: Int, kernel: Int = 1,
        stride: Int = 1, groups: Int = 1, epsilon: Double
    ) throws {
        for channels in [input, output] where groups < 1 || !channels.isMultiple(of: groups) {
            throw LayerError.unevenGroups(scope.path, channels: channels, groups: groups)
        }
        let fanIn = input / groups * kernel * kernel
        let kernels = try scope.parameter(
            "weight", [output, input / groups, kernel, kernel], .uniform(fanIn: fanIn))
        let scale = try norm.parameter("weight", [output], .ones)
        let shift = try norm.parameter("bias", [output], .zeros)
        let mean = try norm.parameter("running_mean", [output], .zeros)
        let variance = try norm.parameter("running_var", [output], .ones)
        let factor = try scale / (variance + epsilon).squareRoot()
        weight = try (kernels * factor.reshaped(output, 1, 1, 1)).channelsLast()
        bias = try shift - mean * factor
        (self.kernel, self.stride, self.groups) = (kernel, stride, groups)
    }

    /// Maps `[batch, in, height, width]` to `[batch, out, ⌈height / stride⌉, ⌈width / stride⌉]`.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        let (height, width) = (margin(x.size(2)), margin(x.size(3)))
        guard height == width, height.isMultiple(of: 2) else {
            let padded = try x.padded(
                left: width / 2, right: width - width / 2, top: height / 2, bottom: height - height / 2)
            return try padded.conv2d(weight: weight, bias: bias, stride: stride, groups: groups)
        }
        return try x.conv2d(weight: weight, bias: bias, stride: stride, padding: height / 2, groups: groups)
    }

    /// Zeros at both sides of so many pixels together.
    private func margin(_ size: Int) -> Int {
        max(0, ((size + stride - 1) / stride - 1) * stride + kernel - size)
    }
}
