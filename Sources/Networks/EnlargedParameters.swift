public import Layers
public import Tensors

/// The parameters of a model of which some were smaller: they become the first block of the larger ones, whose rest is
/// drawn afresh.
///
/// A text transformer that reads longer captions keeps what it knows of short ones; a reader that is asked more
/// questions keeps its answers to the old.
public struct EnlargedParameters: ParameterSource, Sendable {
    private let trained: any ParameterSource & Sendable
    private let fresh: any ParameterSource & Sendable
    private let oldShape: @Sendable (_ path: ParameterPath, _ shape: [Int]) -> [Int]

    /// The parameters of `trained`, where `oldShape` says which shape stood for one that is wanted now: the same, or one
    /// that is no larger along any axis.
    public init(
        _ trained: any ParameterSource & Sendable, fresh: any ParameterSource & Sendable,
        oldShape: @escaping @Sendable (_ path: ParameterPath, _ shape: [Int]) -> [Int]
    ) {
        (self.trained, self.fresh, self.oldShape) = (trained, fresh, oldShape)
    }

    /// The trained parameter, with fresh numbers around it where it was smaller.
    /// - Throws: what the model throws when it lacks the parameter or has another shape than `oldShape` says.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let old = oldShape(path, shape)
        var enlarged = try trained.parameter(at: path, shape: old, initializer: initializer)
        guard old != shape else { return enlarged }
        let whole = try fresh.parameter(at: path, shape: shape, initializer: initializer)
        // Axis by axis: what lies beyond the old end comes from the fresh tensor, cut to what the axes after it had.
        for axis in shape.indices where old[axis] < shape[axis] {
            var rest = try whole.slice(old[axis]..<shape[axis], along: axis)
            for later in shape.indices where later > axis {
                rest = try rest.slice(0..<old[later], along: later)
            }
            enlarged = try Tensor.concatenated([enlarged, rest.to(enlarged.dtype)], along: axis)
        }
        return enlarged
    }
}

/// Zeros wherever parameters are asked for: what is enlarged with them goes on as it was.
public struct ZeroParameters: ParameterSource, Sendable {
    /// Zeros.
    public init() {}

    /// Zeros of the shape.
    /// - Throws: `TensorError` when there is no memory.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        try .zeros(shape)
    }
}
