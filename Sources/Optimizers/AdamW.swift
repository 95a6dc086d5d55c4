public import Layers
public import Tensors

/// AdamW on all leaves of a store, in one pass over the memory.
///
/// Source: Loshchilov and Hutter 2019, Algorithm 2.
public final class AdamW {
    /// Decay of the running mean and of the running mean square.
    public let betas: (Double, Double)
    /// Decoupled weight decay, applied to matrices and kernels only (not to biases and norms).
    public let weightDecay: Double
    /// Added to the root of the mean square.
    public let epsilon: Double
    /// Updates made so far.
    public private(set) var updates: Int

    private let parameters: ParameterGroup
    private let decayed: MomentGroup
    private let plain: MomentGroup

    /// What an update did.
    public struct Outcome: Sendable, Equatable {
        /// Length of the gradient before clipping.
        public let gradientNorm: Double
        /// False when the gradient was not finite and the update was left out.
        public let isApplied: Bool
    }

    /// An optimiser with empty memory.
    /// - Throws: `TensorError` when there is no memory for the moments.
    public init(
        _ store: ParameterStore, betas: (Double, Double) = (0.9, 0.999), weightDecay: Double = 0,
        epsilon: Double = 1e-8
    ) throws {
        (self.betas, self.weightDecay, self.epsilon, updates) = (betas, weightDecay, epsilon, 0)
        parameters = ParameterGroup(store)
        let isDecayed = store.paths.map { (store[$0]?.rank ?? 0) > 1 }
        decayed = try MomentGroup(store, at: store.paths.indices.filter { isDecayed[$0] })
        plain = try MomentGroup(store, at: store.paths.indices.filter { !isDecayed[$0] })
    }

    /// Applies the accumulated gradients, clipped to `maximumNorm`, and clears them.
    ///
    /// A gradient that is not finite changes nothing: it is cleared, and the outcome says so.
    /// - Parameters:
    ///   - learningRate: the size of the update.
    ///   - maximumNorm: longer gradients are shortened to it.
    ///   - combining: gets parameters and their gradients before anything is done with them, and gives the gradients to
    ///     apply; nil where a parameter has none.
    /// - Returns: the gradient's length, and whether the update was made.
    /// - Throws: `OptimizerError.noGradients` before the first backward pass; `TensorError` from the engine; what
    ///   `combining` throws, and then nothing has changed.
    public func step(
        learningRate: Double, clippingAt maximumNorm: Double,
        combining: (_ parameters: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] = { $1 }
    ) throws -> Outcome {
        defer { parameters.clearGradients() }
        let gradients = try combining(parameters.tensors, parameters.gradients)
        let present = gradients.compactMap { $0 }
        guard !present.isEmpty else { throw OptimizerError.noGradients }
        let norm = try Tensor.stacked(Tensor.norms(present)).norm().item()
        guard norm.isFinite else { return Outcome(gradientNorm: norm, isApplied: false) }
        let factor = norm > maximumNorm ? maximumNorm / (norm + 1e-6) : 1
        updates += 1
        for (group, decay) in [(decayed, weightDecay), (plain, 0)] {
            try group.update(
                parameters.tensors, gradients, times: factor, updates: updates, learningRate: learningRate,
                betas: betas,
                weightDecay: decay, epsilon: epsilon)
        }
        return Outcome(gradientNorm: norm, isApplied: true)
    }

    /// Forgets the gradients that have been added up, where an update cannot be finished.
    public func clearGradients() { parameters.clearGradients() }

    // MARK: state

    /// Everything that must be kept to go on: both moments of every parameter, by name.
    public func state() -> [(name: String, tensor: Tensor)] {
        let groups = [decayed, plain]
        return groups.flatMap { group in
            group.entries.flatMap { entry in
                [
                    (entry.path.description + ".average", entry.average),
                    (entry.path.description + ".squared_average", entry.squaredAverage),
                ]
            }
        }
    }

    /// Takes up a state again.
    /// - Throws: what `tensor` throws for a missing name, or `TensorError` for a wrong shape.
    public func restore(updates: Int, from tensor: (String, [Int]) throws -> Tensor) throws {
        for entry in decayed.entries + plain.entries {
            let shape = entry.average.shape
            try entry.average.overwrite(with: tensor(entry.path.description + ".average", shape))
            try entry.squaredAverage.overwrite(
                with: tensor(entry.path.description + ".squared_average", shape))
        }
        self.updates = updates
    }
}

/// The leaves of a store with their gradients.
struct ParameterGroup {
    let tensors: [Tensor]
    init(_ store: ParameterStore) { tensors = store.tensors }
    var gradients: [Tensor?] { tensors.map(\.gradient) }
    func clearGradients() { for tensor in tensors { tensor.clearGradient() } }
}

/// The running moments of the parameters that share one weight decay.
struct MomentGroup {
    struct Entry {
        let index: Int
        let path: ParameterPath
        let average, squaredAverage: Tensor
    }
    let entries: [Entry]

    init(_ store: ParameterStore, at indices: [Int]) throws {
        let (paths, tensors) = (store.paths, store.tensors)
        entries = try indices.map {
            // Moments lie in memory as their parameter does, which the fused operator needs.
            let zero = try tensors[$0].detached() * 0
            return Entry(index: $0, path: paths[$0], average: zero, squaredAverage: try zero + 0)
        }
    }

    func update(
        _ parameters: [Tensor], _ gradients: [Tensor?], times factor: Double, updates: Int,
        learningRate: Double,
        betas: (Double, Double), weightDecay: Double, epsilon: Double
    ) throws {
        // A parameter that took no part in the loss (its caption path was dropped, say) has no gradient.
        let active = entries.compactMap { entry in gradients[entry.index].map { (entry, $0) } }
        guard !active.isEmpty else { return }
        try Autograd.disabled {
            try Tensor.adamWStep(
                parameters: active.map { parameters[$0.0.index] }, gradients: active.map(\.1),
                averages: active.map(\.0.average), squaredAverages: active.map(\.0.squaredAverage),
                gradientFactor: factor, step: updates, learningRate: learningRate, betas: betas,
                weightDecay: weightDecay, epsilon: epsilon)
        }
    }
}
