public import NoiseSchedules
public import Recipes
public import Tensors

/// Steers towards the prompt and away from the negative prompt: a denoiser made of denoisers.
///
/// denoised = negative + scale · (positive − negative). With scale 1, and outside of the interval, the prompt alone is
/// evaluated. Source: Ho and Salimans 2022; Kynkäänniemi et al. 2024 for the interval.
public struct ClassifierFreeGuidance<Base: Denoiser>: Denoiser {
    /// How the two estimates are had.
    public enum Evaluation {
        /// One evaluation of a batch twice as large: the prompts first, then the negative prompts.
        case together(Base)
        /// A second evaluation, with the negative prompt; slower, half the memory.
        case apart(negative: Base)
    }

    private let positive: Base
    private let evaluation: Evaluation
    private let scale: Double
    private let interval: ClosedRange<Double>

    /// Guidance of one or two denoisers.
    ///
    /// - Parameters:
    ///   - positive: the denoiser that knows the prompt.
    ///   - evaluation: where the negative estimate comes from.
    ///   - choice: weight and interval; its negative prompt is what `evaluation` was made with.
    public init(_ positive: Base, _ evaluation: Evaluation, choice: GuidanceChoice) {
        (self.positive, self.evaluation) = (positive, evaluation)
        (scale, interval) = (choice.scale ?? 1, choice.interval)
    }

    /// True where guidance changes the estimate.
    public func isOn(at level: NoiseLevel) -> Bool { scale != 1 && interval.contains(level.noiseShare) }

    /// The guided estimate.
    public func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        guard isOn(at: level) else { return try positive.denoised(x, at: level) }
        let (towards, away): (Tensor, Tensor)
        switch evaluation {
        case .together(let both):
            let pair = try both.denoised(Tensor.concatenated([x, x]), at: level)
            towards = try pair.slice(0..<x.size(0))
            away = try pair.slice(x.size(0)..<2 * x.size(0))
        case .apart(let negative):
            towards = try positive.denoised(x, at: level)
            away = try negative.denoised(x, at: level)
        }
        return try away.lerp(to: towards, weight: scale)
    }
}
