public import NoiseSchedules
public import Tensors

/// Walks the noise levels with the second-order single-step rule DPM-Solver++(2S), with fresh noise.
///
/// Two evaluations a step, one in a step from pure noise or to a noise-free level. With eta 0 nothing is random and the error
/// falls with the square of the step.
/// Source: Lu et al. 2022 (DPM-Solver++), algorithm 1, with k-diffusion's ancestral noise.
public struct DPMPlusPlus2SAncestralSampler: Sampler, Hashable {
    /// How much of a step's noise is drawn anew, 0 to 1.
    public let eta: Double
    /// The factor of the fresh noise, 1 or a little more.
    public let noiseScale: Double

    /// The rule with fresh noise.
    public init(eta: Double = 1, noiseScale: Double = 1) { (self.eta, self.noiseScale) = (eta, noiseScale) }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if eta is above 0.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            var denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let (down, fresh) = try stride.ancestral(eta: eta)
            if let middle = stride.level.midpoint(to: down) {
                denoised = try denoiser.denoised(
                    stride.landing(at: middle).moved(x, towards: denoised), at: middle)
            }
            x = try stride.landing(at: down).moved(x, towards: denoised)
            if fresh > 0 { x = try x + freshNoise(like: x, &random) * (fresh * noiseScale) }
        }
        return x
    }
}
