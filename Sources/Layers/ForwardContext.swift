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
    /// Whether blocks compute their activations again in the backward pass, in place of keeping them.
    public var recomputesBlocks: Bool

    /// A context with or without a hook.
    public init(
        probe: (any Probe)? = nil, merging: TokenMerging? = nil, recomputesBlocks: Bool = false
    ) {
        (self.probe, self.merging, self.recomputesBlocks) = (probe, merging, recomputesBlocks)
    }

    /// Runs a block on its inputs; where blocks are recomputed, the backward pass runs it once more.
    ///
    /// Everything that gradients flow to must be among the inputs or be a parameter.
    /// - Throws: what the block throws.
    public func block(
        _ inputs: [Tensor], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) throws -> Tensor {
        recomputesBlocks ? try Autograd.recomputing(inputs, body) : try body(inputs)
    }

    /// Shows an activation to the probe.
    public func observe(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
        guard let probe else { return activation }
        return try probe.visit(activation, at: path)
    }
}
