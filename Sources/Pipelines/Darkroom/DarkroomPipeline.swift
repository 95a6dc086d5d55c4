import Checkpoints
public import Diffusion
public import Foundation
public import Images
public import Layers
public import Networks
import NoiseSchedules
public import Recipes
public import Tensors
public import Tokenizers

/// Darkroom's own models: word pieces → text transformer → pixel network, no autoencoder in between.
public struct DarkroomPipeline: Pipeline {
    /// The networks.
    public let model: TextToImageModel
    /// The recipe that it was trained with.
    public let recipe: TrainingRecipe
    /// Turns prompts into word pieces.
    public let tokenizer: WordPieceTokenizer
    /// The type of products and convolutions.
    public let computeType: DType
    /// Where it computes; the model's parameters are there.
    public let device: Device
    /// Which edges of the picture the model's convolutions take as joined.
    public let tiling: TilingChoice
    private let schedule: any NoiseSchedule
    private let context: ForwardContext

    /// A pipeline of parts in memory on `device`, such as a model under training.
    ///
    /// `tiling` is what the model's parameter scope was made with.
    /// - Throws: `NoiseScheduleError` when the recipe's schedule cannot be; `PipelineError.unsupported` when edges are to
    ///   fit together and the network is told where pixels stand.
    public init(
        model: TextToImageModel, recipe: TrainingRecipe, tokenizer: WordPieceTokenizer, computeType: DType,
        device: Device = .cpu, tiling: TilingChoice = .none, context: ForwardContext = .init()
    ) throws {
        (self.model, self.recipe, self.tokenizer) = (model, recipe, tokenizer)
        self.tiling = tiling
        guard tiling == .none || !recipe.model.tellsPositions else {
            throw PipelineError.unsupported(tiling.flag, family: "A network that is told where pixels stand")
        }
        (self.computeType, self.device, self.context) = (computeType, device, context)
        schedule = try recipe.schedule.make()
    }

    /// Opens a model's file, with adapters merged; precision `auto` takes bf16 where the device multiplies it natively,
    /// fp32 elsewhere.
    ///
    /// - Throws: `WeightFileError`, `CheckpointError` or `RecipeError` when the file is not a sound Darkroom model;
    ///   `PipelineError.unsupported` as the other initialiser.
    public init(
        opening url: URL, precision: Precision = .auto, device: Device = .cpu, tiling: TilingChoice = .none,
        adapters: [ModelOptions.Adapter] = [], context: ForwardContext = .init()
    ) throws {
        let type = Self.computeType(for: precision, on: device)
        let file = try DarkroomModelFile(opening: url, weightType: type)
        let recipe = try TrainingRecipe.decoded(from: file.recipe, named: url.lastPathComponent)
        let (quantized, scale) = try file.vectors()
        let edges = ModelOptions(tiling: tiling).joinedEdges
        let weights = try file.weights(
            adding: adapters.map { (try AdapterFile(opening: $0.file), $0.scale) })
        let model = try TextToImageModel(
            ParameterScope(PlacedParameters(weights, on: device), joinedEdges: edges),
            choice: recipe.model,
            resolution: recipe.data.resolution,
            vectors: WordVectors(quantized: quantized, scale: scale).placed(on: device),
            seesEstimates: recipe.seesEstimates)
        try self.init(
            model: model, recipe: recipe, tokenizer: WordPieceTokenizer(vocabulary: file.vocabulary),
            computeType: type, device: device, tiling: tiling, context: context)
    }

    /// The type that a precision means on a device.
    ///
    /// `auto` takes the faster type; for `isLarge` networks, billions of numbers, it takes bf16 wherever it is not
    /// slower, since that halves their memory.
    public static func computeType(
        for precision: Precision, on device: Device = .cpu, isLarge: Bool = false
    ) -> DType {
        switch precision {
        case .fp32: .float32
        case .bf16: .bfloat16
        case .fp16: .float16
        case .auto where !isLarge: device.gainsByBFloat16 ? .bfloat16 : .float32
        case .auto, .int8, .w8a8: device.affordsBFloat16 ? .bfloat16 : .float32
        }
    }

    /// Prompt and negative prompt as tokens for the network.
    public struct Conditioning: Sendable {
        /// The prompt, `[1, tokens, width]`.
        public var prompt: Tensor
        /// The negative prompt, `[1, tokens, width]`; the learned "no caption" when it is empty.
        public var negative: Tensor

        /// Tokens of both.
        public init(prompt: Tensor, negative: Tensor) { (self.prompt, self.negative) = (prompt, negative) }
    }

    /// The tokens of one prompt, `[1, tokens, width]`; an empty one gives the learned "no caption".
    /// - Throws: `TensorError` from the engine.
    public func encode(_ prompt: String) throws -> Tensor {
        try computing {
            let ids = tokenizer.encode(prompt, limit: model.text.tokens)
            guard ids.count > 0 else { return try model.text.unconditional(batch: 1) }
            return try model.encode(Tensor.indices(ids.ids, shape: [1, ids.ids.count]).to(device), context)
        }
    }

    /// Prompt and negative prompt → tokens.
    public func condition(_ request: GenerationRequest) throws -> Conditioning {
        Conditioning(prompt: try encode(request.prompt), negative: try encode(request.negativePrompt))
    }

    /// The size trained at, 25 steps of Euler from pure noise, guidance 3.
    public var defaults: GenerationDefaults { Self.defaults(resolution: recipe.data.resolution) }

    /// What a model that was trained at a size draws with.
    static func defaults(resolution: Int) -> GenerationDefaults {
        GenerationDefaults(
            steps: 25, guidanceScale: 3, sampler: .euler, spacing: .trailing, width: resolution,
            height: resolution)
    }

    /// The request with nothing left open.
    /// - Throws: `PipelineError` for sizes and wishes that this family cannot serve.
    public func resolved(
        _ request: GenerationRequest, _ inputs: GenerationInputs
    ) throws -> GenerationRequest {
        if let wish = request.latentModelWish {
            throw PipelineError.unsupported(wish, family: "Darkroom's own models")
        }
        try request.check(openedWith: tiling)
        if request.precision.quantizesInputs != nil {
            throw PipelineError.unsupported(
                "--dtype \(request.precision.rawValue)", family: "Darkroom's own models")
        }
        var resolved = request.filled(from: defaults)
        resolved.spacing = resolved.spacing ?? defaults.spacing
        _ = try latentShape(resolved)
        return resolved
    }

    /// The walk of the request over the schedule that the model was trained with.
    public func plan(_ request: GenerationRequest) throws -> SamplingPlan {
        let request = request.filled(from: defaults)
        return try SamplingPlan(
            steps: request.steps ?? defaults.steps, over: schedule,
            sampler: request.sampler ?? defaults.sampler, spacing: request.spacing ?? .trailing,
            shift: shift(request))
    }

    /// The factor of every sigma that a request asks for.
    private func shift(_ request: GenerationRequest) -> Double {
        switch request.flowShift {
        case nil: return 1
        case .factor(let factor): return factor
        case .resolution:
            let trained = recipe.data.resolution
            let pixels = (request.width ?? trained) * (request.height ?? trained)
            return ShiftedSpacing.factor(forPixels: pixels, trainedAt: trained * trained)
        }
    }

    /// Noise, as much of it as the first level has.
    public func start(
        _ request: GenerationRequest, _ inputs: GenerationInputs, along plan: SamplingPlan,
        random: inout RandomStream
    ) throws -> PictureStart {
        let epsilon = try unitNoise(latentShape(request), request, inputs, random: &random)
        return PictureStart(x: try epsilon * plan.startScale, epsilon: epsilon)
    }

    /// `[3, height, width]`; the size trained at unless the request says otherwise.
    /// - Throws: `PipelineError` when the network cannot draw that size.
    public func latentShape(_ request: GenerationRequest) throws -> [Int] {
        let trained = recipe.data.resolution
        let (width, height) = (request.width ?? trained, request.height ?? trained)
        let multiple = model.network.sizeMultiple
        if multiple == trained, width != trained || height != trained {
            throw PipelineError.fixedSize(width: width, height: height, trained: trained)
        }
        guard width > 0, height > 0, width.isMultiple(of: multiple), height.isMultiple(of: multiple) else {
            throw PipelineError.size(width: width, height: height, multiple: multiple, trained: trained)
        }
        return [3, height, width]
    }

    /// Guidance around the network, both halves in one batch.
    public func denoiser(
        for conditioning: Conditioning, _ request: GenerationRequest, along plan: SamplingPlan,
        from start: PictureStart, _ inputs: GenerationInputs
    ) throws -> ClassifierFreeGuidance<Preconditioning> {
        let pair = try Tensor.concatenated([
            conditioning.prompt, conditioning.negative.to(conditioning.prompt.dtype),
        ])
        let memory = recipe.seesEstimates ? EstimateMemory() : nil
        return ClassifierFreeGuidance(
            preconditioned(text: conditioning.prompt, memory),
            .together(preconditioned(text: pair, memory, halves: 2)),
            choice: request.filled(from: defaults).guidance, along: plan.levels)
    }

    private func preconditioned(
        text: Tensor, _ memory: EstimateMemory?, halves: Int = 1
    ) -> Preconditioning {
        Preconditioning(recipe.target, schedule: schedule, memory: memory, halves: halves) { x, timestep in
            let timesteps = try Tensor.full([x.size(0)], timestep, device: x.device)
            return try model.network(x.channelsLast(), timestep: timesteps, text: text, context).to(.float32)
        }
    }

    /// Values from −1 to 1, `[1, 3, height, width]` → pixels.
    public func decode(_ latent: Tensor, _ inputs: GenerationInputs = .init()) throws -> Image {
        try Image(pixels: latent)
    }

    /// The same as `decode`, which costs nothing here.
    public func sketch(_ latent: Tensor) throws -> Image { try decode(latent) }

    /// Without gradients, in the compute type.
    public func computing<R>(_ body: () throws -> R) throws -> R {
        try Autograd.disabled {
            try Autograd.autocast(to: computeType == .float32 ? nil : computeType, on: device, body)
        }
    }
}
