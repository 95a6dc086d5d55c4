public import NoiseSchedules
public import Tensors

/// Walks the noise levels with the second-order multistep rule DPM-Solver++(2M).
///
/// One evaluation a step; the error falls with the square of the step. The estimate before is used to foresee how the
/// estimate changes along half the log of the signal-to-noise ratio. The first step, and a last one to a noise-free level,
/// are of first order.
/// Source: Lu et al. 2022 (DPM-Solver++), algorithm 2.
public struct DPMPlusPlus2MSampler: Sampler, Hashable {
    /// The two-step rule.
    public init() {}

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        var before: (denoised: Tensor, stepLength: Double)?
        for stride in try Stride.along(levels) {
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            let stepLength = (stride.next.logSNR - stride.level.logSNR) / 2
            // r compares the step before with this one; 1 / 2r is how far half this step reaches beyond it.
            let reach = before.map { stepLength / $0.stepLength / 2 } ?? 0
            if let before, reach > 0, reach.isFinite {
                let foreseen = try denoised * (1 + reach) - before.denoised * reach
                x = try stride.moved(x, towards: foreseen)
            } else {
                x = try stride.moved(x, towards: denoised)
            }
            before = (denoised, stepLength)
        }
        return x
    }
}
