/// What somebody wants drawn: everything that decides the picture, and what else to write on the way.
///
/// The same value comes from the command line, over HTTP, and out of the `darkroom` entry of a PNG file.
public struct GenerationRequest: Recipe, Sendable {
    /// What to draw.
    public var prompt: String
    /// How prompts are read.
    public var grammar: PromptGrammar
    /// The prompt's weight, what to steer away from, and where.
    public var guidance: GuidanceChoice
    /// Pixels across; nil takes the model's size, or that of the picture to start from.
    public var width: Int?
    /// Pixels down; nil takes the model's size, or that of the picture to start from.
    public var height: Int?
    /// The number of steps along the noise levels; nil takes the model's.
    public var steps: Int?
    /// One seed a picture; a picture does not depend on the others of its batch.
    public var seeds: [UInt64]
    /// The solver; nil takes the model's.
    public var sampler: SamplerChoice?
    /// The noise levels it visits; nil takes the model's.
    public var spacing: SpacingChoice?
    /// How far those levels are moved towards noise, for flow models; nil moves nothing.
    public var flowShift: ShiftChoice?
    /// The precision of the network.
    public var precision: Precision
    /// The device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
    public var device: String
    /// CPU threads; nil leaves the choice to the machine.
    public var threads: Int?
    /// The model's name or path; nil takes the shipped one.
    public var model: String?
    /// The SHA-256 of the model's file, in a record of how a picture was made; nil where only a fingerprint is known.
    ///
    /// Records of earlier versions have fingerprints of folders and of files over 256 MiB here, too.
    public var modelSHA256: String?
    /// What a model of several files, or a large one, is known again by: see `ModelMark`.
    public var modelFingerprint: String?
    /// A safetensors file whose tensor `latents` replaces the noise drawn from the seeds.
    public var initialLatents: String?
    /// The file of a picture to start from instead of from noise alone.
    public var initialPicture: String?
    /// The share of the noise range that a start from a picture goes through: 0 keeps the picture, 1 leaves nothing of it.
    ///
    /// Nil takes 0.8, with a mask 1, for the refiner 0.3.
    public var strength: Double?
    /// The file of a mask as large as the initial picture: white is drawn anew, black is kept.
    public var mask: String?
    /// Low-rank adapters merged into the networks, in order.
    public var adapters: [AdapterChoice]
    /// Files of textual inversions; the words that they teach can stand in the prompts.
    public var embeddings: [String]
    /// Which hidden state of the text encoder is taken, counted from the end: 1 is the last; nil takes the model's.
    public var clipSkip: Int?
    /// The sizes that XL models are told; nil tells them those of the picture.
    public var sizeConditioning: SizeConditioning?
    /// Noise of a second seed mixed in.
    public var variation: VariationChoice?
    /// A second pass at a larger size.
    public var hires: HiresChoice?
    /// The model that takes over before the noise is gone.
    public var refiner: RefinerChoice?
    /// Which edges of the picture fit together.
    public var tiling: TilingChoice
    /// True for an autoencoder that works tile by tile, which bounds its memory; colours may drift between tiles.
    public var decodesInTiles: Bool?
    /// The deep features of the network are computed at one call of so many and used again at the others; nil and 1 are off.
    ///
    /// Source: Ma et al. 2023 (DeepCache).
    public var cacheInterval: Int?
    /// The share of the pixels that are merged before they attend to each other, 0 to 0.75; nil and 0 are off.
    ///
    /// Source: Bolya and Hoffman 2023 (arXiv 2303.17604).
    public var tokenMerging: Double?
    /// What else to write; never part of a picture's record.
    public var outputs: GenerationOutputs

    /// A request for one picture a seed.
    public init(
        prompt: String, guidance: GuidanceChoice = .init(), width: Int? = nil, height: Int? = nil,
        steps: Int? = nil, seeds: [UInt64] = [0], sampler: SamplerChoice? = nil,
        spacing: SpacingChoice? = nil, precision: Precision = .auto, device: String = "auto",
        threads: Int? = nil, model: String? = nil, modelSHA256: String? = nil, initialLatents: String? = nil,
        outputs: GenerationOutputs = .init()
    ) {
        self.prompt = prompt
        grammar = .weighted
        self.guidance = guidance
        (self.width, self.height) = (width, height)
        self.steps = steps
        self.seeds = seeds
        (self.sampler, self.spacing) = (sampler, spacing)
        (self.precision, self.device, self.threads) = (precision, device, threads)
        (self.model, self.modelSHA256) = (model, modelSHA256)
        self.initialLatents = initialLatents
        (initialPicture, strength, mask) = (nil, nil, nil)
        (adapters, embeddings) = ([], [])
        (clipSkip, sizeConditioning, variation, hires, flowShift) = (nil, nil, nil, nil, nil)
        (modelFingerprint, refiner, tiling) = (nil, nil, .none)
        (decodesInTiles, cacheInterval, tokenMerging) = (nil, nil, nil)
        self.outputs = outputs
    }

    /// What to steer away from: `guidance.negativePrompt`.
    public var negativePrompt: String {
        get { guidance.negativePrompt }
        set { guidance.negativePrompt = newValue }
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case prompt, grammar, guidance, width, height, steps, seeds, sampler, spacing, flowShift, precision
        case device, threads
        case model, modelSHA256, modelFingerprint, initialLatents, initialPicture, strength, mask, adapters,
            embeddings
        case clipSkip, sizeConditioning, variation, hires, refiner, tiling
        case decodesInTiles = "vaeTiling"
        case cacheInterval, tokenMerging, outputs
    }

    /// Reads an object; only `prompt` is needed.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        let samplerName = try? fields.optional(.sampler, as: String.self)
        let implied = samplerName.flatMap { SpacingChoice(impliedBySampler: $0) }
        self.init(
            prompt: try fields.required(.prompt),
            guidance: try fields.value(.guidance, or: .init()),
            width: try fields.optional(.width, in: 8...16384),
            height: try fields.optional(.height, in: 8...16384),
            steps: try fields.optional(.steps, in: 1...10_000),
            seeds: try fields.value(.seeds, or: [0], "a list of at least one seed") { !$0.isEmpty },
            sampler: try fields.optional(.sampler),
            spacing: try fields.optional(.spacing) ?? implied,
            precision: try fields.value(.precision, or: .auto),
            device: try fields.value(.device, or: "auto"),
            threads: try fields.optional(.threads, in: 1...4096),
            model: try fields.optional(.model),
            modelSHA256: try fields.optional(.modelSHA256),
            initialLatents: try fields.optional(.initialLatents),
            outputs: try fields.value(.outputs, or: .init()))
        flowShift = try fields.optional(.flowShift)
        grammar = try fields.value(.grammar, or: .weighted)
        initialPicture = try fields.optional(.initialPicture)
        strength = try fields.optional(.strength, in: 0...1)
        mask = try fields.optional(.mask)
        adapters = try fields.value(.adapters, or: [])
        embeddings = try fields.value(.embeddings, or: [])
        clipSkip = try fields.optional(.clipSkip, in: 1...64)
        sizeConditioning = try fields.optional(.sizeConditioning)
        variation = try fields.optional(.variation)
        hires = try fields.optional(.hires)
        modelFingerprint = try fields.optional(.modelFingerprint)
        refiner = try fields.optional(.refiner)
        tiling = try fields.value(.tiling, or: .none)
        decodesInTiles = try fields.optional(.decodesInTiles)
        cacheInterval = try fields.optional(.cacheInterval, in: 1...100)
        tokenMerging = try fields.optional(.tokenMerging, in: 0...0.75)
    }
}

/// What generation writes besides the pictures; all paths are as the user gave them.
public struct GenerationOutputs: Codable, Equatable, Sendable {
    /// Where the pictures go; nil takes a name made from the prompt.
    public var pictures: String?
    /// A preview every so many steps; 0 for none.
    public var previewInterval: Int
    /// A `.webp` animation, or a folder for one PNG a step and the numbers.
    public var trajectory: String?
    /// A safetensors file for the tensor `latents` before decoding.
    public var latents: String?

    /// Outputs besides the pictures; none by default.
    public init(
        pictures: String? = nil, previewInterval: Int = 0, trajectory: String? = nil, latents: String? = nil
    ) {
        (self.pictures, self.previewInterval) = (pictures, previewInterval)
        (self.trajectory, self.latents) = (trajectory, latents)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case pictures, previewInterval, trajectory, latents }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        pictures = try fields.optional(.pictures)
        previewInterval = try fields.value(.previewInterval, or: 0, in: 0...10_000)
        trajectory = try fields.optional(.trajectory)
        latents = try fields.optional(.latents)
    }
}
