public import NoiseSchedules
public import Tensors

/// Walks the noise levels by jumping below each next level and noising the sample again as far as that.
///
/// One evaluation a step, few steps. Made for trajectory consistency models, whose estimate is good for a jump to any level.
/// Source: Zheng et al. 2024 (TCD), algorithm 4.
public struct TCDSampler: Sampler, Hashable {
    /// Where each jump ends, at or below the level visited next; nil for jumps of `eta`.
    public let landings: [NoiseLevel]?
    /// The share of noise drawn anew where no landings are given: 0 is none, 1 jumps to the clean sample.
    public let eta: Double

    /// The rule with fresh noise.
    public init(eta: Double = 0.3, landings: [NoiseLevel]? = nil) {
        (self.eta, self.landings) = (eta, landings)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise in every step that jumps below the next level.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let landing = try landings?[stride.index] ?? stride.next.cleaned(by: eta)
            x = try stride.landing(at: landing).moved(x, towards: denoised)
            if landing.sigma < stride.next.sigma {
                let factors = try ForwardProcess.stepFactors(from: landing, to: stride.next)
                x = try x * factors.kept + freshNoise(like: x, &random) * factors.added
            }
        }
        return x
    }
}

extension NoiseLevel {
    /// The level with a share less of noise, of the same power of signal and noise.
    fileprivate func cleaned(by share: Double) throws(NoiseScheduleError) -> NoiseLevel {
        let power = signal * signal + noise * noise
        let less = noise * (1 - share)
        return try NoiseLevel(signal: (power - less * less).squareRoot(), noise: less)
    }
}
