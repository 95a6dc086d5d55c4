public import Tensors

/// What a network with self-conditioning made of the clean sample when it was asked last, in one walk.
///
/// The network gets it beside the noisy sample; at the first step there is none. Where prompts and negative prompts go
/// through the network together, each half gets its own. A memory serves one walk: another one begins with a new memory.
/// Source: Chen et al. 2022 (arXiv 2208.04202), section 3.2.
public final class EstimateMemory {
    /// The estimates for the prompts, and for what they are steered away from.
    private var estimates: [Tensor?] = [nil, nil]

    /// Remembers nothing yet.
    public init() {}

    /// Estimates as networks see them, in training and in drawing: clamped to −1…1, where pixels are.
    /// - Throws: `TensorError`.
    public static func shown(_ sample: Tensor) throws(TensorError) -> Tensor {
        try sample.clamped(from: -1, to: 1)
    }

    /// The noisy samples with the last estimates behind them along the channels, or alone while there are none.
    ///
    /// `halves` is 1 for prompts alone, 2 where as many samples of the other kind follow. Zeros stand for the estimates of a
    /// half that has not been asked for yet.
    func beside(_ x: Tensor, halves: Int) throws -> Tensor {
        let known = estimates.prefix(halves)
        guard known.contains(where: { $0 != nil }) else { return x }
        let batch = x.size(0) / halves
        let parts = try known.map { estimate in
            guard let estimate, estimate.size(0) == batch else { return try x.slice(0..<batch) * 0 }
            return estimate
        }
        return try Tensor.concatenated([x, .concatenated(parts).to(x.dtype)], along: 1)
    }

    /// Remembers what the network made of the samples.
    func keep(_ denoised: Tensor, halves: Int) throws {
        let batch = denoised.size(0) / halves
        for half in 0..<halves {
            estimates[half] = try Self.shown(denoised.slice(half * batch..<(half + 1) * batch))
        }
    }
}
