public import Datasets
public import Recipes

/// How a probe is trained: a network that reads off a picture of a world what it shows.
public struct ProbePlan: Codable, Equatable, Sendable {
    /// The world whose pictures it reads.
    public var world = WorldName.scenes
    /// The seed of weights, pictures, order and augmentation.
    public var seed: UInt64 = 1
    /// Pixels a side.
    public var resolution = 64
    /// Different pictures.
    public var pictures = 16_000
    /// How often each is seen.
    public var epochs = 6
    /// Pictures an update.
    public var batchSize = 64
    /// The share of pictures with combinations that models never see in training, 0…1.
    ///
    /// The probe must see them: one that has never met a purple torus would call it something else.
    public var heldOutShare = 0.3
    /// The share of pictures with two things among the scenes of the plain settings, 0…1.
    public var twoObjectShare = 0.5
    /// The learning rate over pictures seen.
    public var learningRate: LearningRatePlan
    /// Decoupled weight decay.
    public var weightDecay = 0.02
    /// The moving average of the weights, which reads.
    public var average: WeightAverage

    /// About a hundred thousand pictures seen.
    public init() {
        learningRate = LearningRatePlan()
        (learningRate.peak, learningRate.warmupImages) = (2e-3, 3_000)
        average = WeightAverage()
        (average.halfLifeImages, average.rampShare) = (3_000, 0.1)
    }

    /// Pictures seen in all.
    public var totalImages: Int { pictures * epochs }

    /// Opens one part of the world that the pictures come from.
    /// - Throws: `DatasetError` when what the world is made of is not installed, or the size makes no picture.
    public func open(_ split: SceneSplit, seed: UInt64) throws(DatasetError) -> any PictureWorld {
        guard world == .scenes else {
            return try world.open(WorldOptions(seed: seed, resolution: resolution, split: split))
        }
        var options = SceneOptions()
        (options.seed, options.resolution) = (seed, resolution)
        options.twoObjectShare = twoObjectShare
        return try SceneWorld(options, split: split)
    }
}
