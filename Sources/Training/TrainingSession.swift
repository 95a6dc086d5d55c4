import Diffusion
import Foundation
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
    /// The averages that the recipe asks for; the first draws the pictures.
    let averages: [MovingAverage]
    /// The averages that snapshots are taken of.
    let powers: [MovingAverage]
    /// How often the run went back to an earlier state: each time halves the learning rate.
    var rollbacks = 0
    /// Updates in a row that were left out.
    var skippedInARow = 0
    let optimizer: AdamW
    /// Where the parameters live and training computes.
    public let device: Device
    /// The processes that train together; each gets a part of every batch.
    var ranks = Ranks.alone
    /// The networks that learn.
    let learner: any Learner
    /// What stays as it is, where an adapter is trained.
    let adapted: AdaptedModel?
    private let rebuild: (any ParameterSource) throws -> any Learner
    let teacher: CaptionTeacher?
    let objective: TrainingObjective
    /// Sees the activations of the pass that learns: for tests.
    var probe: (any Probe)?
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
    public convenience init(
        _ recipe: TrainingRecipe, vectors: WordVectors, initial: (any ParameterSource & Sendable)? = nil,
        device: Device = .cpu
    ) throws {
        let first = initial ?? Self.freshParameters(recipe)
        let store = ParameterStore(from: PlacedParameters(first, on: device))
        let placed = try vectors.placed(on: device)
        func model(_ source: any ParameterSource) throws -> TextToImageModel {
            try TextToImageModel(
                ParameterScope(source), choice: recipe.model, resolution: recipe.data.resolution,
                vectors: placed, seesEstimates: recipe.seesEstimates)
        }
        let trained = try model(store)
        let teacher = try recipe.captionReading.map {
            try CaptionTeacher(
                ParameterScope(store), text: trained.text, questions: CaptionQuestions(recipe.data),
                weight: $0.weight)
        }
        try self.init(
            recipe, store, learner: trained, schedule: recipe.schedule.make(), teacher: teacher,
            device: device,
            rebuild: model)
    }

    /// A session of networks that have been built over `store`.
    init(
        _ recipe: TrainingRecipe, _ store: ParameterStore, learner: any Learner, adapted: AdaptedModel? = nil,
        schedule: any NoiseSchedule, teacher: CaptionTeacher? = nil, device: Device,
        rebuild: @escaping (any ParameterSource) throws -> any Learner
    ) throws {
        (self.recipe, self.store, self.device) = (recipe, store, device)
        (self.learner, self.adapted, self.rebuild) = (learner, adapted, rebuild)
        self.teacher = teacher
        optimizer = try AdamW(
            store, betas: (recipe.betas[0], recipe.betas[1]), weightDecay: recipe.weightDecay)
        let plans = recipe.averages.list.isEmpty ? [WeightAverage()] : recipe.averages.list
        averages = try plans.map { try MovingAverage(store, plan: $0) }
        powers = try (recipe.powerAverages?.sigmaRel ?? []).map {
            try MovingAverage(store, profile: PowerProfile(sigmaRel: $0))
        }
        objective = TrainingObjective(
            schedule: schedule, target: recipe.target, weighting: recipe.weighting)
        rates = LearningRateSchedule(recipe.learningRate, totalImages: recipe.totalImages)
    }

    /// Parameters drawn from the recipe's seed.
    static func freshParameters(_ recipe: TrainingRecipe) -> FreshParameters {
        FreshParameters(seed: RandomStream.derivedSeed(recipe.seed, purpose: "parameters"))
    }

    /// Updates made so far.
    public var updates: Int { optimizer.updates }

    /// The average that draws the pictures.
    var average: MovingAverage { averages[0] }

    /// The averaged weights by name, as they ship.
    var averagedParameters: [(name: String, tensor: Tensor)] { average.named }

    /// What the rollbacks so far leave of the learning rate.
    public var learningRateScale: Double { pow(0.5, Double(rollbacks)) }

    /// Tokens that captions are cut or padded to.
    public var tokens: Int { learner.tokens }

    /// One update on a batch, which passes through the network in pieces where the recipe accumulates gradients.
    ///
    /// - Parameters:
    ///   - batch: the examples; where several processes train together, this one's part of them.
    ///   - whole: the number of examples in all parts; nil when `batch` is the only one.
    ///   - learningRate: nil takes the recipe's at this moment.
    /// - Returns: what it did, the same in all processes.
    /// - Throws: `TensorError` from the engine, `ProcessGroupError` from other processes; the session's state is then the
    ///   one before the step.
    public func step(_ batch: HostBatch, of whole: Int? = nil, learningRate: Double? = nil) throws -> Step {
        let whole = whole ?? batch.count
        var loss = 0.0
        do {
            let part = try BatchPart(batch, of: whole, from: imagesSeen, ranks: ranks, reads: teacher != nil)
            if !part.isEmpty { loss = try backward(batch, part) }
        } catch {
            optimizer.clearGradients()
            throw error
        }
        let stage = recipe.stage(at: imagesSeen)
        let rate =
            learningRate
            ?? rates.rate(at: imagesSeen, batch: whole) * stage.learningRateScale * learningRateScale
        let outcome = try optimizer.step(learningRate: rate, clippingAt: recipe.maximumGradientNorm) {
            try ranks.combined($1, of: $0, loss: &loss)
        }
        imagesSeen += whole
        skippedInARow = outcome.isApplied ? 0 : skippedInARow + 1
        if outcome.isApplied {
            for average in averages { try average.update(imagesSeen: imagesSeen, batch: whole) }
        }
        // Time passes for these whether the weights moved or not, so that their profiles stay what they are.
        for power in powers { try power.update(imagesSeen: imagesSeen, batch: whole) }
        return Step(
            loss: loss, gradientNorm: outcome.gradientNorm, learningRate: rate,
            isApplied: outcome.isApplied)
    }

    var autocastType: DType? { recipe.precision.trainsInBFloat16(on: device) ? .bfloat16 : nil }

    /// The share of right answers to each question about these captions, as they are read now; nil without a reader.
    /// - Throws: `TensorError` from the engine.
    func readingAccuracy(_ captions: HostBatch) throws -> [String: Double]? {
        guard let teacher, let labels = captions.labels else { return nil }
        return try Autograd.disabled {
            try Autograd.autocast(to: autocastType, on: device) {
                try teacher.accuracy(
                    learner.read(captions.tokens().to(device), ForwardContext()).tokens, labels: labels)
            }
        }
    }

    /// The model with averaged weights, as it draws pictures now; it shares the average's storage.
    ///
    /// - Returns: nil where the networks are not Darkroom's own.
    /// - Throws: what building the network throws.
    public func averagedModel() throws -> TextToImageModel? { try averagedLearner() as? TextToImageModel }

    /// The networks with averaged weights.
    func averagedLearner() throws -> any Learner { try rebuild(average) }
}

extension Precision {
    /// Whether training multiplies in bf16; everything else is in single precision in any case.
    func trainsInBFloat16(on device: Device) -> Bool {
        self == .bf16 || self == .auto && device.gainsByBFloat16
    }
}

extension MovingAverage {
    /// The averages by name.
    var named: [(name: String, tensor: Tensor)] { zip(paths, tensors).map { ($0.description, $1) } }
}
