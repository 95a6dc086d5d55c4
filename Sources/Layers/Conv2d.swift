public import Tensors

/// A square 2-D convolution.
///
/// Where the scope says that edges are joined, it sees beyond them what lies at the other side of the picture, in place
/// of zeros.
public struct Conv2d: Sendable {
    /// The margin around the picture, in pixels.
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
    /// The margin added.
    public let padding: Padding
    /// The edges that are taken as joined.
    public let joinedEdges: JoinedEdges
    private let isPacked: Bool
    private let rounded: ByteWeight?
    private let adapter: LowRankAdapter?

    /// Asks the scope for `weight` and, unless told otherwise, `bias`.
    ///
    /// - Parameters:
    ///   - scope: where the parameters are.
    ///   - input: channels in.
    ///   - output: channels out.
    ///   - kernel: height and width of the kernel, in pixels.
    ///   - stride: step between outputs, in pixels.
    ///   - padding: the margin around the picture; nil keeps the size at stride 1 for an odd kernel.
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
        adapter = try scope.lowRank?.adapter(
            at: path, shape: [output, input, kernel, kernel], isLinear: false)
        bias =
            hasBias
            ? try scope.parameter("bias", [output], initializer == .zeros ? .zeros : .uniform(fanIn: fanIn))
            : nil
        self.stride = stride
        self.padding = padding ?? .around(kernel / 2)
        joinedEdges = kernel > 1 ? scope.joinedEdges : []
        let zeros = joinedEdges.isEmpty ? self.padding.around : 0
        if let rounding = scope.rounding {
            let rounded = try ByteWeight(
                kernels: kernels, stride: stride, padding: zeros,
                quantizingInputs: rounding == .weightsAndInputs)
            (weight, self.rounded, isPacked) = (rounded.bytes, rounded, false)
        } else {
            (rounded, isPacked) = (nil, scope.packsWeights)
            weight =
                isPacked ? try kernels.packedForConvolution(stride: stride, padding: zeros) : kernels
        }
    }

    /// Maps `[batch, in, height, width]` to `[batch, out, height / stride, width / stride]`.
    ///
    /// `residual`, shaped like the result, is added to it.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) throws -> Tensor {
        var (x, zeros) = (x, padding.around)
        if !joinedEdges.isEmpty {
            x = try joinedEdges.margined(x, before: padding.around, after: padding.around + padding.after)
            zeros = 0
        } else if padding.after > 0 {
            x = try x.padded(right: padding.after, bottom: padding.after)
        }
        guard let adapter else { return try plain(x, zeros: zeros, adding: residual) }
        let y = try plain(x, zeros: zeros, adding: nil) + adapter.conv2d(x, stride: stride, padding: zeros)
        return try residual.map { try $0 + y } ?? y
    }

    /// The convolution without its adapter; what margin is not of zeros is around `x` already.
    private func plain(_ x: Tensor, zeros: Int, adding residual: Tensor?) throws -> Tensor {
        if let rounded {
            return try rounded.conv2d(x, bias: bias, stride: stride, padding: zeros, adding: residual)
        }
        if isPacked {
            return try x.conv2d(
                packedWeight: weight, bias: bias, stride: stride, padding: zeros, adding: residual)
        }
        let y = try x.conv2d(weight: weight, bias: bias, stride: stride, padding: zeros)
        guard let residual else { return y }
        return try residual + y
    }
}
