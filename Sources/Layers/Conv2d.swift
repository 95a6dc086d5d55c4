public import Tensors

/// A square 2-D convolution.
public struct Conv2d: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Kernels, `[out, in, kernel, kernel]`.
    public let weight: Tensor
    /// Shift, `[out]`.
    public let bias: Tensor?
    /// Step between outputs, in pixels.
    public let stride: Int
    /// Zeros added at each side, in pixels.
    public let padding: Int

    /// Asks the scope for `weight` and `bias`; padding keeps the size at stride 1.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, from input: Int, to output: Int, kernel: Int = 3, stride: Int = 1,
        initializer: Initializer? = nil
    ) throws {
        path = scope.path
        let fanIn = input * kernel * kernel
        weight = try scope.parameter(
            "weight", [output, input, kernel, kernel], initializer ?? .uniform(fanIn: fanIn))
        bias = try scope.parameter("bias", [output], initializer == .zeros ? .zeros : .uniform(fanIn: fanIn))
        self.stride = stride
        padding = kernel / 2
    }

    /// Maps `[batch, in, height, width]` to `[batch, out, height / stride, width / stride]`.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        try x.conv2d(weight: weight, bias: bias, stride: stride, padding: padding)
    }
}
