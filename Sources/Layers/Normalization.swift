public import Tensors

/// Normalises groups of channels of `[batch, channel, height, width]` (Wu and He 2018).
public struct GroupNorm: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Number of groups.
    public let groups: Int
    /// Scale and shift per channel.
    public let weight, bias: Tensor

    /// Asks the scope for `weight` and `bias`.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, channels: Int, groups: Int) throws {
        path = scope.path
        self.groups = groups
        weight = try scope.parameter("weight", [channels], .ones)
        bias = try scope.parameter("bias", [channels], .zeros)
    }
    /// Same shape out as in.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        try x.groupNorm(groups: groups, weight: weight, bias: bias)
    }
}

/// Normalises the last axis (Ba et al. 2016).
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

/// Divides the last axis by its root mean square (Zhang and Sennrich 2019).
public struct RMSNorm: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Scale, `[width]`.
    public let weight: Tensor

    /// Asks the scope for `weight`.
    /// - Throws: what the source throws when the tensor is missing or misshapen.
    public init(_ scope: ParameterScope, width: Int) throws {
        path = scope.path
        weight = try scope.parameter("weight", [width], .ones)
    }
    /// Same shape out as in.
    public func callAsFunction(_ x: Tensor) throws -> Tensor { try x.rmsNorm(weight: weight) }
}
