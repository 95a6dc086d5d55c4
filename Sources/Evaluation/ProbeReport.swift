public import Datasets
import Tensors

/// How well a probe reads renders that it never saw.
public struct ProbeReport: Codable, Equatable, Sendable {
    /// One attribute.
    public struct Entry: Codable, Equatable, Sendable {
        /// What is read.
        public var attribute: ScoredAttribute
        /// The share of right answers.
        public var share: Share
    }
    /// One part of the world.
    public struct Part: Codable, Equatable, Sendable {
        /// Pictures with seen or with held-out combinations.
        public var split: SceneSplit
        /// Pictures read.
        public var pictures: Int
        /// Attribute by attribute.
        public var attributes: [Entry]

        /// Marks readings of renders, one a record; everything that can be seen is asked.
        /// - Throws: `TensorError` when there is no memory for the bootstrap.
        public init(
            _ split: SceneSplit, of world: WorldName, records: [WorldRecord], readings: [ProbeReader.Reading],
            seed: UInt64
        ) throws {
            let marked = zip(records, readings).map {
                MarkedReading(of: $0, read: $1.answers, asking: $0.labels)
            }
            attributes = try ScoredAttribute.all(of: world).compactMap { attribute in
                try Share.grouped(
                    marked.map { ($0.marks[attribute] ?? []).map(\.isRight) }, seed: seed
                ).map { Entry(attribute: attribute, share: $0) }
            }
            (self.split, pictures) = (split, records.count)
        }
    }

    /// The world whose pictures it reads.
    public var world: WorldName
    /// The probe's file.
    public var path: String
    /// The SHA-256 of the file.
    public var sha256: String
    /// Its size.
    public var bytes: Int
    /// Pictures that it saw in training, those seen again counted again.
    public var imagesSeen: Int
    /// What it reads.
    public var parts: [Part]
    /// What it took.
    public var seconds: Double

    /// A report.
    public init(
        world: WorldName, path: String, sha256: String, bytes: Int, imagesSeen: Int, parts: [Part],
        seconds: Double
    ) {
        self.world = world
        (self.path, self.sha256, self.bytes, self.imagesSeen) = (path, sha256, bytes, imagesSeen)
        (self.parts, self.seconds) = (parts, seconds)
    }

    enum CodingKeys: String, CodingKey {
        case world, path, sha256, bytes
        case imagesSeen = "images_seen"
        case parts, seconds
    }
}
