public import NoiseSchedules
public import Recipes
public import Tensors

/// Steers towards the prompt and away from another estimate: a denoiser made of denoisers.
///
/// denoised = other + scale · (positive − other), or what another method makes of the two. The other estimate is that of the
/// negative prompt, or a weaker model's for the same prompt. With scale 1, and outside of the interval, the prompt alone is
/// evaluated. Source: Ho and Salimans 2022; Kynkäänniemi et al. 2024 for the interval; `GuidanceRule` for the rest.
public struct ClassifierFreeGuidance<Base: Denoiser>: Denoiser {
    /// How the two estimates are had.
    public enum Evaluation {
        /// One evaluation of a batch twice as large: the prompts first, then the negative prompts.
        case together(Base)
        /// A second evaluation: with the negative prompt (slower, half the memory), or of a weaker model.
        case apart(negative: Base)
    }

    private let positive: Base
    private let evaluation: Evaluation
    private let rule: GuidanceRule

    /// Guidance of one or two denoisers, for one walk.
    ///
    /// - Parameters:
    ///   - positive: the denoiser that knows the prompt.
    ///   - evaluation: where the other estimate comes from.
    ///   - choice: weight, interval, schedule and method; its negative prompt is what `evaluation` was made with.
    ///   - levels: the levels of the walk, for methods that treat the first steps apart.
    public init(
        _ positive: Base, _ evaluation: Evaluation, choice: GuidanceChoice, along levels: [NoiseLevel] = []
    ) {
        (self.positive, self.evaluation) = (positive, evaluation)
        rule = GuidanceRule(choice, along: levels)
    }

    /// True where guidance changes the estimate.
    public func isOn(at level: NoiseLevel) -> Bool { rule.isOn(at: level) }

    /// The guided estimate.
    public func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        if rule.isStill(at: level) { return try GuidanceRule.stillEstimate(x, at: level) }
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
        return try rule.guided(towards, away: away, x: x, at: level)
    }
}
