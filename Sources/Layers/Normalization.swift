public import Tensors

/// Normalises the channels of each pixel of `[batch, channel, height, width]`.
///
/// Source: Ba et al. 2016, applied per pixel.
///
/// On a channels-last tensor this is one fused pass each way; group normalisation costs four times as much to train.
public struct ChannelNorm: Sendable {
    /// Scale and shift, `[channels]`.
    public let weight, bias: Tensor
    /// Added to the variance.
    public let epsilon = 1e-5

    /// Asks the scope for `weight` and `bias`.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, channels: Int) throws {
        weight = try scope.parameter("weight", [channels], .ones)
        bias = try scope.parameter("bias", [channels], .zeros)
    }

    /// Normalises a picture.
    ///
    /// - Parameters:
    ///   - x: `[batch, channel, height, width]`.
    ///   - modulation: for each sample what a further scale has more than 1, then a further shift, `[batch, 2 · channel]`.
    ///   - isActivated: whether SiLU follows.
    /// - Returns: the same shape; channels last stays channels last.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(_ x: Tensor, modulation: Tensor? = nil, thenSiLU isActivated: Bool = false)
        throws
        -> Tensor
    {
        try x.permuted(0, 2, 3, 1).layerNorm(
            scale: weight, shift: bias, epsilon: epsilon, modulation: modulation, thenSiLU: isActivated
        ).permuted(0, 3, 1, 2)
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
    /// Added to the variance.
    public let epsilon: Double

    /// Asks the scope for `weight` and `bias`; without them when `affine` is false.
    /// - Throws: what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, width: Int, epsilon: Double = 1e-5, affine: Bool = true) throws {
        path = scope.path
        self.epsilon = epsilon
        weight = affine ? try scope.parameter("weight", [width], .ones) : nil
        bias = affine ? try scope.parameter("bias", [width], .zeros) : nil
    }
    /// Same shape out as in.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        try x.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
    }

    /// Scale and shift, where it has both.
    var parameters: (scale: Tensor, shift: Tensor)? {
        guard let weight, let bias else { return nil }
        return (weight, bias)
    }
}

/// Normalises groups of channels of `[batch, channel, height, width]`.
///
/// Source: Wu and He 2018.
public struct GroupNorm: Sendable {
    /// Where it stands in the network.
    public let path: ParameterPath
    /// Scale and shift, `[channels]`.
    public let weight, bias: Tensor
    /// Number of groups, which divides the channels.
    public let groups: Int
    /// Added to the variance.
    public let epsilon: Double

    /// Asks the scope for `weight` and `bias`.
    /// - Throws: `LayerError.unevenGroups`; what the source throws when a tensor is missing or misshapen.
    public init(_ scope: ParameterScope, channels: Int, groups: Int, epsilon: Double = 1e-5) throws {
        guard groups > 0, channels.isMultiple(of: groups) else {
            throw LayerError.unevenGroups(scope.path, channels: channels, groups: groups)
        }
        path = scope.path
        weight = try scope.parameter("weight", [channels], .ones)
        bias = try scope.parameter("bias", [channels], .zeros)
        (self.groups, self.epsilon) = (groups, epsilon)
    }

    /// Normalises a picture.
    ///
    /// - Parameters:
    ///   - x: `[batch, channel, height, width]`.
    ///   - shift: added to every pixel before it is normalised, `[batch, channel]`.
    ///   - activation: applied to the result.
    /// - Returns: the same shape; channels last stays channels last.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(
        _ x: Tensor, shift: Tensor? = nil, activation: Activation? = nil
    ) throws -> Tensor {
        let normal = try x.groupNorm(
            groups: groups, weight: weight, bias: bias, epsilon: epsilon, adding: shift,
            thenSiLU: activation == .silu)
        guard let activation, activation != .silu else { return normal }
        return try activation(normal)
    }
}
