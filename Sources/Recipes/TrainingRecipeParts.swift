/// The learning rate: a straight rise, then half a cosine down.
public struct LearningRatePlan: Codable, Equatable, Sendable {
    /// The highest rate.
    public var peak = 1e-3
    /// Images until the peak is reached.
    public var warmupImages = 6_400
    /// The rate at the end as a share of the peak, 0 to 1.
    public var finalFraction = 0.02

    /// A peak of 1e-3.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case peak, warmupImages, finalFraction }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        peak = try fields.value(.peak, or: peak, "a number above 0 and at most 10") { $0 > 0 && $0 <= 10 }
        warmupImages = try fields.value(.warmupImages, or: warmupImages, in: 0...1_000_000_000)
        finalFraction = try fields.value(.finalFraction, or: finalFraction, in: 0...1)
    }
}

/// The moving average of the weights, which draws the pictures.
///
/// After n images its half-life is min(halfLifeImages, rampShare · n), so that early weights are soon forgotten.
/// Source: Karras et al. 2022, appendix F.
public struct WeightAverage: Codable, Equatable, Sendable {
    /// Images after which a weight's share has halved.
    public var halfLifeImages = 20_000.0
    /// The half-life's share of the images seen so far, until it reaches `halfLifeImages`.
    public var rampShare = 0.05

    /// A half-life of 20,000 images.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case halfLifeImages, rampShare }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        halfLifeImages = try fields.positive(.halfLifeImages, or: halfLifeImages)
        rampShare = try fields.value(.rampShare, or: rampShare, "a number above 0 and at most 1") {
            $0 > 0 && $0 <= 1
        }
    }
}

/// Which pictures are drawn during training, always with the same noise.
public struct SamplePlan: Codable, Equatable, Sendable {
    /// Images between sheets; 0 for none.
    public var everyImages = 10_000
    /// What to draw.
    public var prompts = [
        "a red sphere in a meadow", "a blue cube on a wooden table",
        "a golden metal cone on a beach at sunset",
        "a green torus to the left of a white cylinder", "a small house in the snow at night",
        "a cartoon of an orange mushroom on a checkered floor", "bookshelves in a library", "a bonfire",
    ]
    /// One row of the sheet a seed.
    public var seeds: [UInt64] = [1, 2]
    /// Steps a picture.
    public var steps = 25
    /// The weight of the prompt.
    public var guidanceScale = 3.0

    /// Eight prompts, two seeds.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case everyImages, prompts, seeds, steps, guidanceScale
    }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        everyImages = try fields.value(.everyImages, or: everyImages, atLeast: 0)
        prompts = try fields.value(.prompts, or: prompts, "1 to 100 prompts") { (1...100).contains($0.count) }
        seeds = try fields.value(.seeds, or: seeds, "1 to 100 seeds") { (1...100).contains($0.count) }
        steps = try fields.value(.steps, or: steps, in: 1...1000)
        guidanceScale = try fields.value(.guidanceScale, or: guidanceScale, in: 0...100)
    }
}

/// A stretch of training at one resolution.
public struct TrainingStage: Codable, Equatable, Sendable {
    /// Images seen when the stage ends; the last stage goes on to the end of training.
    public var untilImages: Int
    /// Pixels a side.
    public var resolution: Int
    /// Images an update; nil for the recipe's.
    public var batchSize: Int?
    /// Multiplies the learning rate.
    public var learningRateScale: Double
    /// Whether captions alone are read, without pictures; the clock counts captions then.
    public var captionsOnly: Bool

    /// A stretch of training until `untilImages` images have been seen.
    public init(
        untilImages: Int, resolution: Int, batchSize: Int? = nil, learningRateScale: Double = 1,
        captionsOnly: Bool = false
    ) {
        (self.untilImages, self.resolution) = (untilImages, resolution)
        (self.batchSize, self.learningRateScale) = (batchSize, learningRateScale)
        self.captionsOnly = captionsOnly
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case untilImages, resolution, batchSize, learningRateScale, captionsOnly
    }

    /// Reads an object; `untilImages` and `resolution` are needed.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        untilImages = try fields.required(.untilImages)
        resolution = try fields.required(.resolution)
        guard untilImages > 0 else { throw fields.outOfRange(.untilImages, "a number above 0") }
        guard (8...4096).contains(resolution) else {
            throw fields.outOfRange(.resolution, "a number from 8 to 4096")
        }
        batchSize = try fields.optional(.batchSize, in: 1...65_536)
        learningRateScale = try fields.positive(.learningRateScale, or: 1)
        captionsOnly = try fields.value(.captionsOnly, or: false)
    }
}

/// Questions about what the caption says, answered from the words alone, as a second loss beside the pictures'.
///
/// Which colour belongs to which thing, and which thing stands left, a denoiser learns late: few pixels depend on it.
public struct CaptionReading: Codable, Equatable, Sendable {
    /// What the questions' cross-entropy counts beside the pictures' loss.
    public var weight = 0.1

    /// A weight of 0.1.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case weight }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        weight = try StrictFields(decoder, CodingKeys.self).value(.weight, or: weight, in: 0...100)
    }
}
