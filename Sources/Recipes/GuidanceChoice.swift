/// How strongly the prompt steers, and away from what.
public struct GuidanceChoice: Codable, Equatable, Sendable {
    /// The classifier-free weight; 1 draws with the prompt alone, nil takes the model's.
    ///
    /// Source: Ho and Salimans 2022.
    public var scale: Double?
    /// What to steer away from; empty means "no prompt".
    public var negativePrompt: String
    /// Where guidance is on, in shares of noise; elsewhere the prompt alone is evaluated.
    ///
    /// The share is noise / (signal + noise) = sigma / (1 + sigma): 0 is clean, 0.5 is where signal and noise are equally
    /// strong, 1 is pure noise. It is the time of a flow model and means the same for every other schedule.
    /// Source: Kynkäänniemi et al. 2024, who give sigmas: sigma = share / (1 − share).
    public var interval: ClosedRange<Double>
    /// How far the guided prediction is brought back to the spread of the unguided one, 0 to 1.
    ///
    /// Source: Lin et al. 2024, section 3.4.
    public var rescale: Double
    /// How the weight changes from noise to picture.
    public var schedule: GuidanceSchedule
    /// How the two estimates become a guided one.
    public var method: GuidanceMethod
    /// A weaker model of the same kind whose estimate for the same prompt takes the place of the one without a prompt.
    ///
    /// Its name or path. Source: Karras et al. 2024 (arXiv 2406.02507).
    public var guideModel: String?
    /// What that model is known again by, the digits of its SHA-256 or fingerprint, in a record of how a picture was
    /// made.
    public var guideModelMark: String?

    /// Guidance by `scale` away from `negativePrompt` where the share of noise is in `interval`.
    public init(
        scale: Double? = nil, negativePrompt: String = "", interval: ClosedRange<Double> = 0...1,
        rescale: Double = 0, schedule: GuidanceSchedule = .constant,
        method: GuidanceMethod = .classifierFree, guideModel: String? = nil
    ) {
        (self.scale, self.negativePrompt) = (scale, negativePrompt)
        (self.interval, self.rescale) = (interval, rescale)
        (self.schedule, self.method) = (schedule, method)
        (self.guideModel, guideModelMark) = (guideModel, nil)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case scale, negativePrompt, interval, rescale, schedule, method, guideModel, guideModelMark
    }

    /// Reads an object; `interval` is a list of two numbers.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        scale = try fields.optional(.scale, in: 0...100)
        negativePrompt = try fields.value(.negativePrompt, or: "")
        let ends = try fields.value(.interval, or: [0, 1], "two rising numbers from 0 to 1") {
            (ends: [Double]) in ends.count == 2 && ends[0] <= ends[1] && ends[0] >= 0 && ends[1] <= 1
        }
        interval = ends[0]...ends[1]
        rescale = try fields.value(.rescale, or: 0, in: 0...1)
        schedule = try fields.value(.schedule, or: .constant)
        method = try fields.value(.method, or: .classifierFree)
        guideModel = try fields.optional(.guideModel)
        guideModelMark = try fields.optional(.guideModelMark)
    }

    /// Writes an object; `interval` is a list of two numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(scale, forKey: .scale)
        try container.encode(negativePrompt, forKey: .negativePrompt)
        try container.encode([interval.lowerBound, interval.upperBound], forKey: .interval)
        try container.encode(rescale, forKey: .rescale)
        try container.encode(schedule, forKey: .schedule)
        try container.encode(method, forKey: .method)
        try container.encodeIfPresent(guideModel, forKey: .guideModel)
        try container.encodeIfPresent(guideModelMark, forKey: .guideModelMark)
    }
}
