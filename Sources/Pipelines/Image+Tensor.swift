public import Images
public import Tensors

extension Image {
    /// The first picture of `[batch, 3, height, width]` with values from −1 to 1.
    /// - Throws: `TensorError` when the values cannot be read.
    public init(pixels: Tensor) throws {
        let bytes = try ((pixels.clamped(from: -1, to: 1) + 1) * 127.5).rounded().to(.uint8)
        try self.init(
            width: pixels.size(3), height: pixels.size(2), channels: 3,
            pixels: bytes.selected(0).permuted(1, 2, 0).values())
    }

    /// Values from −1 to 1, `[1, 3, height, width]`; what is transparent is white.
    /// - Throws: `TensorError`.
    public func pixelTensor() throws -> Tensor {
        let colors = rgb()
        let bytes = try Tensor(colors.pixels, shape: [1, height, width, 3]).permuted(0, 3, 1, 2)
        return try bytes.to(.float32).contiguous() / 255 * 2 - 1
    }
}
