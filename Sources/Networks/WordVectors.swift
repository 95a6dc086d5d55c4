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
    /// `[pieces, width]`, single precision.
    public let table: Tensor

    /// Takes a table as it stands in a model file.
    /// - Throws: `TensorError` when the shapes do not fit each other.
    public init(quantized: Tensor, scale: Tensor) throws {
        self.quantized = quantized
        self.scale = scale
        table = try quantized.to(.float32) * scale
    }

    /// Rounds a table to one byte a number, each row scaled by its largest magnitude.
    /// - Throws: `TensorError` when `table` is not `[pieces, width]`.
    public init(quantizing table: Tensor) throws {
        let largest = try table.magnitude().maximum(-1).reshaped(-1, 1).clamped(from: 1e-12)
        let scale = try largest / 127
        try self.init(quantized: (table / scale).rounded().to(.int8), scale: scale)
    }

    /// Number of word pieces.
    public var count: Int { table.size(0) }
    /// Numbers a piece.
    public var width: Int { table.size(1) }

    /// `[batch, tokens]` of piece ids → `[batch, tokens, width]`; padding (id 0) becomes zeros.
    public func callAsFunction(_ ids: Tensor) throws -> Tensor {
        let present = try ids.isGreater(than: 0).to(table.dtype).unsqueezed(-1)
        return try ids.embedded(in: table) * present
    }
}
