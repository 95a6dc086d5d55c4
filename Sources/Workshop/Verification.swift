public import Recipes

/// A picture to be made again.
public struct VerificationRequest: Codable, Equatable, Sendable {
    /// The picture's file.
    public var picture: String
    /// The model that drew it; nil to look for it by the record's name and fingerprint.
    public var model: String?
    /// Where to compute; nil computes where the record says.
    public var device: String?
    /// Threads that one operation may use; nil takes the record's.
    public var threads: Int?

    /// The picture in a file.
    public init(picture: String, model: String? = nil, device: String? = nil, threads: Int? = nil) {
        (self.picture, self.model, self.device, self.threads) = (picture, model, device, threads)
    }
}

/// What came of making a picture again.
public struct VerificationReport: Codable, Equatable, Sendable {
    /// How near the second picture is to the first.
    public enum Verdict: String, Codable, Sendable {
        /// Every sample is the same.
        case identical
        /// The same picture but for rounding, as other processors, precisions and thread counts bring it.
        case close
        /// Another picture, although record and model are the same.
        case different
    }

    /// From this peak signal-to-noise ratio on, in decibels, pictures count as close.
    ///
    /// Two pictures drawn from different noise are some 10 dB apart, rounding in bf16 instead of fp32 leaves more than 30.
    public static let closeDecibels = 30.0

    /// The picture's file.
    public var picture: String
    /// How near they are.
    public var verdict: Verdict
    /// The largest difference of a sample, 0…255.
    public var largestDifference: Int
    /// The mean difference of a sample, 0…255.
    public var meanDifference: Double
    /// The share of samples that differ at all, 0…1.
    public var differingShare: Double
    /// The peak signal-to-noise ratio in decibels; nil when nothing differs.
    public var decibels: Double?
    /// The picture's seed.
    public var seed: UInt64
    /// Steps from noise to picture.
    public var steps: Int
    /// The model that drew it both times.
    public var model: GenerationReport.Model
    /// Where it was drawn now.
    public var device: String
    /// What it took.
    public var seconds: Double

    enum CodingKeys: String, CodingKey {
        case picture, verdict
        case largestDifference = "largest_difference"
        case meanDifference = "mean_difference"
        case differingShare = "differing_share"
        case decibels, seed, steps, model, device, seconds
    }
}
