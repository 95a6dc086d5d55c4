public import NoiseSchedules
public import Tensors

/// Walks the noise levels with Heun's second-order rule.
///
/// Two evaluations a step, one in a last step to a noise-free level; the error falls with the square of the step. The flow is
/// dx = denoised · d(signal) + epsilon · d(noise), and each step takes the mean of its two ends: Karras et al.'s rule where
/// the signal is 1, the flow models' own where signal + noise is 1.
/// Source: Karras et al. 2022, algorithms 1 and 2.
public struct HeunSampler: Sampler, Hashable {
    /// Noise added before each step.
    public let churn: Churn
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// Heun's rule.
    public init(churn: Churn = .none, clipping: Clipping = .none) {
        (self.churn, self.clipping) = (churn, clipping)
    }

    /// Walks the levels as `Sampler` says, without random numbers unless it churns.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let stride = try churn.raised(stride, &x, &random)
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            try onStep(stride.report(x, denoised))
            x = try Self.step(stride, x, denoised) { try clipping.applied(to: denoiser.denoised($0, at: $1)) }
        }
        return x
    }

    /// One step, given the estimate at its beginning and a way to another at its end.
    static func step(
        _ stride: Stride, _ x: Tensor, _ denoised: Tensor, _ estimate: (Tensor, NoiseLevel) throws -> Tensor
    ) throws -> Tensor {
        let (level, next) = (stride.level, stride.next)
        let guess = try stride.moved(x, towards: denoised)
        guard next.noise > 0 else { return guess }
        let ahead = try estimate(guess, next)
        let epsilon = try level.epsilon(in: x, denoised)
        let epsilonAhead = try next.epsilon(in: guess, ahead)
        let signalHalf = (next.signal - level.signal) / 2
        let noiseHalf = (next.noise - level.noise) / 2
        return try x + (denoised + ahead) * signalHalf + (epsilon + epsilonAhead) * noiseHalf
    }
}
