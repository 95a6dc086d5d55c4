import Layers
import Synchronization
import Tensors

/// Parameters that have a shape and no numbers, counted.
final class ShapedParameters: ParameterSource, Sendable {
    private let type: DType
    private let tally: Tally
    private let counts = Mutex((matrices: 0, vectors: 0, tensors: 0, largest: 0))

    /// Parameters of a type, whose memory is left out of the tally.
    init(_ type: DType, outOf tally: Tally) { (self.type, self.tally) = (type, tally) }

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let made = try Tensor.full(shape, 0, dtype: type, device: .meta)
        tally.ignore(made)
        let count = shape.reduce(1, *)
        counts.withLock {
            if shape.count > 1 { $0.matrices += count } else { $0.vectors += count }
            $0.tensors += 1
            $0.largest = max($0.largest, count)
        }
        return made
    }

    /// Numbers in the largest of all that were asked for.
    var largest: Int { counts.withLock { $0.largest } }

    /// Bytes of all that were asked for: matrices and kernels at `matrixBytes` a number, vectors in single precision.
    func bytes(matrixBytes: Int) -> Int {
        counts.withLock { $0.matrices * matrixBytes + $0.vectors * DType.float32.byteCount }
    }
}
