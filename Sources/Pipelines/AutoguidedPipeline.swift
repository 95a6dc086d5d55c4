public import Diffusion
public import Images
public import Recipes
public import Tensors

/// A model steered away from what a weaker model of the same kind makes of the same prompt.
///
/// Where both are unsure they err alike and the weaker one errs more, so that going beyond the stronger one corrects it, without
/// the loss of variety that steering away from "no prompt" brings. Everything but the two estimates is the stronger model's.
/// Source: Karras et al. 2024 (arXiv 2406.02507).
public struct AutoguidedPipeline<Base: Pipeline>: Pipeline {
    /// The model that draws.
    public let model: Base
    /// The weaker one.
    public let guide: Base

    /// A pair of models of one family.
    public init(_ model: Base, guidedBy guide: Base) { (self.model, self.guide) = (model, guide) }

    /// The same prompt as each of the two gets it.
    public struct Conditioning: Sendable {
        /// What the model that draws gets.
        public let model: Base.Conditioning
        /// What the weaker one gets.
        public let guide: Base.Conditioning
    }

    /// Where the model that draws computes.
    public var device: Device { model.device }

    /// The model's own, with a weight of 2, in the middle of what the paper found best.
    public var defaults: GenerationDefaults {
        var defaults = model.defaults
        defaults.guidanceScale = 2
        return defaults
    }

    /// The request with nothing left open.
    /// - Throws: `PipelineError` for what the model refuses, a negative prompt, a second pass, or a guide of another shape.
    public func resolved(
        _ request: GenerationRequest, _ inputs: GenerationInputs
    ) throws -> GenerationRequest {
        let family = "A model with a guide"
        if !request.negativePrompt.isEmpty {
            throw PipelineError.unsupported("--negative-prompt", family: family)
        }
        if request.hires != nil { throw PipelineError.unsupported("--hires-scale", family: family) }
        var open = request
        open.guidance.scale = request.guidance.scale ?? defaults.guidanceScale
        let resolved = try model.resolved(open, inputs)
        let (own, other) = (try model.latentShape(resolved), try guide.latentShape(resolved))
        guard own == other else {
            throw PipelineError.unusableModel(
                reason: "it draws numbers of shape \(own), its guide of shape \(other)")
        }
        return resolved
    }

    /// The prompt, as both get it.
    public func condition(_ request: GenerationRequest) throws -> Conditioning {
        let request = Self.unguided(request)
        return Conditioning(model: try model.condition(request), guide: try guide.condition(request))
    }

    /// The model's.
    public func plan(_ request: GenerationRequest) throws -> SamplingPlan { try model.plan(request) }

    /// The model's.
    public func latentShape(_ request: GenerationRequest) throws -> [Int] { try model.latentShape(request) }

    /// The model's.
    public func start(
        _ request: GenerationRequest, _ inputs: GenerationInputs, along plan: SamplingPlan,
        random: inout RandomStream
    ) throws -> PictureStart { try model.start(request, inputs, along: plan, random: &random) }

    /// Both models with the prompt alone, and the request's guidance between them.
    public func denoiser(
        for conditioning: Conditioning, _ request: GenerationRequest, along plan: SamplingPlan,
        from start: PictureStart, _ inputs: GenerationInputs
    ) throws -> ClassifierFreeGuidance<Base.Denoising> {
        let alone = Self.unguided(request)
        var guidance = request.guidance
        guidance.scale = guidance.scale ?? defaults.guidanceScale
        return ClassifierFreeGuidance(
            try model.denoiser(for: conditioning.model, alone, along: plan, from: start, inputs),
            .apart(
                negative: try guide.denoiser(
                    for: conditioning.guide, alone, along: plan, from: start, inputs)),
            choice: guidance, along: plan.levels)
    }

    /// The model's.
    public func decode(_ latent: Tensor, _ inputs: GenerationInputs) throws -> Image {
        try model.decode(latent, inputs)
    }

    /// The model's.
    public func sketch(_ latent: Tensor) throws -> Image { try model.sketch(latent) }

    /// The model's.
    public func computing<R>(_ body: () throws -> R) throws -> R { try model.computing(body) }

    /// The request for one model's own estimate.
    private static func unguided(_ request: GenerationRequest) -> GenerationRequest {
        var alone = request
        alone.guidance = GuidanceChoice(scale: 1)
        return alone
    }
}

extension Pipeline {
    /// This model steered by another of its family.
    /// - Throws: `PipelineError.unusableModel` when the other is of another family.
    func autoguided(by guide: any Pipeline) throws -> any Pipeline {
        guard let guide = guide as? Self else {
            throw PipelineError.unusableModel(reason: "its guide is of another family")
        }
        return AutoguidedPipeline(self, guidedBy: guide)
    }
}
