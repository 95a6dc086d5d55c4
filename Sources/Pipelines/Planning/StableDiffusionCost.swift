import Checkpoints
import Diffusion
import Layers
import Networks
import NoiseSchedules
import Recipes
import Tensors

/// The cost of drawing with a Stable Diffusion model, by running its networks on shapes.
struct StableDiffusionCost {
    let files: ModelFiles
    /// The type of products.
    let type: DType
    private let unet: ConditionalUNetConfiguration
    private let autoencoder: AutoencoderConfiguration
    private let traits: StableDiffusionTraits
    private let scheduler: SchedulerConfiguration
    private let defaults: GenerationDefaults

    init(files: ModelFiles, type: DType) throws {
        (self.files, self.type) = (files, type)
        unet = try ConditionalUNetConfiguration(
            json: files.configuration(of: .unet), named: "unet/config.json")
        autoencoder = try AutoencoderConfiguration(
            json: files.configuration(of: .autoencoder), named: "vae/config.json")
        traits = try StableDiffusionTraits(of: files, unet)
        scheduler = try StableDiffusionPipeline.scheduler(of: files, traits)
        defaults = StableDiffusionPipeline.defaults(traits, unet, autoencoder, scheduler)
    }

    /// What one network is and does.
    private struct Part {
        var weights: Int
        /// Bytes of the largest weight as it is multiplied with, where it is kept in bytes alone.
        var widened = 0
        var counts: Tally.Counts
    }

    func cost(of request: GenerationRequest, _ inputs: GenerationInputs) throws -> DrawingCost {
        let multiple = autoencoder.downscaling
        let filled = StableDiffusionPipeline.filled(
            request, inputs, from: defaults, files.family, multiple: multiple)
        var passes = [filled]
        if filled.hires != nil {
            passes.append(StableDiffusionPipeline.enlarged(filled, from: defaults, multiple: multiple))
        }
        let pictures = max(1, request.seeds.count)
        let isEncoding = request.initialPicture != nil || request.hires != nil
        var (weights, network, decoding, calls) = (try textWeights(), 0, 0, 0)
        var work = GenerationPlan.Work(
            calls: 0, pictures: pictures, networkOperations: 0, networkBytes: 0, decodingOperations: 0,
            decodingBytes: 0)
        var (unetWeights, autoencoderWeights, widened) = (0, 0, 0)
        for pass in passes {
            let denoising = try denoising(pass)
            let picture = try picture(pass, isEncoding: isEncoding)
            let count = try DrawingCost.calls(along: plan(pass))
            calls += count
            work.networkOperations += Double(count) * denoising.counts.operations
            work.networkBytes += Double(count) * denoising.counts.movedBytes
            work.decodingOperations += picture.counts.operations
            work.decodingBytes += picture.counts.movedBytes
            network = max(network, denoising.counts.peakBytes)
            decoding = max(decoding, picture.counts.peakBytes)
            (unetWeights, autoencoderWeights) = (denoising.weights, picture.weights)
            widened = denoising.widened
        }
        weights += unetWeights + autoencoderWeights
        work.calls = calls * pictures
        work.networkOperations /= Double(max(1, calls))
        work.networkBytes /= Double(max(1, calls))
        return DrawingCost(
            weights: weights, widened: widened, network: network, decoding: decoding, work: work,
            request: filled)
    }

    private func plan(_ request: GenerationRequest) throws -> SamplingPlan {
        try scheduler.plan(
            steps: request.steps ?? defaults.steps,
            sampler: request.sampler == defaults.sampler ? nil : request.sampler, spacing: request.spacing,
            strength: request.initialPicture == nil ? nil : request.strength)
    }

    private func latentSize(_ request: GenerationRequest) throws -> (height: Int, width: Int) {
        let (width, height) = (request.width ?? defaults.width, request.height ?? defaults.height)
        let multiple = autoencoder.downscaling
        guard width > 0, height > 0, width.isMultiple(of: multiple), height.isMultiple(of: multiple) else {
            throw PipelineError.size(
                width: width, height: height, multiple: multiple, trained: defaults.width)
        }
        return (height / multiple, width / multiple)
    }

    /// One call of the U-Net, on the average of full calls and those that reuse deep features.
    private func denoising(_ request: GenerationRequest) throws -> Part {
        let (height, width) = try latentSize(request)
        let isGuided = request.guidance.scale ?? defaults.guidanceScale > 1 && !traits.knowsGuidance
        let batch = isGuided ? 2 : 1
        let tally = Tally()
        let rounding = request.precision.rounding
        let parameters = ShapedParameters(type, outOf: tally)
        let network = try ConditionalUNet(
            ParameterScope(parameters, packsWeights: true, rounding: rounding), unet)
        func shaped(_ shape: [Int]) throws -> Tensor { try .full(shape, 0, device: .meta) }
        let reuse = request.cacheInterval.flatMap { $0 > 1 ? FeatureReuse(interval: $0) : nil }
        let acceleration = Acceleration(request, latentShape: [unet.inputChannels, height, width])
        func call() throws {
            let added = try unet.added.map { sizes in
                let pooled = sizes.width - sizes.timeIDWidth * (traits.hasScores ? 5 : 6)
                return AddedConditioning(
                    timeIDs: try shaped([batch, (sizes.width - pooled) / sizes.timeIDWidth]),
                    pooled: try shaped([batch, pooled]))
            }
            let text = try network.prepare(text: shaped([batch, 77, unet.textWidth]))
            _ = try network(
                shaped([batch, unet.inputChannels, height, width]), timestep: shaped([1]), text: text,
                added: added, guidanceEmbedding: try unet.guidanceWidth.map { try shaped([batch, $0]) },
                reuse: reuse, acceleration.context)
        }
        try Autograd.disabled { try tally.counting(call) }
        var counts = tally.counts
        if let reuse {
            reuse.advance()
            try Autograd.disabled { try tally.counting(call) }
            let both = tally.counts
            let share = 1 / Double(reuse.interval)
            counts.peakBytes = both.peakBytes
            counts.operations =
                counts.operations * share + (both.operations - counts.operations) * (1 - share)
            counts.movedBytes =
                counts.movedBytes * share + (both.movedBytes - counts.movedBytes) * (1 - share)
        }
        let isWidened = rounding == .weights && !Engine.multipliesBytesInPlace
        return Part(
            weights: parameters.bytes(matrixBytes: rounding == nil ? type.byteCount : 1),
            widened: isWidened ? parameters.largest * type.byteCount : 0, counts: counts)
    }

    /// Latent to pixels, and pixels to latent where a picture is started from.
    private func picture(_ request: GenerationRequest, isEncoding: Bool) throws -> Part {
        let (height, width) = try latentSize(request)
        let type = type == .float16 && autoencoder.needsSinglePrecision ? .float32 : type
        let tally = Tally()
        let parameters = ShapedParameters(type, outOf: tally)
        let scope = ParameterScope(parameters, packsWeights: true)
        let decoder = try KLAutoencoder(scope, autoencoder, hasEncoder: false)
        let encoder = isEncoding ? try KLAutoencoder(scope, autoencoder, hasEncoder: true) : nil
        func shaped(_ shape: [Int]) throws -> Tensor { try .full(shape, 0, device: .meta) }
        let tiling = request.decodesInTiles == true ? decoder.tiling : nil
        try Autograd.disabled {
            try tally.counting {
                _ = try decoder.decode(
                    shaped([1, autoencoder.latentChannels, height, width]), tiling: tiling)
                let factor = autoencoder.downscaling
                _ = try encoder?.encode(
                    shaped([1, autoencoder.inputChannels, height * factor, width * factor]), tiling: tiling)
            }
        }
        return Part(weights: parameters.bytes(matrixBytes: type.byteCount), counts: tally.counts)
    }

    /// Bytes of the text encoders; what they compute is nothing beside a picture.
    private func textWeights() throws -> Int {
        try [ModelPart.textEncoder, .textEncoder2].filter(files.parts.contains).reduce(0) { sum, part in
            let parameters = ShapedParameters(type, outOf: Tally())
            _ = try CLIPTextTransformer(
                ParameterScope(parameters),
                CLIPTextConfiguration(
                    json: files.configuration(of: part), named: "\(part.rawValue)/config.json"))
            return sum + parameters.bytes(matrixBytes: type.byteCount)
        }
    }
}
