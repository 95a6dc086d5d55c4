public import Tensors

/// One hook, three uses: looking inside (and steering), golden tests, and timing.
public protocol Probe: Sendable {
    /// Sees an activation on its way; returns the same tensor, or another one to go on with.
    func visit(_ activation: Tensor, at path: ParameterPath) throws -> Tensor
}

/// What a forward pass carries besides its input.
public struct ForwardContext: Sendable {
    /// The hook, if any; without one the cost is a nil test.
    public var probe: (any Probe)?
    /// Merges pixels before they attend to each other; nil lets all attend.
    public var merging: TokenMerging?

    /// A context with or without a hook.
    public init(probe: (any Probe)? = nil, merging: TokenMerging? = nil) {
        (self.probe, self.merging) = (probe, merging)
    }

    /// Shows an activation to the probe.
    public func observe(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
        guard let probe else { return activation }
        return try probe.visit(activation, at: path)
    }
}
