public import NoiseSchedules
public import Tensors

/// Walks the noise levels with a second-order single-step rule for the stochastic equation, DPM-Solver++ SDE.
///
/// Two evaluations and two tensors of fresh noise a step, one in a step from pure noise or to a noise-free level. The noise of
/// the first half of a step is part of the noise of the whole, as of one Brownian path in sigma.
/// Source: k-diffusion's DPM++ SDE, after Lu et al. 2022.
public struct DPMPlusPlusSDESampler: Sampler, Hashable {
    /// How much of a step's noise is drawn anew, 0 to 1.
    public let eta: Double
    /// The factor of the fresh noise, 1 or a little more.
    public let noiseScale: Double

    /// The rule with fresh noise.
    public init(eta: Double = 1, noiseScale: Double = 1) { (self.eta, self.noiseScale) = (eta, noiseScale) }

    /// Walks the levels as `Sampler` says, drawing two tensors of noise each step.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let (down, fresh) = try stride.ancestral(eta: eta)
            guard let middle = stride.level.midpoint(to: stride.next) else {
                x = try stride.landing(at: down).moved(x, towards: denoised)
                if fresh > 0 { x = try x + freshNoise(like: x, &random) * (fresh * noiseScale) }
                continue
            }
            let half = stride.landing(at: middle)
            let (halfDown, halfFresh) = try half.ancestral(eta: eta)
            let early = try freshNoise(like: x, &random)
            let guess =
                try half.landing(at: halfDown).moved(x, towards: denoised) + early * (halfFresh * noiseScale)
            let between = try denoiser.denoised(guess, at: middle)
            let late = try freshNoise(like: x, &random)
            x = try stride.landing(at: down).moved(x, towards: between)
            // The path's share of the first half, measured in sigma.
            let whole = stride.level.sigma - stride.next.sigma
            let share = ((stride.level.sigma - middle.sigma) / whole).squareRoot()
            let rest = max(0, 1 - share * share).squareRoot()
            x = try x + (early * share + late * rest) * (fresh * noiseScale)
        }
        return x
    }
}
