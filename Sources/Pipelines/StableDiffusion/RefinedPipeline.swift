import Checkpoints
public import Diffusion
public import Foundation
public import Images
import Networks
import NoiseSchedules
public import Recipes
public import Tensors

/// Two models on one walk: the first draws up to a share of the noise range, the second takes its latent from there.
///
/// Draws what diffusers draws with `denoising_end` for Stable Diffusion XL and `denoising_start` for its refiner, both
/// with the steps of the whole walk and one generator. Source: Podell et al. 2023, section 2.5.
public struct RefinedPipeline: Pipeline {
    /// The model that begins.
    public let base: StableDiffusionPipeline
    /// The model that ends.
    public let refiner: StableDiffusionPipeline

    /// Prompt and negative prompt as each of the models takes them.
    public struct Conditioning: Sendable {
        let base, refiner: StableDiffusionPipeline.Conditioning
    }

    /// Opens both models.
    ///
    /// Adapters are for the first one, learned words for both.
    /// - Throws: what opening throws; `PipelineError.unusableModel` for models that have not their latents in common.
    public init(
        opening model: URL, refiner: URL, _ options: ModelOptions = .init(), on device: Device = .cpu
    ) throws {
        var options = options
        options.refiner = nil
        base = try StableDiffusionPipeline(opening: model, options, on: device)
        guard base.traits.hasSizes, base.family != .stableDiffusionXLRefiner, !base.traits.seesMask else {
            throw PipelineError.unsupported("--refiner", family: base.family.title)
        }
        guard !DarkroomModelFile.isOne(refiner) else {
            throw PipelineError.unsupported("--refiner", family: "Darkroom's own models")
        }
        options.adapters = []
        self.refiner = try StableDiffusionPipeline(opening: refiner, options, on: device)
        let (first, second) = (
            base.networks.autoencoder.configuration, self.refiner.networks.autoencoder.configuration
        )
        guard self.refiner.traits.hasSizes, !self.refiner.traits.seesMask,
            first.downscaling == second.downscaling, first.latentChannels == second.latentChannels,
            first.scalingFactor == second.scalingFactor
        else {
            throw PipelineError.unusableModel(
                reason:
                    "its refiner (\(refiner.lastPathComponent), \(self.refiner.family.title)) works on other "
                    + "latents; expected a refiner of Stable Diffusion XL")
        }
    }

    /// Where both compute.
    public var device: Device { base.device }
    /// What the first model draws with.
    public var defaults: GenerationDefaults { base.defaults }

    /// The request with nothing left open, by the first model's defaults.
    /// - Throws: `PipelineError` for what one of the models cannot draw; `DiffusionError` where one of them would have
    ///   no step.
    public func resolved(
        _ request: GenerationRequest, _ inputs: GenerationInputs
    ) throws -> GenerationRequest {
        guard let choice = request.refiner else {
            throw PipelineError.missingInput("A model opened with a refiner", needs: "--refiner")
        }
        if request.hires != nil {
            throw PipelineError.unsupported("--hires-scale", family: "A model with a refiner")
        }
        if request.mask != nil { throw PipelineError.unsupported("--mask", family: "A model with a refiner") }
        var first = request
        first.refiner = nil
        var resolved = try base.resolved(first, inputs)
        try refiner.check(Self.second(of: resolved))
        resolved.refiner = choice
        _ = try refiner.latentShape(resolved)
        _ = try stepCount(resolved)
        return resolved
    }

    /// What the second model is asked for: it starts from a latent, which is no picture.
    private static func second(of request: GenerationRequest) -> GenerationRequest {
        var second = request
        (second.initialPicture, second.strength) = (nil, nil)
        return second
    }

    private func parts(_ request: GenerationRequest) -> (first: WalkPart?, second: WalkPart?) {
        guard let share = request.refiner?.start else { return (nil, nil) }
        return (.before(share), .after(share))
    }

    /// Prompt and negative prompt → what each model gets from them.
    public func condition(_ request: GenerationRequest) throws -> Conditioning {
        let second = try refinerPlan(request)
        return Conditioning(
            base: try base.condition(request, steps: plan(request).levels.count - 1),
            refiner: try refiner.condition(request, steps: second.levels.count - 1))
    }

    /// The first model's part of the walk.
    public func plan(_ request: GenerationRequest) throws -> SamplingPlan {
        try base.plan(request, part: parts(request).first)
    }

    private func refinerPlan(_ request: GenerationRequest) throws -> SamplingPlan {
        // Both walk with one solver, the first model's where none is named.
        var request = request
        request.sampler = request.sampler ?? base.defaults.sampler
        return try refiner.plan(request, part: parts(request).second)
    }

    /// Those of both models.
    public func stepCount(_ request: GenerationRequest) throws -> Int {
        try plan(request).levels.count - 1 + refinerPlan(request).levels.count - 1
    }

    /// The first model's.
    public func latentShape(_ request: GenerationRequest) throws -> [Int] { try base.latentShape(request) }

    /// The first model's start.
    public func start(
        _ request: GenerationRequest, _ inputs: GenerationInputs, along plan: SamplingPlan,
        random: inout RandomStream
    ) throws -> PictureStart {
        try base.start(request, inputs, along: plan, random: &random)
    }

    /// The first model's denoiser.
    public func denoiser(
        for conditioning: Conditioning, _ request: GenerationRequest, along plan: SamplingPlan,
        from start: PictureStart, _ inputs: GenerationInputs
    ) throws -> StableDiffusionDenoiser {
        try base.denoiser(for: conditioning.base, request, along: plan, from: start, inputs)
    }

    /// The latent of one picture: one walk, its end by the second model.
    ///
    /// Both draw from the picture's one stream.
    public func latent(
        for conditioning: Conditioning, _ request: GenerationRequest, _ inputs: GenerationInputs,
        seed: UInt64,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        let (first, second) = (try plan(request), try refinerPlan(request))
        let start = try base.start(request, inputs, along: first, random: &random)
        var latent = try base.walk(
            for: conditioning.base, request, inputs, along: first, from: start, random: &random,
            onStep: onStep)
        // Solvers may count in units of different power: sigma is the same, signal and noise have a factor in common.
        if let left = first.levels.last, let taken = second.levels.first, left.signal != taken.signal {
            latent = try latent * (taken.signal / left.signal)
        }
        let middle = PictureStart(x: latent, epsilon: start.epsilon)
        return try refiner.walk(
            for: conditioning.refiner, request, inputs, along: second, from: middle, random: &random,
            onStep: onStep)
    }

    /// The end of the walk as a picture, by the second model's autoencoder, as diffusers does.
    public func decode(_ latent: Tensor, _ inputs: GenerationInputs) throws -> Image {
        try refiner.decode(latent, inputs)
    }

    /// A rough look at a latent.
    public func sketch(_ latent: Tensor) throws -> Image { try base.sketch(latent) }

    /// Without gradients.
    public func computing<R>(_ body: () throws -> R) throws -> R { try base.computing(body) }
}
