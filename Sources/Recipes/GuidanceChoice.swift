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

    /// Guidance by `scale` away from `negativePrompt` where the share of noise is in `interval`.
    public init(
        scale: Double? = nil, negativePrompt: String = "", interval: ClosedRange<Double> = 0...1,
        rescale: Double = 0
    ) {
        (self.scale, self.negativePrompt) = (scale, negativePrompt)
        (self.interval, self.rescale) = (interval, rescale)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case scale, negativePrompt, interval, rescale }

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
    }

    /// Writes an object; `interval` is a list of two numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(scale, forKey: .scale)
        try container.encode(negativePrompt, forKey: .negativePrompt)
        try container.encode([interval.lowerBound, interval.upperBound], forKey: .interval)
        try container.encode(rescale, forKey: .rescale)
    }
}
