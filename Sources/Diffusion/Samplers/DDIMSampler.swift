public import NoiseSchedules
public import Tensors

/// Walks the noise levels implicitly, with a share of fresh noise.
///
/// One evaluation a step. With eta 0 nothing is random and the steps are Euler's; with eta 1 each step draws from the
/// posterior, as DDPM does.
/// Source: Song et al. 2021, equations 12 and 16.
public struct DDIMSampler: Sampler, Hashable {
    /// The share of the posterior's deviation that is drawn anew, 0 to 1.
    public let eta: Double

    /// The rule with fresh noise of `eta` posterior deviations.
    public init(eta: Double = 0) { self.eta = eta }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if eta is above 0.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let (level, next) = (stride.level, stride.next)
            let denoised = try denoiser.denoised(x, at: level)
            try onStep(stride.report(x, denoised))
            let fresh = eta * Posterior(from: level, to: next).deviation
            guard fresh > 0 else {
                x = try stride.moved(x, towards: denoised)
                continue
            }
            let epsilon = try (x - denoised * level.signal) / level.noise
            let stays = max(0, next.noise * next.noise - fresh * fresh).squareRoot()
            let noise = try freshNoise(like: x, &random)
            x = try denoised * next.signal + epsilon * stays + noise * fresh
        }
        return x
    }
}
