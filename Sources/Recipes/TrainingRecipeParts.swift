/// The procedural world of scenes as training data.
public struct SceneData: Codable, Equatable, Sendable {
    /// Pixels a side.
    public var resolution = 64
    /// The number of different scenes; nil for a new scene every time.
    public var count: Int?
    /// How often each style is drawn; the three weights are relative to each other.
    public var styles = StyleWeights()
    /// The share of scenes with two objects, 0 to 1.
    public var twoObjects = 0.3
    /// The share of scenes in a library or at a bonfire, 0 to 1.
    public var specialSettings = 0.1
    /// How often each size is drawn where one thing stands alone; the three weights are relative to each other.
    public var sizes = SizeWeights()
    /// How much a pixel of a thing counts in the loss beside one of the background, from 1 up.
    ///
    /// Things cover a twentieth of a picture, and what the caption says is mostly about them.
    public var objectWeight = 1.0

    /// Relative frequencies of the styles of drawing.
    public struct StyleWeights: Codable, Equatable, Sendable {
        /// Rendered with light and shadow.
        public var photo = 0.8
        /// Flat colours with outlines.
        public var cartoon = 0.1
        /// Lines on paper.
        public var drawing = 0.1

        /// Mostly photos.
        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable { case photo, cartoon, drawing }

        /// Reads an object; styles left out have weight 0 as soon as one is named.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            photo = try fields.value(.photo, or: 0, in: 0...1000)
            cartoon = try fields.value(.cartoon, or: 0, in: 0...1000)
            drawing = try fields.value(.drawing, or: 0, in: 0...1000)
            guard photo + cartoon + drawing > 0 else {
                throw fields.contradiction(
                    .photo, "all styles have weight 0", "give at least one style a weight above 0")
            }
        }
    }

    /// Relative frequencies of the sizes.
    public struct SizeWeights: Codable, Equatable, Sendable {
        /// A tenth of the picture across.
        public var small = 1.0
        /// A fifth of the picture across.
        public var medium = 1.0
        /// A third of the picture across.
        public var large = 2.0

        /// Large things twice as often as small ones.
        public init() {}

        enum CodingKeys: String, CodingKey, CaseIterable { case small, medium, large }

        /// Reads an object; sizes left out have weight 0 as soon as one is named.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            small = try fields.value(.small, or: 0, in: 0...1000)
            medium = try fields.value(.medium, or: 0, in: 0...1000)
            large = try fields.value(.large, or: 0, in: 0...1000)
            guard small + medium + large > 0 else {
                throw fields.contradiction(
                    .small, "all sizes have weight 0", "give at least one size a weight above 0")
            }
        }
    }

    /// Endless 64 × 64 scenes.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case resolution, count, styles, twoObjects, specialSettings, sizes, objectWeight
    }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        resolution = try fields.value(.resolution, or: resolution, in: 8...4096)
        count = try fields.optional(.count, in: 1...1_000_000_000)
        styles = try fields.value(.styles, or: styles)
        twoObjects = try fields.value(.twoObjects, or: twoObjects, in: 0...1)
        specialSettings = try fields.value(.specialSettings, or: specialSettings, in: 0...1)
        sizes = try fields.value(.sizes, or: sizes)
        objectWeight = try fields.value(.objectWeight, or: objectWeight, in: 1...100)
    }
}

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
