public import NoiseSchedules
public import Tensors

/// Walks the noise levels with first-order steps along the probability flow.
///
/// One evaluation a step; the error falls in proportion to the step. The same as DDIM with eta 0.
/// Source: Karras et al. 2022, algorithm 2 without its correction; without churn nothing is random.
public struct EulerSampler: Sampler, Hashable {
    /// Noise added before each step.
    public let churn: Churn

    /// Euler's rule.
    public init(churn: Churn = .none) { self.churn = churn }

    /// Walks the levels as `Sampler` says, without random numbers unless it churns.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            let stride = try churn.raised(stride, &x, &random)
            let denoised = try denoiser.denoised(x, at: stride.level)
            try onStep(stride.report(x, denoised))
            x = try stride.moved(x, towards: denoised)
        }
        return x
    }
}
