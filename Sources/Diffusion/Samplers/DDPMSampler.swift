public import NoiseSchedules
public import Tensors

/// Walks the noise levels by drawing each from the posterior given the estimate of the clean sample.
///
/// One evaluation and one tensor of fresh noise a step; many steps are needed.
/// Source: Ho et al. 2020, equations 6 and 7, with the posterior variance.
public struct DDPMSampler: Sampler, Hashable {
    /// Ancestral sampling.
    public init() {}

    /// Walks the levels as `Sampler` says, drawing a tensor of noise in every step but one to a noise-free level.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let posterior = Posterior(from: stride.level, to: stride.next)
            let mean = try x * posterior.ofX + denoised * posterior.ofSample
            let isRandom = posterior.deviation > 0
            x = isRandom ? try mean + freshNoise(like: x, &random) * posterior.deviation : mean
        }
        return x
    }
}

/// The distribution of a cleaner x given a noisier one and the sample: ofX · x + ofSample · sample + deviation · epsilon.
struct Posterior {
    let ofX, ofSample, deviation: Double

    /// From the noisier `level` to the cleaner `next`.
    init(from level: NoiseLevel, to next: NoiseLevel) {
        // x at `level` is ratio · (x at `next`) plus fresh noise; share is what of its noise is older than that.
        let ratio = level.signal / next.signal
        let old = ratio * next.noise / level.noise
        let share = old * old
        ofX = old * next.noise / level.noise
        ofSample = next.signal * (1 - share)
        deviation = next.noise * max(0, 1 - share).squareRoot()
    }
}
