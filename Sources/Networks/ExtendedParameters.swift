public import Layers
public import Tensors

/// The parameters of a model that lacks some: those are drawn afresh, all others come from the model.
public struct ExtendedParameters: ParameterSource, Sendable {
    private let trained: any ParameterSource & Sendable
    private let fresh: any ParameterSource & Sendable
    private let isNew: @Sendable (ParameterPath) -> Bool

    /// The parameters of `trained`, and `fresh` ones where `isNew` says so.
    public init(
        _ trained: any ParameterSource & Sendable, fresh: any ParameterSource & Sendable,
        where isNew: @escaping @Sendable (ParameterPath) -> Bool
    ) {
        (self.trained, self.fresh, self.isNew) = (trained, fresh, isNew)
    }

    /// The trained parameter, or a fresh one.
    /// - Throws: what the model throws when it lacks the parameter or has another shape.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        try (isNew(path) ? fresh : trained).parameter(at: path, shape: shape, initializer: initializer)
    }
}
