public import NoiseSchedules
public import Tensors

/// Walks the noise levels by jumping to the clean sample and noising it again.
///
/// One evaluation and one tensor of fresh noise a step, few steps. Made for consistency models, whose estimate is the end of
/// the path and not the mean of its possible ends.
/// Source: Song et al. 2023, algorithm 1; Luo et al. 2023 (LCM), algorithm 3.
public struct LCMSampler: Sampler, Hashable {
    /// How much of x is mixed into the estimate at each step, so that it is x itself where there is no noise; empty for
    /// none.
    public let skips: [Double]
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// The rule, with the boundary condition of the model.
    ///
    /// - Parameters:
    ///   - skips: how much of x belongs to the estimate at each step, from 0 to 1; empty for none.
    ///   - clipping: how the estimates are clipped.
    public init(skips: [Double] = [], clipping: Clipping = .none) {
        (self.skips, self.clipping) = (skips, clipping)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise in every step but the last.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        for stride in try Stride.along(levels) {
            var denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            if stride.index < skips.count {
                let skip = skips[stride.index]
                denoised = try denoised * (1 - skip).squareRoot() + x * skip
            }
            try onStep(stride.report(x, denoised))
            if stride.index == stride.count - 1 { return denoised }
            x = try ForwardProcess.noised(denoised, at: stride.next, epsilon: freshNoise(like: x, &random))
        }
        return x
    }
}
