public import Datasets
public import Images
import Tensors

/// How a model draws one attribute.
public struct AttributeScore: Codable, Equatable, Sendable {
    /// What is marked.
    public var attribute: ScoredAttribute
    /// The share of drawn pictures that show it as asked, read by the probe.
    public var model: Share
    /// The same of renders of what the prompts say: what the probe can read at all, the ceiling.
    public var ceiling: Share
    /// `model` as a share of `ceiling`; nil where the ceiling is zero.
    public var shareOfCeiling: Double?
    /// How often right and read answers would agree if they had nothing to do with each other; nil for sums of questions.
    public var chance: Double?

    enum CodingKeys: String, CodingKey {
        case attribute, model, ceiling
        case shareOfCeiling = "share_of_ceiling"
        case chance
    }
}

/// How a model draws one held-out combination.
public struct CombinationScore: Codable, Equatable, Sendable {
    /// The combination's name, one of `WorldName.heldOutCombinations`.
    public var combination: String
    /// The share of drawn pictures that show it.
    public var model: Share
    /// The share of renders in which the probe finds it.
    public var ceiling: Share
}

/// The score card of one part of the world.
public struct PartScore: Codable, Equatable, Sendable {
    /// Seen or held-out combinations.
    public var split: SceneSplit
    /// Prompts, each of a record of its own.
    public var prompts: Int
    /// Pictures drawn in all.
    public var pictures: Int
    /// Attribute by attribute; those that no prompt mentions are left out.
    public var attributes: [AttributeScore]
    /// Held-out combinations one by one; empty for the seen part.
    public var combinations: [CombinationScore]
    /// The Fréchet distance; nil for fewer than two prompts.
    public var distance: FeatureDistance?
}

/// A picture that was drawn for a record of a world, with what the probe read off it.
public struct ScoredPicture: Sendable {
    /// The part that the record is from.
    public var split: SceneSplit
    /// What was asked for.
    public var prompt: String
    /// The seed of its noise.
    public var seed: UInt64
    /// What it is to show.
    public var record: WorldRecord
    /// The picture.
    public var picture: Image
    /// What the probe says.
    public var reading: ProbeReader.Reading

    /// A picture with its reading.
    public init(
        split: SceneSplit, prompt: String, seed: UInt64, record: WorldRecord, picture: Image,
        reading: ProbeReader.Reading
    ) {
        (self.split, self.prompt, self.seed, self.record) = (split, prompt, seed, record)
        (self.picture, self.reading) = (picture, reading)
    }

    /// What is wrong with it, such as `left colour: blue instead of red`.
    public var mistakes: [String] { marked.mistakes }

    /// The share of the questions its prompt answers that it answers wrongly, 0…1.
    public var wrongShare: Double { marked.wrongShare }

    var marked: MarkedReading {
        MarkedReading(of: record, read: reading.answers, asking: record.statedLabels)
    }
}

extension PartScore {
    /// Marks everything that was drawn for one part.
    ///
    /// - Parameters:
    ///   - split: the part.
    ///   - world: whose part it is.
    ///   - drawn: the pictures, those of one prompt one after the other.
    ///   - real: readings of one render of each record, prompt by prompt.
    ///   - other: readings of other renders of this part.
    ///   - features: what the distance is measured in; nil for what the probe reads from.
    ///   - group: pictures a prompt.
    ///   - seed: of the bootstrap.
    /// - Throws: `TensorError`.
    public init(
        _ split: SceneSplit, of world: WorldName, drawn: [ScoredPicture], real: [ProbeReader.Reading],
        other: [ProbeReader.Reading], features: FeatureSets? = nil, group: Int, seed: UInt64
    ) throws {
        let group = max(1, group)
        let prompts = drawn.count / group
        let marked = drawn.map(\.marked)
        let records = (0..<prompts).map { drawn[$0 * group].record }
        let renders = zip(records, real).map {
            MarkedReading(of: $0, read: $1.answers, asking: $0.statedLabels)
        }
        func share(_ marks: (MarkedReading) -> [Mark], of readings: [MarkedReading], by group: Int) throws
            -> Share?
        {
            try Share.grouped(
                (0..<prompts).map { prompt in
                    readings[prompt * group..<(prompt + 1) * group].flatMap(marks).map(\.isRight)
                }, seed: RandomStream.derivedSeed(seed, purpose: "share"))
        }
        attributes = try ScoredAttribute.all(of: world).compactMap { attribute in
            let marks: (MarkedReading) -> [Mark] = { $0.marks[attribute] ?? [] }
            guard let model = try share(marks, of: marked, by: group),
                let ceiling = try share(marks, of: renders, by: 1)
            else { return nil }
            return AttributeScore(
                attribute: attribute, model: model, ceiling: ceiling,
                shareOfCeiling: ceiling.value > 0 ? model.value / ceiling.value : nil,
                chance: Self.chance(marked.flatMap(marks)))
        }
        combinations = try world.heldOutCombinations.compactMap { combination in
            func shows(_ record: WorldRecord, _ reading: ProbeReader.Reading) -> [Bool] {
                record.heldOutCombinations.contains(combination)
                    ? [record.shows(combination, in: reading.answers)] : []
            }
            let single = drawn.map { shows($0.record, $0.reading) }
            let found = (0..<prompts).map { Array(single[$0 * group..<($0 + 1) * group].joined()) }
            let possible = zip(records, real).map { shows($0, $1) }
            let stream = RandomStream.derivedSeed(seed, purpose: "combination")
            guard let model = try Share.grouped(found, seed: stream),
                let ceiling = try Share.grouped(possible, seed: stream)
            else { return nil }
            return CombinationScore(combination: combination, model: model, ceiling: ceiling)
        }
        if prompts > 1, other.count > 1 {
            let sets =
                try features
                ?? FeatureSets(
                    drawn: Self.features(drawn.map(\.reading)),
                    real: Self.features(Array(real.prefix(prompts))), other: Self.features(other))
            let repeated = try Tensor.indices((0..<drawn.count).map { $0 / group }, shape: [drawn.count])
            distance = try FeatureDistance(
                drawn: sets.drawn, real: sets.real.gathered(repeated), other: sets.other,
                in: features == nil ? .probe : .efficientNetLite0, group: group,
                seed: RandomStream.derivedSeed(seed, purpose: "distance"))
        }
        (self.split, self.prompts, pictures) = (split, prompts, drawn.count)
    }

    private static func features(_ readings: [ProbeReader.Reading]) throws -> Tensor {
        try Tensor(
            readings.flatMap(\.features), shape: [readings.count, readings.first?.features.count ?? 0])
    }

    /// The agreement of independent answers with these frequencies, as in Cohen's kappa (1960).
    static func chance(_ marks: [Mark]) -> Double? {
        let answers = marks.compactMap(\.answers)
        guard !answers.isEmpty, answers.count == marks.count else { return nil }
        var (right, read) = ([Int: Int](), [Int: Int]())
        for answer in answers {
            right[answer.right, default: 0] += 1
            read[answer.read, default: 0] += 1
        }
        let agreeing = right.reduce(0) { $0 + $1.value * (read[$1.key] ?? 0) }
        return Double(agreeing) / Double(answers.count * answers.count)
    }
}
