public import NoiseSchedules
public import Tensors

/// Walks the noise levels by drawing each from the posterior given the estimate of the clean sample.
///
/// One evaluation and one tensor of fresh noise a step; many steps are needed.
/// Source: Ho et al. 2020, equations 6 and 7 and section 3.2.
public struct DDPMSampler: Sampler, Hashable {
    /// How much fresh noise there is.
    public enum Variance: Hashable, Sendable {
        /// The posterior's: right when the sample is a single point.
        case small
        /// That of the forward step: right when the sample is itself Gaussian of unit variance.
        case large
    }

    /// How much fresh noise there is.
    public let variance: Variance
    /// True when a step to the clean sample adds noise, too, if its variance says so.
    public let drawsAtEnd: Bool
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// Ancestral sampling.
    public init(variance: Variance = .small, drawsAtEnd: Bool = false, clipping: Clipping = .none) {
        (self.variance, self.drawsAtEnd, self.clipping) = (variance, drawsAtEnd, clipping)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise in every step but one to a noise-free level.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            try onStep(stride.report(x, denoised))
            let posterior = Posterior(from: stride.level, to: stride.next)
            x = try x * posterior.ofX + denoised * posterior.ofSample
            let deviation = variance == .small ? posterior.deviation : posterior.forwardDeviation
            if deviation > 0, stride.next.noise > 0 || drawsAtEnd {
                x = try x + freshNoise(like: x, &random) * deviation
            }
        }
        return x
    }
}

/// The distribution of a cleaner x given a noisier one and the sample: ofX · x + ofSample · sample + deviation · epsilon.
struct Posterior {
    let ofX, ofSample, deviation: Double
    /// The deviation of what the step from clean to noisy adds.
    let forwardDeviation: Double

    /// From the noisier `level` to the cleaner `next`.
    init(from level: NoiseLevel, to next: NoiseLevel) {
        // x at `level` is ratio · (x at `next`) plus fresh noise; share is what of its noise is older than that.
        let ratio = level.signal / next.signal
        let old = ratio * next.noise / level.noise
        let share = old * old
        ofX = old * next.noise / level.noise
        ofSample = next.signal * (1 - share)
        deviation = next.noise * max(0, 1 - share).squareRoot()
        forwardDeviation = level.noise * max(0, 1 - share).squareRoot()
    }
}
