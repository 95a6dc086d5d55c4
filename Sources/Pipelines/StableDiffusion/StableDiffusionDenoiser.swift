public import Diffusion
import Layers
import Networks
public import NoiseSchedules
public import Recipes
import Synchronization
public import Tensors

extension StableDiffusionPipeline {
    /// A denoiser that knows the prompt, guided where the request says so.
    public func denoiser(
        for conditioning: Conditioning, _ request: GenerationRequest, along plan: SamplingPlan,
        from start: PictureStart, _ inputs: GenerationInputs
    ) throws -> StableDiffusionDenoiser {
        let guidance = request.filled(from: defaults).guidance
        return StableDiffusionDenoiser(
            pipeline: self, conditioning: conditioning, guidance: guidance, plan: plan,
            kept: try start.kept?.placed(on: device), epsilon: try start.epsilon.to(device),
            acceleration: Acceleration(request, latentShape: try latentShape(request)),
            onNotice: inputs.onNotice)
    }
}

/// The U-Net with its text as a denoiser: guidance, masks, and a second try where half precision overflows.
public final class StableDiffusionDenoiser: Denoiser {
    private let pipeline: StableDiffusionPipeline
    private let conditioning: StableDiffusionPipeline.Conditioning
    private let rule: GuidanceRule
    private let plan: SamplingPlan
    private let kept: KeptPicture?
    private let epsilon: Tensor
    private let onNotice: @Sendable (String) -> Void
    /// Single precision from the first overflow on.
    private var isExact = false
    private var exactText: [ObjectIdentifier: PreparedText] = [:]
    private let acceleration: Acceleration
    /// Deep features by the texts that they were computed with.
    private var reuse: [ObjectIdentifier: FeatureReuse] = [:]

    init(
        pipeline: StableDiffusionPipeline, conditioning: StableDiffusionPipeline.Conditioning,
        guidance: GuidanceChoice, plan: SamplingPlan, kept: KeptPicture?, epsilon: Tensor,
        acceleration: Acceleration, onNotice: @escaping @Sendable (String) -> Void
    ) {
        (self.pipeline, self.conditioning) = (pipeline, conditioning)
        rule = GuidanceRule(guidance, along: plan.levels)
        (self.plan, self.kept, self.epsilon, self.onNotice) = (plan, kept, epsilon, onNotice)
        self.acceleration = acceleration
    }

    /// The estimate of the clean latent.
    ///
    /// Under a mask, what is kept is laid over `x` before every evaluation but the first. Samplers treat each number of a
    /// latent by itself, so this is the same as laying it over after every step, as diffusers does.
    public func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let step = plan.levels.firstIndex { $0.sigma <= level.sigma } ?? plan.levels.count
        guard let stage = conditioning.stage(atStep: step) else { return x }
        if rule.isStill(at: level) { return try GuidanceRule.stillEstimate(x, at: level) }
        let network = Preconditioning(pipeline.scheduler.target, schedule: pipeline.schedule, plan: plan) {
            try self.prediction($0, $1, stage, at: level)
        }
        guard let kept, let latent = kept.latent else { return try network.denoised(x, at: level) }
        let isFirst = level == plan.levels[0]
        let seen = isFirst ? x : try kept.laid(over: x, noised(latent, at: level))
        return try kept.laid(over: network.denoised(seen, at: level), latent)
    }

    private func noised(_ latent: Tensor, at level: NoiseLevel) throws -> Tensor {
        try latent * level.signal + epsilon * level.noise
    }

    /// What the U-Net predicts, guided.
    private func prediction(
        _ x: Tensor, _ timestep: Double, _ stage: StableDiffusionPipeline.ConditioningStage,
        at level: NoiseLevel
    ) throws -> Tensor {
        let guidance = rule.choice
        let isGuided = guidance.interval.contains(level.noiseShare)
        var input = x
        if pipeline.traits.seesMask, let kept {
            input = try Tensor.concatenated([x, kept.mask, kept.maskedLatent], along: 1)
        }
        if let alone = stage.alone, !isGuided || stage.together == nil {
            return try evaluated(input, timestep, alone)
        }
        guard let together = stage.together else { return x }
        let copies = [Tensor](repeating: input, count: stage.weights.count + 1)
        let answers = try evaluated(Tensor.concatenated(copies), timestep, together)
        let negative = try answers.slice(0..<1)
        let isPlain = pipeline.traits.knowsGuidance || !isGuided || guidance.method == .classifierFree
        let scale = pipeline.traits.knowsGuidance || !isPlain ? 1 : rule.scale(at: level)
        var guided = negative
        for (index, weight) in stage.weights.enumerated() {
            guided = try guided + (answers.slice(index + 1..<index + 2) - negative) * (scale * weight)
        }
        if !isPlain { return try combined(guided, negative, x: x, at: level) }
        guard guidance.rescale > 0 else { return guided }
        // Source: Lin et al. 2024, section 3.4.
        let prompt = try answers.slice(1..<2)
        let factor = try (prompt.variance().item() / guided.variance().item()).squareRoot()
        return try guided * (guidance.rescale * factor + 1 - guidance.rescale)
    }

    /// Two predictions guided by a method that speaks of clean samples.
    private func combined(
        _ towards: Tensor, _ away: Tensor, x: Tensor, at level: NoiseLevel
    ) throws -> Tensor {
        let target = pipeline.scheduler.target
        let own = pipeline.schedule.rescaled(level)
        func sample(_ prediction: Tensor) throws -> Tensor {
            try target.convert(prediction, to: .sample, x: x, at: own)
        }
        let guided = try rule.guided(sample(towards), away: sample(away), x: x, at: own)
        return try PredictionTarget.sample.convert(guided, to: target, x: x, at: own)
    }

    private func features(for batch: StableDiffusionPipeline.PromptBatch) -> FeatureReuse? {
        guard acceleration.interval > 1 else { return nil }
        if let known = reuse[ObjectIdentifier(batch)] { return known }
        let made = FeatureReuse(interval: acceleration.interval)
        reuse[ObjectIdentifier(batch)] = made
        return made
    }

    /// The U-Net's answer in single precision; computed again in it when the usual type gives what is no number.
    private func evaluated(
        _ x: Tensor, _ timestep: Double, _ batch: StableDiffusionPipeline.PromptBatch
    ) throws -> Tensor {
        let timesteps = try Tensor.full([1], timestep, device: x.device)
        let features = features(for: batch)
        defer { features?.advance() }
        if !isExact {
            let answer = try pipeline.computing(in: pipeline.computeType) {
                try pipeline.networks.unet(
                    x, timestep: timesteps, text: batch.prepared, added: batch.added,
                    guidanceEmbedding: batch.guidance, reuse: features, acceleration.context
                ).to(.float32)
            }
            if try answer.isFinite().allTrue().item() != 0 { return answer }
            guard pipeline.computeType != .float32 else {
                throw PipelineError.notFinite(stage: "U-Net")
            }
            onNotice(
                "the U-Net's numbers overflow in \(pipeline.computeType); this picture goes on in fp32")
            isExact = true
            features?.forget()
        }
        return try pipeline.computing(in: .float32) {
            let unet = try pipeline.networks.exactUNet()
            let text = try exactText[ObjectIdentifier(batch)] ?? unet.prepare(text: batch.embedding)
            exactText[ObjectIdentifier(batch)] = text
            let answer = try unet(
                x, timestep: timesteps, text: text, added: batch.added, guidanceEmbedding: batch.guidance,
                reuse: features, acceleration.context)
            guard try answer.isFinite().allTrue().item() != 0 else {
                throw PipelineError.notFinite(stage: "U-Net")
            }
            return answer
        }
    }
}

/// What a request does to make the U-Net faster at some cost in fidelity.
struct Acceleration: Sendable {
    /// Deep features are computed at one call of so many; 1 at all.
    let interval: Int
    /// Carries the merging of pixels, where there is one.
    let context: ForwardContext

    init(_ request: GenerationRequest, latentShape: [Int]) {
        interval = request.cacheInterval ?? 1
        let ratio = request.tokenMerging ?? 0
        // Pixels are merged at the finest map only, as the source does by default: there they are many and alike.
        context = ForwardContext(
            merging: ratio > 0
                ? TokenMerging(ratio: ratio, pixels: latentShape.dropFirst().reduce(1, *)) : nil)
    }
}

extension KeptPicture {
    /// `other` where the picture is drawn anew, `own` where it is kept.
    func laid(over other: Tensor, _ own: Tensor) throws -> Tensor { try (1 - mask) * own + mask * other }

    /// On a device.
    func placed(on device: Device) throws -> KeptPicture {
        KeptPicture(
            latent: try latent?.to(device), maskedLatent: try maskedLatent.to(device),
            mask: try mask.to(device))
    }
}
