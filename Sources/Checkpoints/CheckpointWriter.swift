public import Foundation
public import Tensors
import WeightFiles

/// Writes tensors to a safetensors file, whole or not at all.
public enum CheckpointWriter {
    /// Writes `tensors` under their names, each stored as `type` says; nil keeps its own type.
    /// - Throws: what writing throws: a full disk, a folder that may not be written to.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:],
        as type: (String, Tensor) -> DType? = { _, _ in nil }, to url: URL
    ) throws {
        let entries = tensors.map { name, tensor in
            let dtype = type(name, tensor) ?? tensor.dtype
            return TensorToWrite(name: name, type: dtype.stored, shape: tensor.shape) { take in
                try tensor.to(dtype).bytes().withUnsafeBytes(take)
            }
        }
        try SafetensorsWriter.write(entries, metadata: metadata, to: url)
    }
}
