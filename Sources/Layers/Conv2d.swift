public import Tensors

/// A square 2-D convolution.
public struct Conv2d: Sendable {
    /// Zeros around the picture, in pixels.
    public enum Padding: Hashable, Sendable {
        /// The same number at all four sides.
        case around(Int)
        /// At the right and the bottom only, as the autoencoders of latent diffusion downsample.
        case after(Int)

        fileprivate var around: Int { if case .around(let zeros) = self { zeros } else { 0 } }
        fileprivate var after: Int { if case .after(let zeros) = self { zeros } else { 0 } }
    }
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Kernels, `[out, in, kernel, kernel]`; opaque when the scope packs weights.
    public let weight: Tensor
    /// Shift, `[out]`.
    public let bias: Tensor?
    /// Step between outputs, in pixels.
    public let stride: Int
    /// Zeros added.
    public let padding: Padding
    private let isPacked: Bool
    private let rounded: ByteWeight?

    /// Asks the scope for `weight` and, unless told otherwise, `bias`.
    ///
    /// - Parameters:
    ///   - scope: where the parameters are.
    ///   - input: channels in.
    ///   - output: channels out.
    ///   - kernel: height and width of the kernel, in pixels.
    ///   - stride: step between outputs, in pixels.
    ///   - padding: zeros around the picture; nil keeps the size at stride 1 for an odd kernel.
    ///   - hasBias: whether there is a shift.
    ///   - initializer: how fresh parameters start.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, from input: Int, to output: Int, kernel: Int = 3, stride: Int = 1,
        padding: Padding? = nil, bias hasBias: Bool = true, initializer: Initializer? = nil
    ) throws {
        path = scope.path
        let fanIn = input * kernel * kernel
        let kernels = try scope.parameter(
            "weight", [output, input, kernel, kernel], initializer ?? .uniform(fanIn: fanIn))
        bias =
            hasBias
            ? try scope.parameter("bias", [output], initializer == .zeros ? .zeros : .uniform(fanIn: fanIn))
            : nil
        self.stride = stride
        self.padding = padding ?? .around(kernel / 2)
        if let rounding = scope.rounding {
            let rounded = try ByteWeight(
                kernels: kernels, stride: stride, padding: self.padding.around,
                quantizingInputs: rounding == .weightsAndInputs)
            (weight, self.rounded, isPacked) = (rounded.bytes, rounded, false)
        } else {
            (rounded, isPacked) = (nil, scope.packsWeights)
            weight =
                isPacked
                ? try kernels.packedForConvolution(stride: stride, padding: self.padding.around) : kernels
        }
    }

    /// Maps `[batch, in, height, width]` to `[batch, out, height / stride, width / stride]`.
    ///
    /// `residual`, shaped like the result, is added to it.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) throws -> Tensor {
        let x = padding.after > 0 ? try x.padded(right: padding.after, bottom: padding.after) : x
        if let rounded {
            return try rounded.conv2d(
                x, bias: bias, stride: stride, padding: padding.around, adding: residual)
        }
        if isPacked {
            return try x.conv2d(
                packedWeight: weight, bias: bias, stride: stride, padding: padding.around, adding: residual)
        }
        let y = try x.conv2d(weight: weight, bias: bias, stride: stride, padding: padding.around)
        guard let residual else { return y }
        return try residual + y
    }
}
