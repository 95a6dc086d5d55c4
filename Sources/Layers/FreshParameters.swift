public import Tensors

/// Fresh random parameters; each has a stream of its own, so its values do not depend on the order of construction.
public struct FreshParameters: ParameterSource, Sendable {
    /// The seed of all streams.
    public let seed: UInt64

    /// Parameters drawn from `seed`.
    public init(seed: UInt64) { self.seed = seed }

    /// Draws the parameter.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        var random = try RandomStream(
            seed: RandomStream.derivedSeed(seed, purpose: "parameter " + path.description))
        switch initializer {
        case .zeros: return try .zeros(shape)
        case .ones: return try .ones(shape)
        case .normal(let deviation): return try random.normal(shape).reshaped(to: shape) * deviation
        case .uniform(let fanIn):
            let bound = 1 / Double(max(1, fanIn)).squareRoot()
            return try (random.uniform(shape).reshaped(to: shape) * 2 - 1) * bound
        }
    }
}
