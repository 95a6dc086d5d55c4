public import Checkpoints
public import Diffusion
public import Foundation
import Images
import Layers
import Networks
import NoiseSchedules
public import Recipes
public import Tensors

/// Stable Diffusion 1, 2 and XL: CLIP text encoders → conditional U-Net on latents → autoencoder.
///
/// Draws what the pipelines of diffusers draw: text to image, image to image and inpainting, with four or nine channels.
/// A request's seed gives the noise of `torch.Generator().manual_seed(seed)`, drawn in the order in which diffusers draws.
/// Source: Rombach et al. 2022; Podell et al. 2023 for XL.
public struct StableDiffusionPipeline: Pipeline {
    /// The kind of model.
    public let family: ModelFamily
    /// The type of products and convolutions.
    public let computeType: DType
    /// Where it computes.
    public let device: Device
    /// What the model draws with where a request leaves it open.
    public let defaults: GenerationDefaults
    let networks: StableDiffusionNetworks
    let text: StableDiffusionText
    let scheduler: SchedulerConfiguration
    let schedule: VariancePreserving
    let traits: StableDiffusionTraits
    private let tiling: TilingChoice

    /// Opens a model in the layout of diffusers, or one file with all its parts.
    ///
    /// Precision `auto` takes bf16 where the device multiplies it natively, fp32 elsewhere.
    /// - Throws: `CheckpointError`, `WeightFileError` or `RecipeError` when the files are not a sound model.
    public init(opening url: URL, _ options: ModelOptions = .init(), on device: Device = .cpu) throws {
        let type = DarkroomPipeline.computeType(for: options.precision, on: device, isLarge: true)
        let source = StableDiffusionSource(url: url, options: options, device: device)
        let files = try source.files(as: type)
        (family, computeType, self.device) = (files.family, type, device)
        tiling = options.tiling
        networks = try StableDiffusionNetworks(files, source, type)
        traits = try StableDiffusionTraits(of: files, networks.unet.configuration)
        text = try StableDiffusionText(files, source, traits)
        scheduler = try Self.scheduler(of: files, traits)
        schedule = try scheduler.schedule()
        defaults = Self.defaults(
            traits, networks.unet.configuration, networks.autoencoder.configuration, scheduler)
    }

    /// The noise schedule that a model's files describe.
    static func scheduler(
        of files: ModelFiles, _ traits: StableDiffusionTraits
    ) throws -> SchedulerConfiguration {
        let scheduler = try SchedulerConfiguration(json: files.scheduler, named: "scheduler_config.json")
        return traits.hasSizes ? scheduler : scheduler.adjustedAsStableDiffusion()
    }

    /// What a model of these parts draws with where a request leaves it open.
    static func defaults(
        _ traits: StableDiffusionTraits, _ unet: ConditionalUNetConfiguration,
        _ autoencoder: AutoencoderConfiguration, _ scheduler: SchedulerConfiguration
    ) -> GenerationDefaults {
        let side = traits.hasSizes ? 128 : 64
        let size = unet.sampleSize ?? (height: side, width: side)
        return GenerationDefaults(
            steps: traits.knowsGuidance ? 4 : 25,
            guidanceScale: traits.knowsGuidance ? 8.5 : traits.hasSizes ? 5 : 7.5,
            sampler: scheduler.ownSampler, spacing: nil, width: size.width * autoencoder.downscaling,
            height: size.height * autoencoder.downscaling)
    }

    /// The request with nothing left open.
    ///
    /// The size is that of the picture to start from, rounded down to what the autoencoder divides by, or the model's.
    /// - Throws: `PipelineError` for sizes and wishes that this model cannot serve.
    public func resolved(
        _ request: GenerationRequest, _ inputs: GenerationInputs
    ) throws -> GenerationRequest {
        if request.refiner != nil {
            throw PipelineError.missingInput(
                "--refiner", needs: "a pipeline that was opened with the refiner")
        }
        if family == .stableDiffusionXLRefiner, request.initialPicture == nil {
            throw PipelineError.missingInput(
                "The refiner", needs: "a picture to refine (--init-img), or --refiner beside its base model")
        }
        try check(request)
        let resolved = Self.filled(
            request, inputs, from: defaults, family,
            multiple: networks.autoencoder.configuration.downscaling)
        _ = try latentShape(resolved)
        _ = try stepCount(resolved)
        return resolved
    }

    /// The request with the model's defaults and what follows from the picture that it starts from.
    static func filled(
        _ request: GenerationRequest, _ inputs: GenerationInputs, from defaults: GenerationDefaults,
        _ family: ModelFamily, multiple: Int
    ) -> GenerationRequest {
        var filled = request
        if let picture = inputs.picture {
            func fitted(_ side: Int) -> Int { max(multiple, side / multiple * multiple) }
            filled.width = request.width ?? fitted(picture.width)
            filled.height = request.height ?? fitted(picture.height)
        }
        filled = filled.filled(from: defaults)
        if request.initialPicture != nil, request.strength == nil {
            filled.strength = request.mask != nil ? 1 : family == .stableDiffusionXLRefiner ? 0.3 : 0.8
        }
        return filled
    }

    /// Those of the walk, and of the second one where there is one.
    public func stepCount(_ request: GenerationRequest) throws -> Int {
        let first = try plan(request).levels.count - 1
        return try request.hires == nil ? first : first + stepCount(enlarged(request))
    }

    /// Refuses wishes that this model cannot serve.
    func check(_ request: GenerationRequest) throws {
        try request.check(openedWith: tiling)
        if request.flowShift != nil { throw PipelineError.unsupported("--flow-shift", family: family.title) }
        let hasPicture = request.initialPicture != nil
        if traits.seesMask, request.mask == nil {
            throw PipelineError.missingInput(
                "A model for inpainting", needs: "a picture and its mask (--init-img and --mask)")
        }
        if request.mask != nil, !hasPicture {
            throw PipelineError.missingInput("--mask", needs: "--init-img, the picture that it belongs to")
        }
        if request.strength != nil, !hasPicture {
            throw PipelineError.missingInput("--strength", needs: "--init-img, the picture to start from")
        }
        if request.sizeConditioning != nil, !traits.hasSizes {
            throw PipelineError.unsupported("--original-size", family: family.title)
        }
        if let skip = request.clipSkip, skip > text.depth {
            throw PipelineError.unsupported(
                "--clip-skip \(skip)", family: "A text encoder of \(text.depth) layers")
        }
    }

    /// The walk of diffusers for the model's scheduler file and the request.
    public func plan(_ request: GenerationRequest) throws -> SamplingPlan { try plan(request, part: nil) }

    /// The walk, or the part of it that is this model's when two share it.
    func plan(_ request: GenerationRequest, part: WalkPart?) throws -> SamplingPlan {
        // What the second model starts from is the first one's latent, whatever that started from.
        let isSecond = if case .after? = part { true } else { false }
        let sampler = request.sampler == defaults.sampler ? nil : request.sampler
        return try scheduler.plan(
            steps: request.steps ?? defaults.steps, sampler: sampler, spacing: request.spacing,
            strength: request.initialPicture == nil || isSecond ? nil : request.strength, part: part)
    }

    /// `[4, height / 8, width / 8]`, for an autoencoder of the usual kind.
    /// - Throws: `PipelineError.size` for sides that the autoencoder does not divide.
    public func latentShape(_ request: GenerationRequest) throws -> [Int] {
        let (width, height) = (request.width ?? defaults.width, request.height ?? defaults.height)
        let configuration = networks.autoencoder.configuration
        let multiple = configuration.downscaling
        guard width > 0, height > 0, width.isMultiple(of: multiple), height.isMultiple(of: multiple) else {
            throw PipelineError.size(
                width: width, height: height, multiple: multiple, trained: defaults.width)
        }
        return [configuration.latentChannels, height / multiple, width / multiple]
    }

    /// Without gradients; the networks are run in their types each by itself.
    public func computing<R>(_ body: () throws -> R) throws -> R { try Autograd.disabled(body) }

    /// Without gradients, with products and convolutions in a type.
    func computing<R>(in type: DType, _ body: () throws -> R) throws -> R {
        try Autograd.disabled {
            try Autograd.autocast(to: type == .float32 ? nil : type, on: device, body)
        }
    }
}

extension GenerationRequest {
    /// Refuses edges that the networks were not made for: they are a matter of opening a model.
    func check(openedWith opened: TilingChoice) throws(PipelineError) {
        guard tiling != opened else { return }
        if tiling == .none { throw .missingInput("A model opened with \(opened.flag)", needs: opened.flag) }
        throw .missingInput(tiling.flag, needs: "a model that was opened with it (ModelOptions.tiling)")
    }
}

extension SchedulerConfiguration {
    /// The solver that the file was written for.
    var ownSampler: SamplerChoice { (try? SamplerChoice(named: ownClass.rawValue)) ?? .ddim(eta: 0) }
}
