import Layers
import Tensors

/// One signed byte a number and one scale a row: a kernel in a quarter of its single-precision size.
///
/// A row is everything behind the first axis (an output channel of a kernel). Rounding errs by at most half a
/// 127th of the row's largest magnitude.
enum RowQuantization {
    /// What stands behind a tensor's name when it is stored this way.
    static let bytes = ".quantized"
    static let scales = ".scale"

    /// True for the tensors that are worth it: kernels wider than one pixel, which are most of a U-Net.
    static func pays(for tensor: Tensor) -> Bool { tensor.rank == 4 && tensor.size(-1) > 1 }

    static func quantize(_ tensor: Tensor) throws -> (bytes: Tensor, scale: Tensor) {
        let rows = try tensor.detached().to(.float32).contiguous().reshaped(tensor.size(0), -1)
        let scale = try rows.magnitude().maximum(-1).reshaped(-1, 1).clamped(from: 1e-12) / 127
        let bytes = try (rows / scale).rounded().to(.int8).reshaped(to: tensor.shape)
        return (bytes, try scale.reshaped(-1))
    }

    static func restore(_ bytes: Tensor, scale: Tensor) throws -> Tensor {
        let shape = [bytes.size(0)] + Array(repeating: 1, count: bytes.rank - 1)
        return try bytes.to(.float32) * scale.reshaped(to: shape)
    }
}
