/// How to train a model: everything that decides the weights.
///
/// The clock is images seen. Read from JSON with `decoded(from:named:)`; `json()` is the resolved recipe.
public struct TrainingRecipe: Recipe, Sendable {
    /// The name of the model.
    public var name = "untitled"
    /// Every random stream of the run derives from this number.
    public var seed: UInt64 = 0
    /// What to learn from.
    public var data = TrainingData()
    /// The network.
    public var model = ModelChoice.unet(.init())
    /// The noise schedule.
    public var schedule = ScheduleChoice.flow
    /// What the network predicts.
    public var target = PredictionTarget.sample
    /// How errors are weighted.
    public var weighting = LossWeighting.velocity
    /// The noise levels trained at.
    public var noiseLevels = NoiseLevelChoice.logitNormal(mean: 0.4, deviation: 1)
    /// How much the noise of a whole picture is shifted, one random number a picture and channel; 0 for plain noise.
    ///
    /// Plain noise leaves the mean brightness nearly readable at every level. Source: Guttenberg 2023.
    public var noiseOffset = 0.0
    /// The share of updates in which the network first makes an estimate of the clean pictures, without learning from it,
    /// and then gets that estimate beside the noisy ones; 0 for a network that never sees its estimates.
    ///
    /// In drawing it then gets the estimate of the step before. Source: Chen et al. 2022 (arXiv 2208.04202), section 3.2.
    public var selfConditioning = 0.0
    /// Whether the activations within blocks are computed again in the backward pass, in place of being kept.
    ///
    /// It takes less memory and about a quarter more time. Source: Chen et al. 2016 (arXiv 1604.06174).
    public var gradientCheckpointing = false
    /// Images a pass through the network, and, unless gradients accumulate, an update.
    public var batchSize = 32
    /// Passes whose gradients are added up for one update, which then takes in `batchSize · accumulate` images.
    ///
    /// The weights come out as with the large batch, up to rounding; the memory is that of the small one.
    public var accumulate = 1
    /// When to stop, in images.
    public var totalImages = 1_000_000
    /// The share of captions replaced by "no caption", which guidance needs.
    public var captionDropout = 0.1
    /// Teaches the text transformer to read captions, where the data knows what its pictures show; nil does not.
    public var captionReading: CaptionReading?
    /// The learning rate over images.
    public var learningRate = LearningRatePlan()
    /// AdamW's two decay factors.
    public var betas = [0.9, 0.95]
    /// AdamW's decoupled weight decay.
    public var weightDecay = 0.0
    /// Gradients longer than this are shortened to it.
    public var maximumGradientNorm = 1.0
    /// What happens when updates stay not finite.
    public var rollback = RollbackPlan()
    /// The moving averages of the weights kept side by side.
    public var averages = WeightAverages()
    /// Averages from which any other is reconstructed after training; nil keeps none.
    public var powerAverages: PowerAverages?
    /// The precision of the network: `fp32`, `bf16`, or `auto`, the faster one where the training runs.
    public var precision = Precision.auto
    /// Images between checkpoints.
    public var checkpointEveryImages = 10_000
    /// Checkpoints kept.
    public var keepCheckpoints = 2
    /// The loss on pictures never trained on; nil does not look.
    public var heldOut: HeldOutPlan?
    /// The pictures drawn along the way.
    public var samples = SamplePlan()
    /// Resolutions to grow through; empty trains at `data.resolution` throughout.
    public var stages: [TrainingStage] = []
    /// A model to start from; nil starts from random weights.
    ///
    /// A U-Net with fewer levels than this recipe's becomes its deepest levels.
    public var initialWeights: String?
    /// Trains a low-rank adapter beside `initialWeights`, which stay as they are; nil trains everything.
    ///
    /// The network, its schedule and its target are then those of `initialWeights`.
    public var adapter: AdapterPlan?

    /// The default recipe.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, seed, data, model, schedule, target, weighting, noiseLevels, noiseOffset
        case selfConditioning, gradientCheckpointing, batchSize, accumulate, totalImages
        case captionDropout, captionReading, learningRate, betas, weightDecay, maximumGradientNorm, rollback
        case averages = "average"
        case powerAverages, precision
        case checkpointEveryImages, keepCheckpoints, heldOut, samples, stages, initialWeights, adapter
    }

    /// Reads an object; every key has a default.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        name = try fields.value(.name, or: name, "a name of 1 to 100 letters, digits, - _ . or spaces") {
            (1...100).contains($0.count)
                && $0.allSatisfy { $0.isLetter || $0.isNumber || "-_. ".contains($0) }
        }
        seed = try fields.value(.seed, or: seed)
        data = try fields.value(.data, or: data)
        model = try fields.value(.model, or: model)
        schedule = try fields.value(.schedule, or: schedule)
        target = try fields.value(.target, or: target)
        weighting = try fields.value(.weighting, or: weighting)
        noiseLevels = try fields.value(.noiseLevels, or: noiseLevels)
        noiseOffset = try fields.value(.noiseOffset, or: noiseOffset, in: 0...1)
        selfConditioning = try fields.value(.selfConditioning, or: selfConditioning, in: 0...1)
        gradientCheckpointing = try fields.value(.gradientCheckpointing, or: gradientCheckpointing)
        batchSize = try fields.value(.batchSize, or: batchSize, in: 1...65_536)
        accumulate = try fields.value(.accumulate, or: accumulate, in: 1...4096)
        totalImages = try fields.value(.totalImages, or: totalImages, in: 1...1_000_000_000_000)
        captionDropout = try fields.value(.captionDropout, or: captionDropout, in: 0...1)
        captionReading = try fields.optional(.captionReading)
        learningRate = try fields.value(.learningRate, or: learningRate)
        betas = try fields.value(.betas, or: betas, "two numbers of at least 0 and below 1") {
            $0.count == 2 && $0.allSatisfy { $0 >= 0 && $0 < 1 }
        }
        weightDecay = try fields.value(.weightDecay, or: weightDecay, in: 0...10)
        maximumGradientNorm = try fields.positive(.maximumGradientNorm, or: maximumGradientNorm)
        rollback = try fields.value(.rollback, or: rollback)
        averages = try fields.value(.averages, or: averages)
        powerAverages = try fields.optional(.powerAverages)
        precision = try fields.value(.precision, or: precision, "auto, fp32 or bf16") {
            [.auto, .fp32, .bf16].contains($0)
        }
        checkpointEveryImages = try fields.value(
            .checkpointEveryImages, or: checkpointEveryImages, atLeast: 1)
        keepCheckpoints = try fields.value(.keepCheckpoints, or: keepCheckpoints, in: 1...10_000)
        heldOut = try fields.optional(.heldOut)
        samples = try fields.value(.samples, or: samples)
        stages = try fields.value(.stages, or: stages)
        initialWeights = try fields.optional(.initialWeights)
        adapter = try fields.optional(.adapter)
        try checkTogether(fields)
    }

    /// Whether the network gets its last estimate beside the noisy pictures.
    public var seesEstimates: Bool { selfConditioning > 0 }

    /// The stage that training is in after `imagesSeen` images, with the recipe's batch size where it has none.
    public func stage(at imagesSeen: Int) -> TrainingStage {
        var stage =
            stages.first { imagesSeen < $0.untilImages } ?? stages.last
            ?? TrainingStage(untilImages: totalImages, resolution: data.resolution)
        stage.batchSize = stage.batchSize ?? batchSize
        return stage
    }

    private func checkTogether(_ fields: StrictFields<CodingKeys>) throws {
        let multiple = model.sizeMultiple
        for resolution in [data.resolution] + stages.map(\.resolution)
        where !resolution.isMultiple(of: multiple) {
            throw fields.contradiction(
                .model,
                "the network needs sides that are multiples of \(multiple), the pictures have \(resolution)",
                "change data.resolution and stages, or the network's patch and channels")
        }
        try data.buckets?.check(self)
        if schedule.endsInPureNoise, target == .epsilon {
            let name = schedule == .flow ? "flow schedule" : "schedule with zeroTerminalSNR"
            throw fields.contradiction(
                .target, "at the end of the \(name) a predicted epsilon says nothing about the picture",
                "choose the target flow, velocity or sample, or the schedule cosine, linear or scaled_linear")
        }
        if heldOut != nil, data.scenes == nil {
            throw fields.contradiction(
                .heldOut, "held-out pictures are scenes, and no source of data draws scenes",
                "leave heldOut out, or add {\"scenes\": {}} to data.sources")
        }
        if captionReading != nil, data.scenes == nil {
            throw fields.contradiction(
                .captionReading, "its questions are about scenes, and no source of data draws scenes",
                "leave captionReading out, or add {\"scenes\": {}} to data.sources")
        }
        if captionReading == nil, stages.contains(where: \.captionsOnly) {
            throw fields.contradiction(
                .stages, "a stage with captionsOnly needs captionReading, which is absent",
                "add \"captionReading\": {}, or leave captionsOnly out")
        }
        try checkAdapter(fields)
        for (earlier, later) in zip(stages, stages.dropFirst()) where earlier.untilImages >= later.untilImages
        {
            throw fields.contradiction(
                .stages, "untilImages goes from \(earlier.untilImages) to \(later.untilImages)",
                "stages follow each other: let untilImages rise")
        }
    }

    private func checkAdapter(_ fields: StrictFields<CodingKeys>) throws {
        guard adapter != nil else {
            guard data.latentCache == nil else {
                throw fields.contradiction(
                    .data,
                    "data.latentCache keeps latents, and a network of Darkroom's own learns from pixels",
                    "leave data.latentCache out; data.cache keeps decoded pictures")
            }
            return
        }
        guard initialWeights != nil else {
            throw fields.contradiction(
                .adapter, "an adapter stands beside a model, and the recipe names none",
                "add \"initialWeights\": the file or folder of the model")
        }
        let others: [(CodingKeys, Bool)] = [
            (.captionReading, captionReading != nil), (.powerAverages, powerAverages != nil),
        ]
        if let key = others.first(where: \.1)?.0 {
            throw fields.contradiction(
                key, "it is about all weights of a model, and adapter trains others",
                "leave one of the two out")
        }
    }
}
