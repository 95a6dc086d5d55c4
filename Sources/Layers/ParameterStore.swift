public import Tensors

/// Remembers every parameter that a network asked for, as leaves that record gradients.
///
/// The network and the optimiser share these tensors' storage, so a store stays with its trainer's thread.
public final class ParameterStore: ParameterSource {
    private let base: any ParameterSource
    /// Names in the order in which the network asked.
    public private(set) var paths: [ParameterPath] = []
    private var leaves: [ParameterPath: Tensor] = [:]

    /// A store that takes its first values from `base`.
    public init(from base: any ParameterSource) { self.base = base }

    /// The leaf of this name, made on first use; layers that ask for one name share it.
    /// - Throws: `LayerError.shapeConflict` when it is there with another shape, and what the source throws.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        if let known = leaves[path] {
            guard known.shape == shape else {
                throw LayerError.shapeConflict(path, expected: shape, found: known.shape)
            }
            return known
        }
        let value = try base.parameter(at: path, shape: shape, initializer: initializer)
        // Four-dimensional weights are kept channels last, which convolutions like best.
        let leaf = try (shape.count == 4 ? value.channelsLast() : value).requiringGradient()
        paths.append(path)
        leaves[path] = leaf
        return leaf
    }

    /// The leaves in the order of `paths`.
    public var tensors: [Tensor] { paths.compactMap { leaves[$0] } }
    /// The leaf of a name.
    public subscript(_ path: ParameterPath) -> Tensor? { leaves[path] }
    /// Number of parameters in all.
    public var count: Int { tensors.reduce(0) { $0 + $1.count } }
}
