import Diffusion
public import Layers
public import Networks
import NoiseSchedules
import Optimizers
public import Recipes
public import Tensors

/// A model under training: parameters, optimiser, average, and the clock.
///
/// Not `Sendable` on purpose: it lives on the thread that owns its parameters. Every random number derives from
/// (seed, purpose, images seen), so a session taken up again goes on exactly as if it had never stopped.
public final class TrainingSession {
    /// The recipe, every default spelled out.
    public let recipe: TrainingRecipe
    /// Images seen so far: the clock.
    public internal(set) var imagesSeen = 0
    /// The trained parameters.
    public let store: ParameterStore
    /// The average that draws the pictures.
    let average: MovingAverage
    let optimizer: AdamW
    /// Where the parameters live and training computes.
    public let device: Device
    /// The processes that train together; each gets a part of every batch.
    var ranks = Ranks.alone
    private let model: TextToImageModel
    private let teacher: CaptionTeacher?
    private let objective: TrainingObjective
    private let rates: LearningRateSchedule

    /// What one update did.
    public struct Step: Sendable, Equatable {
        /// The weighted loss.
        public let loss: Double
        /// Length of the gradient before clipping.
        public let gradientNorm: Double
        /// The learning rate used.
        public let learningRate: Double
        /// False when loss or gradient were not finite and the update was left out.
        public let isApplied: Bool
    }

    /// A session on `device` at its start; the first weights come from `initial`, or are drawn from the recipe's seed.
    /// - Throws: what building the network throws.
    public init(
        _ recipe: TrainingRecipe, vectors: WordVectors, initial: (any ParameterSource & Sendable)? = nil,
        device: Device = .cpu
    ) throws {
        (self.recipe, self.device) = (recipe, device)
        let first =
            initial ?? Self.freshParameters(recipe)
        store = ParameterStore(from: PlacedParameters(first, on: device))
        model = try TextToImageModel(
            ParameterScope(store), choice: recipe.model, resolution: recipe.data.resolution,
            vectors: vectors.placed(on: device))
        if let reading = recipe.captionReading {
            teacher = try CaptionTeacher(ParameterScope(store), text: model.text, weight: reading.weight)
        } else {
            teacher = nil
        }
        optimizer = try AdamW(
            store, betas: (recipe.betas[0], recipe.betas[1]), weightDecay: recipe.weightDecay)
        average = try MovingAverage(store, plan: recipe.average)
        objective = TrainingObjective(
            schedule: try recipe.schedule.make(), target: recipe.target, weighting: recipe.weighting)
        rates = LearningRateSchedule(recipe.learningRate, totalImages: recipe.totalImages)
    }

    /// Parameters drawn from the recipe's seed.
    static func freshParameters(_ recipe: TrainingRecipe) -> FreshParameters {
        FreshParameters(seed: RandomStream.derivedSeed(recipe.seed, purpose: "parameters"))
    }

    /// Updates made so far.
    public var updates: Int { optimizer.updates }

    /// The averaged weights by name, as they ship.
    var averagedParameters: [(name: String, tensor: Tensor)] {
        zip(average.paths, average.tensors).map { ($0.description, $1) }
    }

    /// Tokens that captions are cut or padded to.
    public var tokens: Int { model.text.tokens }

    /// One update on a batch.
    ///
    /// - Parameters:
    ///   - batch: the examples; where several processes train together, this one's part of them.
    ///   - whole: the number of examples in all parts; nil when `batch` is the only one.
    /// - Returns: what it did, the same in all processes.
    /// - Throws: `TensorError` from the engine, `ProcessGroupError` from other processes; the session's state is then the
    ///   one before the step.
    public func step(_ batch: HostBatch, of whole: Int? = nil) throws -> Step {
        let whole = whole ?? batch.count
        let part = try BatchPart(batch, of: whole, from: imagesSeen, ranks: ranks, reads: teacher != nil)
        let loss =
            try part.isEmpty
            ? nil : batch.isCaptionsOnly ? readingLoss(batch, part) : pictureLoss(batch, part)
        try loss?.backward()

        let rate = rates.rate(at: imagesSeen, batch: whole) * recipe.stage(at: imagesSeen).learningRateScale
        var total = try loss?.item() ?? 0
        let outcome = try optimizer.step(learningRate: rate, clippingAt: recipe.maximumGradientNorm) {
            try ranks.combined($1, of: $0, loss: &total)
        }
        imagesSeen += whole
        if outcome.isApplied { try average.update(imagesSeen: imagesSeen, batch: whole) }
        return Step(
            loss: total, gradientNorm: outcome.gradientNorm, learningRate: rate,
            isApplied: outcome.isApplied)
    }

    private var autocastType: DType? { recipe.precision == .bf16 ? .bfloat16 : nil }

    /// How badly the captions are read; no picture is looked at.
    private func readingLoss(_ batch: HostBatch, _ part: BatchPart) throws -> Tensor {
        guard let teacher, let labels = batch.labels else {
            throw TrainingError.badExample(
                index: batch.start, reason: "a caption without a picture or labels.")
        }
        return try Autograd.autocast(to: autocastType, on: device) {
            try teacher.loss(model.encode(batch.tokens().to(device), ForwardContext()), labels: labels)
                * part.shareOfLabels
        }
    }

    /// How badly the noised pictures are guessed, and their captions read where the recipe asks for it.
    private func pictureLoss(_ batch: HostBatch, _ part: BatchPart) throws -> Tensor {
        var random = try RandomStream(
            seed: RandomStream.derivedSeed(recipe.seed, purpose: "step", index: imagesSeen))
        let sample = try batch.samples().to(device)
        // Every process draws the numbers of the whole batch and takes its own, so that their number changes nothing.
        let draws = try random.normal([part.whole]).values(as: Float.self)[part.range]
        let levels = draws.map {
            recipe.noiseLevels.level(normal: Double($0), over: objective.schedule)
        }
        let epsilon = try random.normal([part.whole] + sample.shape.dropFirst()).squeezed(0)
            .slice(part.range).to(device).channelsLast()
        let chance = try random.uniform([part.whole]).squeezed(0).slice(part.range)
        let dropped = try (recipe.captionDropout - chance).isGreater(than: 0).to(device)
        let noised = try objective.noised(sample, epsilon: epsilon, levels: levels)

        let context = ForwardContext()
        let (prediction, reading) = try Autograd.autocast(to: autocastType, on: device) {
            let text = try model.encode(batch.tokens().to(device), context)
            let timesteps = try Tensor(noised.timesteps.map(Float.init), shape: [batch.count]).to(device)
            let prediction = try model.network(
                noised.x, timestep: timesteps, text: model.text.dropping(text, where: dropped), context)
            guard let teacher, let labels = batch.labels else { return (prediction, Tensor?.none) }
            return (
                prediction, try teacher.loss(text, labels: labels) * (teacher.weight * part.shareOfLabels)
            )
        }
        let loss =
            try objective.loss(of: prediction, for: noised, pixelWeights: batch.weights()?.to(device))
            * part.shareOfImages
        return try reading.map { try loss + $0 } ?? loss
    }

    /// The share of right answers to each question about these captions, as they are read now; nil without a reader.
    /// - Throws: `TensorError` from the engine.
    func readingAccuracy(_ captions: HostBatch) throws -> [String: Double]? {
        guard let teacher, let labels = captions.labels else { return nil }
        return try Autograd.disabled {
            try Autograd.autocast(to: autocastType, on: device) {
                try teacher.accuracy(
                    model.encode(captions.tokens().to(device), ForwardContext()), labels: labels)
            }
        }
    }

    /// The model with averaged weights, as it draws pictures now; it shares the average's storage.
    /// - Throws: what building the network throws.
    public func averagedModel() throws -> TextToImageModel {
        try TextToImageModel(
            ParameterScope(average), choice: recipe.model, resolution: recipe.data.resolution,
            vectors: model.vectors)
    }
}
