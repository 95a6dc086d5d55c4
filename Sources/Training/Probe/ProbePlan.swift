public import Datasets
public import Recipes

/// How a probe is trained: a network that reads scenes off their pictures.
public struct ProbePlan: Codable, Equatable, Sendable {
    /// The seed of weights, scenes, order and augmentation.
    public var seed: UInt64 = 1
    /// Pixels a side.
    public var resolution = 64
    /// Different scenes.
    public var scenes = 16_000
    /// How often each is seen.
    public var epochs = 6
    /// Scenes an update.
    public var batchSize = 64
    /// The share of scenes with combinations that models never see in training, 0…1.
    ///
    /// The probe must see them: one that has never met a purple torus would call it something else.
    public var heldOutShare = 0.3
    /// The share of pictures with two things among those of the plain settings, 0…1.
    public var twoObjectShare = 0.5
    /// The learning rate over scenes seen.
    public var learningRate: LearningRatePlan
    /// Decoupled weight decay.
    public var weightDecay = 0.02
    /// The moving average of the weights, which reads.
    public var average: WeightAverage

    /// About a hundred thousand scenes seen.
    public init() {
        learningRate = LearningRatePlan()
        (learningRate.peak, learningRate.warmupImages) = (2e-3, 3_000)
        average = WeightAverage()
        (average.halfLifeImages, average.rampShare) = (3_000, 0.1)
    }

    /// Scenes seen in all.
    public var totalImages: Int { scenes * epochs }

    /// The worlds that the scenes come from.
    public var options: SceneOptions {
        var options = SceneOptions()
        (options.seed, options.resolution) = (seed, resolution)
        options.twoObjectShare = twoObjectShare
        return options
    }
}
