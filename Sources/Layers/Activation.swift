public import Tensors

/// An element-wise function between layers.
public enum Activation: String, Hashable, Sendable, CaseIterable {
    /// x · sigmoid(x).
    case silu
    /// x · Φ(x), exact.
    case gelu
    /// x · Φ(x) by its tanh approximation.
    case tanhGELU
    /// x · sigmoid(1.702 x), as OpenAI's CLIP computes.
    case quickGELU
    /// max(x, 0).
    case relu
    /// x · tanh(log(1 + eˣ)).
    case mish

    /// Applies the function to every element.
    /// - Throws: `TensorError` from the engine.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        switch self {
        case .silu: try x.silu()
        case .gelu: try x.gelu()
        case .tanhGELU: try x.gelu(approximate: true)
        case .quickGELU: try x.quickGELU()
        case .relu: try x.relu()
        case .mish: try x.mish()
        }
    }
}
