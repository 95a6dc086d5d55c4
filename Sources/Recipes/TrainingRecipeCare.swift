/// Several moving averages of the weights kept at once; the first draws the pictures and is the model that ships.
///
/// In JSON one object, or a list of objects.
public struct WeightAverages: Codable, Equatable, Sendable {
    /// One to eight of them.
    public var list: [WeightAverage]

    /// Averages as given; the first is the one that ships.
    public init(_ first: WeightAverage = WeightAverage(), _ others: WeightAverage...) {
        list = [first] + others
    }

    /// Reads an object or a list of 1 to 8 objects.
    public init(from decoder: any Decoder) throws {
        guard (try? decoder.unkeyedContainer()) != nil else {
            list = [try WeightAverage(from: decoder)]
            return
        }
        list = try [WeightAverage](from: decoder)
        guard (1...8).contains(list.count) else {
            throw RecipeError.outOfRange(
                path: joined(decoder.codingPath), expected: "1 to 8 averages", found: "\(list.count)")
        }
    }

    /// Writes an object, or a list where there are several.
    public func encode(to encoder: any Encoder) throws {
        if list.count == 1 { try list[0].encode(to: encoder) } else { try list.encode(to: encoder) }
    }
}

/// Averages whose memory grows with the run, written down now and then, from which an average of any other length is
/// reconstructed when training is over.
///
/// Source: Karras et al. 2024 (arXiv 2312.02696), section 3.
public struct PowerAverages: Codable, Equatable, Sendable {
    /// The lengths kept: the standard deviation of an average's profile as a share of the images seen.
    public var sigmaRel = [0.05, 0.1]
    /// Images between the snapshots.
    public var everyImages = 10_000

    /// Lengths of 0.05 and 0.1.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case sigmaRel, everyImages }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        sigmaRel = try fields.value(.sigmaRel, or: sigmaRel, "1 to 8 different numbers from 0.01 to 0.28") {
            (1...8).contains($0.count) && $0.allSatisfy { (0.01...0.28).contains($0) }
                && Set($0).count == $0.count
        }
        everyImages = try fields.value(.everyImages, or: everyImages, atLeast: 1)
    }
}

/// The loss on pictures never trained on, at fixed noise levels with fixed noise.
public struct HeldOutPlan: Codable, Equatable, Sendable {
    /// Images between the looks.
    public var everyImages = 10_000
    /// Number of pictures.
    public var count = 32
    /// Number of noise levels, spread evenly along the schedule.
    public var levels = 8

    /// 32 pictures at 8 levels.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case everyImages, count, levels }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        everyImages = try fields.value(.everyImages, or: everyImages, atLeast: 1)
        count = try fields.value(.count, or: count, in: 1...100_000)
        levels = try fields.value(.levels, or: levels, in: 1...100)
    }
}

/// What happens when updates stay not finite: back to the last good checkpoint with half the learning rate.
public struct RollbackPlan: Codable, Equatable, Sendable {
    /// Updates in a row that may be left out before the run goes back.
    public var afterSkipped = 20
    /// How often it may go back before the run ends with an error; 0 ends it at once.
    public var most = 3

    /// After 20 updates, three times.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case afterSkipped, most }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        afterSkipped = try fields.value(.afterSkipped, or: afterSkipped, in: 1...1_000_000)
        most = try fields.value(.most, or: most, in: 0...100)
    }
}
