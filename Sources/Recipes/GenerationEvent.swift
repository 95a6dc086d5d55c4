/// What a generation tells while it runs; plain data, one JSON object each.
public enum GenerationEvent: Codable, Equatable, Sendable {
    /// The model is loaded and the levels are chosen.
    case started(request: GenerationRequest, steps: Int)
    /// A step is done.
    case step(GenerationStep)
    /// A small picture of where the sample is heading.
    case preview(step: Int, png: [UInt8])
    /// Something that whoever waits should know, in a sentence.
    case notice(String)
    /// A picture has been written.
    case picture(WrittenPicture)
    /// All is done.
    case finished(GenerationReport)
}

/// One step along the noise levels.
public struct GenerationStep: Codable, Equatable, Sendable {
    /// Steps done, from 1.
    public var step: Int
    /// Steps in all.
    public var steps: Int
    /// The noise level before the step, noise / signal; nil for pure noise.
    public var sigma: Double?
    /// What the step took.
    public var seconds: Double
    /// An estimate of what remains.
    public var secondsLeft: Double

    /// Step `step` of `steps`.
    public init(step: Int, steps: Int, sigma: Double?, seconds: Double, secondsLeft: Double) {
        (self.step, self.steps, self.sigma) = (step, steps, sigma)
        (self.seconds, self.secondsLeft) = (seconds, secondsLeft)
    }
}

/// A picture on disk.
public struct WrittenPicture: Codable, Equatable, Sendable {
    /// Where it is.
    public var path: String
    /// Its seed.
    public var seed: UInt64
    /// The SHA-256 of its pixels or file, as the writer says; hexadecimal.
    public var sha256: String

    /// The picture of `seed` at `path`.
    public init(path: String, seed: UInt64, sha256: String) {
        (self.path, self.seed, self.sha256) = (path, seed, sha256)
    }
}

/// What a generation has made and what it took; `darkroom generate --json` prints it.
public struct GenerationReport: Codable, Equatable, Sendable {
    /// The pictures, in the order of the seeds.
    public var images: [WrittenPicture]
    /// Where the time went.
    public var seconds: Seconds
    /// The most memory held at any time.
    public var peakMemoryBytes: Int
    /// What drew.
    public var model: Model

    /// Wall-clock seconds by part.
    public struct Seconds: Codable, Equatable, Sendable {
        /// Opening the model.
        public var load: Double
        /// Reading the prompt.
        public var encode: Double
        /// Each step.
        public var steps: [Double]
        /// From the last step to pixels.
        public var decode: Double
        /// Everything.
        public var total: Double

        /// Seconds by part.
        public init(load: Double, encode: Double, steps: [Double], decode: Double, total: Double) {
            (self.load, self.encode, self.steps, self.decode, self.total) = (
                load, encode, steps, decode, total
            )
        }
    }

    /// The model that drew.
    public struct Model: Codable, Equatable, Sendable {
        /// Its name.
        public var name: String
        /// What it is known again by.
        public var mark: ModelMark

        /// The model of that name.
        public init(name: String, mark: ModelMark) { (self.name, self.mark) = (name, mark) }

        private enum CodingKeys: String, CodingKey { case name }

        /// Reads an object with `name` and either `sha256` or `fingerprint`.
        public init(from decoder: any Decoder) throws {
            name = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name)
            mark = try ModelMark(from: decoder)
        }

        /// Writes `name`, and `sha256` or `fingerprint`.
        public func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(name, forKey: .name)
            try mark.encode(to: encoder)
        }
    }

    /// A report of `images`.
    public init(images: [WrittenPicture], seconds: Seconds, peakMemoryBytes: Int, model: Model) {
        (self.images, self.seconds, self.peakMemoryBytes, self.model) = (
            images, seconds, peakMemoryBytes, model
        )
    }

    enum CodingKeys: String, CodingKey {
        case images, seconds
        case peakMemoryBytes = "peak_memory_bytes"
        case model
    }
}
