public import Tensors

/// An affine map of the last axis.
public struct Linear: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Matrix, `[out, in]`; opaque when the scope packs weights.
    public let weight: Tensor
    /// Shift, `[out]`.
    public let bias: Tensor?
    private let isPacked: Bool
    private let rounded: ByteWeight?
    private let adapter: LowRankAdapter?

    /// Asks the scope for `weight` and, unless told otherwise, `bias`.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(
        _ scope: ParameterScope, from input: Int, to output: Int, bias hasBias: Bool = true,
        initializer: Initializer? = nil
    ) throws {
        path = scope.path
        let matrix = try scope.parameter("weight", [output, input], initializer ?? .uniform(fanIn: input))
        (weight, rounded, isPacked) = try Self.stored(matrix, as: scope)
        adapter = try scope.lowRank?.adapter(at: path, shape: [output, input], isLinear: true)
        bias =
            hasBias
            ? try scope.parameter("bias", [output], initializer == .zeros ? .zeros : .uniform(fanIn: input))
            : nil
    }

    /// The same map where its matrix is stored as the kernels of a 1 × 1 convolution, `[out, in, 1, 1]`.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(kernels scope: ParameterScope, from input: Int, to output: Int) throws {
        path = scope.path
        let matrix = try scope.parameter("weight", [output, input, 1, 1], .uniform(fanIn: input))
            .reshaped(output, input)
        (weight, rounded, isPacked) = try Self.stored(matrix, as: scope)
        adapter = try scope.lowRank?.adapter(at: path, shape: [output, input, 1, 1], isLinear: false)
        bias = try scope.parameter("bias", [output], .uniform(fanIn: input))
    }

    /// A matrix as the scope wants it kept.
    private static func stored(
        _ matrix: Tensor, as scope: ParameterScope
    ) throws -> (weight: Tensor, rounded: ByteWeight?, isPacked: Bool) {
        if let rounding = scope.rounding {
            let rounded = try ByteWeight(matrix: matrix, quantizingInputs: rounding == .weightsAndInputs)
            return (rounded.bytes, rounded, false)
        }
        return (scope.packsWeights ? try matrix.packedForLinear() : matrix, nil, scope.packsWeights)
    }

    /// Maps `[…, in]` to `[…, out]`; `residual`, shaped like the result, is added to it.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil) throws -> Tensor {
        guard let adapter else { return try plain(x, adding: residual) }
        let y = try plain(x, adding: nil) + adapter.linear(x)
        return try residual.map { try $0 + y } ?? y
    }

    /// The map without its adapter.
    private func plain(_ x: Tensor, adding residual: Tensor?) throws -> Tensor {
        if let rounded { return try rounded.linear(x, bias: bias, adding: residual) }
        if isPacked { return try x.linear(packedWeight: weight, bias: bias, adding: residual) }
        let y = try x.linear(weight: weight, bias: bias)
        guard let residual else { return y }
        return try residual + y
    }
}
