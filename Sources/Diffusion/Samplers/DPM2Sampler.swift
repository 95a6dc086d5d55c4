public import NoiseSchedules
public import Tensors

/// Walks the noise levels with the midpoint rule, with or without fresh noise.
///
/// Two evaluations a step, one in a step from pure noise or to a noise-free level; without noise the error falls with the
/// square of the step. The midpoint is the geometric mean of the sigmas. With noise, each step leads below the next level and
/// what is missing is drawn anew.
/// Source: Karras et al. 2022, algorithm 2's family; the geometric midpoint as in k-diffusion's DPM2.
public struct DPM2Sampler: Sampler, Hashable {
    /// How much of a step's noise is drawn anew: 0 for none, 1 for as much as the forward process adds.
    public let eta: Double
    /// The factor of the fresh noise, 1 or a little more.
    public let noiseScale: Double
    /// Noise added before each step.
    public let churn: Churn

    /// The midpoint rule; with fresh noise if eta is above 0.
    public init(eta: Double = 0, noiseScale: Double = 1, churn: Churn = .none) {
        (self.eta, self.noiseScale, self.churn) = (eta, noiseScale, churn)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if eta is above 0, and where it churns.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let stride = try churn.raised(stride, &x, &random)
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let (level, (down, fresh)) = (stride.level, try stride.ancestral(eta: eta))
            if let middle = level.midpoint(to: down) {
                let guess = try stride.landing(at: middle).moved(x, towards: denoised)
                let between = try denoiser.denoised(guess, at: middle)
                let epsilon = try middle.epsilon(in: guess, between)
                x = try x + between * (down.signal - level.signal) + epsilon * (down.noise - level.noise)
            } else {
                x = try stride.landing(at: down).moved(x, towards: denoised)
            }
            if fresh > 0 { x = try x + freshNoise(like: x, &random) * (fresh * noiseScale) }
        }
        return x
    }
}
