import Foundation
public import Tensors

/// Cosines and sines of a number at geometrically spaced frequencies.
///
/// Source: Vaswani et al. 2017, section 3.5.
public struct SinusoidalEmbedding: Sendable {
    /// Width of the result, even.
    public let width: Int
    private let frequencies: Tensor

    /// Frequencies from one down towards 1/10,000.
    /// - Throws: `LayerError.unevenWidth`.
    public init(width: Int) throws {
        guard width >= 2, width.isMultiple(of: 2) else { throw LayerError.unevenWidth(width) }
        self.width = width
        let half = width / 2
        let values = (0..<half).map { Float(exp(-log(10_000) * Double($0) / Double(half))) }
        frequencies = try Tensor(values, shape: [1, half])
    }
    /// `[batch]` → `[batch, width]`, cosines first.
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        let angle = try x.reshaped(-1, 1) * frequencies.to(x.device)
        return try .concatenated([angle.cos(), angle.sin()], along: -1)
    }
}
