public import NoiseSchedules
public import Tensors

/// Walks the noise levels implicitly, with a share of fresh noise.
///
/// One evaluation a step. With eta 0 nothing is random and the steps are Euler's; with eta 1 each step draws from the
/// posterior, as DDPM does, and the rule is what others call Euler ancestral.
/// Source: Song et al. 2021, equations 12 and 16.
public struct DDIMSampler: Sampler, Hashable {
    /// The share of the posterior's deviation that is drawn anew, 0 to 1.
    public let eta: Double
    /// The factor of the fresh noise, 1 or a little more.
    public let noiseScale: Double
    /// Where each step ends, when that is not the level visited next; nil where it is.
    public let landings: [NoiseLevel]?
    /// How the estimates are clipped; the noise that an estimate implies is not.
    public let clipping: Clipping

    /// The rule with fresh noise of `eta` posterior deviations.
    public init(
        eta: Double = 0, noiseScale: Double = 1, landings: [NoiseLevel]? = nil, clipping: Clipping = .none
    ) {
        (self.eta, self.noiseScale) = (eta, noiseScale)
        (self.landings, self.clipping) = (landings, clipping)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if eta is above 0.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels, landingAt: landings) {
            let (level, next) = (stride.level, stride.next)
            let estimate = try denoiser.denoised(x, at: level)
            let denoised = try clipping.applied(to: estimate)
            try onStep(stride.report(x, denoised))
            let fresh = min(eta * Posterior(from: level, to: next).deviation, next.noise)
            if fresh == 0 && clipping == .none {
                x = try stride.moved(x, towards: denoised)
                continue
            }
            let epsilon = try level.epsilon(in: x, estimate)
            let stays = max(0, next.noise * next.noise - fresh * fresh).squareRoot()
            x = try denoised * next.signal + epsilon * stays
            if fresh > 0 { x = try x + freshNoise(like: x, &random) * (fresh * noiseScale) }
        }
        return x
    }
}
