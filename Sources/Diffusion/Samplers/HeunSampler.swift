public import NoiseSchedules
public import Tensors

/// Walks the noise levels with Heun's second-order rule.
///
/// Two evaluations a step, one in a last step to a noise-free level; the error falls with the square of the step. The flow is
/// dx = denoised · d(signal) + epsilon · d(noise), and each step takes the mean of its two ends: Karras et al.'s rule where
/// the signal is 1, the flow models' own where signal + noise is 1.
/// Source: Karras et al. 2022, algorithm 1 without churn.
public struct HeunSampler: Sampler, Hashable {
    /// Heun's rule.
    public init() {}

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let (level, next) = (stride.level, stride.next)
            let denoised = try denoiser.denoised(x, at: level)
            try onStep(stride.report(x, denoised))
            let guess = try stride.moved(x, towards: denoised)
            guard next.noise > 0 else { return guess }
            let ahead = try denoiser.denoised(guess, at: next)
            let epsilon = try (x - denoised * level.signal) / level.noise
            let epsilonAhead = try (guess - ahead * next.signal) / next.noise
            let signalHalf = (next.signal - level.signal) / 2
            let noiseHalf = (next.noise - level.noise) / 2
            x = try x + (denoised + ahead) * signalHalf + (epsilon + epsilonAhead) * noiseHalf
        }
        return x
    }
}
