public import NoiseSchedules
public import Tensors

/// Turns samples into noise: in one stroke, or step by step.
///
/// Both have the same distribution at every level: q(x_t | x_0) in closed form, and the chain of q(x_t | x_{t−1}).
/// Source: Ho et al. 2020, equations 2 and 4, for any pair of signal and noise.
public enum ForwardProcess {
    /// x at `level` in closed form: signal · sample + noise · epsilon.
    ///
    /// - Parameters:
    ///   - sample: the clean sample.
    ///   - level: how much of each.
    ///   - epsilon: unit noise of the shape of the sample.
    /// - Returns: a tensor of the shape of the sample.
    /// - Throws: `TensorError`.
    public static func noised(
        _ sample: Tensor, at level: NoiseLevel, epsilon: Tensor
    ) throws(TensorError) -> Tensor {
        try sample * level.signal + epsilon * level.noise
    }

    /// x at `next` from x at `level`, a step towards noise.
    ///
    /// x' = ratio · x + √(noise'² − ratio² · noise²) · epsilon with ratio = signal' / signal.
    /// - Parameters:
    ///   - x: at `level`.
    ///   - level: where x is.
    ///   - next: where to go, with at least the same sigma.
    ///   - epsilon: fresh unit noise of the shape of x.
    /// - Returns: x at `next`.
    /// - Throws: `DiffusionError.notForward`, `TensorError`.
    public static func step(
        _ x: Tensor, from level: NoiseLevel, to next: NoiseLevel, epsilon: Tensor
    ) throws -> Tensor {
        let factors = try stepFactors(from: level, to: next)
        return try x * factors.kept + epsilon * factors.added
    }

    /// The factors of x and of fresh noise in a step towards noise.
    /// - Throws: `DiffusionError.notForward` when sigma falls, or at pure noise already.
    public static func stepFactors(
        from level: NoiseLevel, to next: NoiseLevel
    ) throws(DiffusionError) -> (kept: Double, added: Double) {
        guard next.sigma >= level.sigma, level.signal > 0 else { throw .notForward(from: level, to: next) }
        let kept = next.signal / level.signal
        let old = kept * level.noise
        return (kept, max(0, (next.noise - old) * (next.noise + old)).squareRoot())
    }
}
