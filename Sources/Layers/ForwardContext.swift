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

    /// A context with or without a hook.
    public init(probe: (any Probe)? = nil) { self.probe = probe }

    /// Shows an activation to the probe.
    public func observe(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
        guard let probe else { return activation }
        return try probe.visit(activation, at: path)
    }
}
