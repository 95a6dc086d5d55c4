public import NoiseSchedules
public import Tensors

/// Estimates the clean sample behind a noisy one.
public protocol Denoiser {
    /// The estimate of the sample, of the shape of `x`.
    ///
    /// - Parameters:
    ///   - x: signal · sample + noise · epsilon, `[batch, channel, height, width]`.
    ///   - level: signal and noise of `x`.
    /// - Returns: the mean of the samples that `x` may come from, as far as the denoiser knows.
    /// - Throws: what the network throws.
    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor
}
