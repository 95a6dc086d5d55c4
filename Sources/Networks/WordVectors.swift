public import Tensors

/// A frozen table of word-piece vectors, one byte a number and one scale a row.
///
/// The table is the input of Darkroom's own text transformer. Training uses the rounded values too, so what ships is
/// exactly what was trained.
public struct WordVectors: Sendable {
    /// `[pieces, width]`, signed bytes.
    public let quantized: Tensor
    /// `[pieces, 1]`: a row is `quantized · scale`.
    public let scale: Tensor

    /// Takes a table as it stands in a model file.
    public init(quantized: Tensor, scale: Tensor) {
        self.quantized = quantized
        self.scale = scale
    }

    /// Rounds a table to one byte a number, each row scaled by its largest magnitude.
    ///
    /// The whole table is brought to a root mean square of one, so that words speak as loud as the network's own states.
    /// - Throws: `TensorError` when `table` is not `[pieces, width]`.
    public init(quantizing table: Tensor) throws {
        let table = try table / table.squared().mean().squareRoot()
        let largest = try table.magnitude().maximum(-1).reshaped(-1, 1).clamped(from: 1e-12)
        let scale = try largest / 127
        self.init(quantized: try (table / scale).rounded().to(.int8), scale: scale)
    }

    /// The table on a device.
    /// - Throws: `TensorError` when the device has no room for it.
    public func placed(on device: Device) throws -> WordVectors {
        WordVectors(quantized: try quantized.to(device), scale: try scale.to(device))
    }

    /// Number of word pieces.
    public var count: Int { quantized.size(0) }
    /// Numbers a piece.
    public var width: Int { quantized.size(1) }

    /// `[batch, tokens]` of piece ids → `[batch, tokens, width]`; padding (id 0) becomes zeros.
    public func callAsFunction(_ ids: Tensor) throws -> Tensor {
        let present = try ids.isGreater(than: 0).to(.float32).unsqueezed(-1)
        return try ids.embedded(in: quantized).to(.float32) * (ids.embedded(in: scale) * present)
    }

    /// The whole table in single precision, `[pieces, width]`.
    /// - Throws: `TensorError` when there is no memory for it.
    public func table() throws -> Tensor { try quantized.to(.float32) * scale }
}
