import Images
import Tensors

extension Image {
    /// The picture as a sample, `[1, 3, height, width]`, 0…255 becoming −1…1.
    func sample() throws -> Tensor {
        let rgb = rgb()
        return try Tensor(rgb.pixels, shape: [1, height, width, 3]).to(.float32).permuted(0, 3, 1, 2)
            .contiguous()
            / 127.5 - 1
    }

    /// The picture of a sample `[1, 3, height, width]`; values outside of −1…1 are cut.
    init(sample: Tensor) throws {
        let bytes = try ((sample + 1) * 127.5).rounded().clamped(from: 0, to: 255).to(.uint8)
            .squeezed(0).permuted(1, 2, 0).contiguous().bytes()
        try self.init(width: sample.size(3), height: sample.size(2), channels: 3, pixels: bytes)
    }
}
