/// What training tells while it runs: one JSON object a line in `events.jsonl`.
///
/// The key `event` names the case; the other keys are the fields.
public enum TrainingEvent: Equatable, Sendable {
    /// Training begins, or goes on after `imagesSeen` images.
    case started(imagesSeen: Int, totalImages: Int, parameters: Int)
    /// Some updates are done.
    case progress(TrainingProgress)
    /// A loss or gradient was not finite; the update was left out.
    case skipped(step: Int, imagesSeen: Int, reason: String)
    /// A sheet of pictures has been written.
    case samples(imagesSeen: Int, path: String)
    /// The state has been written.
    case checkpoint(imagesSeen: Int, path: String)
    /// A new stage of the recipe begins.
    case stage(imagesSeen: Int, resolution: Int, batchSize: Int)
    /// How well the text transformer reads captions with held-out combinations: the share of right answers to each
    /// question, by its name.
    case reading(imagesSeen: Int, accuracy: [String: Double])
    /// A folder or a set of tar files was opened: how many examples it has, its share of the examples seen, what else
    /// lay there.
    case data(source: String, examples: Int, share: Double, notes: [String])
    /// Pictures are being looked at for near-duplicates, before training begins; not kept in `events.jsonl`.
    case looking(pictures: Int, total: Int)
    /// Pictures that look alike, found before training: how many groups of them, how many pictures would go if each
    /// group kept one, how many do go, and the first two of the first groups.
    case nearDuplicates(groups: Int, spare: Int, skipped: Int, pairs: [[String]])
    /// A picture cannot be used; the next one takes its place.
    case brokenPicture(source: String, name: String, reason: String)
    /// The averaged model on pictures never trained on.
    case heldOut(HeldOutLoss)
    /// A snapshot of the averages has been written, the run's `count`-th; `bytes` is what all of them take.
    case averages(imagesSeen: Int, path: String, count: Int, bytes: Int)
    /// Updates stayed not finite: the run went back to an earlier state, the `count`-th time.
    case rolledBack(imagesSeen: Int, to: Int, learningRateScale: Double, count: Int)
    /// Something that changes no result, and that one should know.
    case note(text: String)
    /// All images have been seen.
    case finished(imagesSeen: Int, seconds: Double)
}

/// How the averaged model fares on pictures never trained on, with the same noise each time.
public struct HeldOutLoss: Codable, Equatable, Sendable {
    /// Images seen.
    public var imagesSeen: Int
    /// The weighted loss, as training means it, over all pictures and levels.
    public var loss: Double
    /// The mean of the levels' `error`: the same measure whatever the network predicts.
    public var error: Double
    /// Each level, the cleanest first.
    public var levels: [Level]

    /// One noise level.
    public struct Level: Codable, Equatable, Sendable {
        /// noise / (signal + noise), 0 to 1.
        public var noiseShare: Double
        /// The weighted loss.
        public var loss: Double
        /// The mean squared error of the clean picture that the prediction implies, in pixels of -1 to 1.
        public var error: Double

        /// The standing at one level.
        public init(noiseShare: Double, loss: Double, error: Double) {
            (self.noiseShare, self.loss, self.error) = (noiseShare, loss, error)
        }
    }

    /// The standing over `levels`, of which there is one at least.
    public init(imagesSeen: Int, levels: [Level]) {
        self.imagesSeen = imagesSeen
        let count = Double(max(1, levels.count))
        loss = levels.reduce(0) { $0 + $1.loss } / count
        error = levels.reduce(0) { $0 + $1.error } / count
        self.levels = levels
    }
}

/// How training stands; means are over the updates since the report before.
public struct TrainingProgress: Codable, Equatable, Sendable {
    /// Updates done.
    public var step: Int
    /// Images seen.
    public var imagesSeen: Int
    /// Images in all.
    public var totalImages: Int
    /// The mean loss.
    public var loss: Double
    /// The learning rate of the last update.
    public var learningRate: Double
    /// The mean length of the gradient before clipping.
    public var gradientNorm: Double
    /// The speed.
    public var imagesPerSecond: Double
    /// An estimate of what remains.
    public var secondsLeft: Double
    /// The share of time spent waiting for data, 0 to 1.
    public var dataWaitShare: Double
    /// The share of time spent on exchanging gradients with other processes, waiting for slower ones included; nil for
    /// a process that trains alone.
    public var exchangeShare: Double?

    /// The standing after `step` updates.
    public init(
        step: Int, imagesSeen: Int, totalImages: Int, loss: Double, learningRate: Double,
        gradientNorm: Double,
        imagesPerSecond: Double, secondsLeft: Double, dataWaitShare: Double, exchangeShare: Double? = nil
    ) {
        (self.step, self.imagesSeen, self.totalImages) = (step, imagesSeen, totalImages)
        (self.loss, self.learningRate, self.gradientNorm) = (loss, learningRate, gradientNorm)
        (self.imagesPerSecond, self.secondsLeft) = (imagesPerSecond, secondsLeft)
        (self.dataWaitShare, self.exchangeShare) = (dataWaitShare, exchangeShare)
    }
}

extension TrainingEvent: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case event, imagesSeen, totalImages, parameters, step, reason, path, resolution, batchSize, seconds
        case accuracy, source, examples, share, notes, name, count, bytes, to, learningRateScale
        case pictures, total, groups, spare, skipped, pairs, text
    }

    /// Reads one line of `events.jsonl`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Int { try fields.decode(Int.self, forKey: key) }
        func text(_ key: CodingKeys) throws -> String { try fields.decode(String.self, forKey: key) }
        switch try text(.event) {
        case "started":
            self = .started(
                imagesSeen: try number(.imagesSeen), totalImages: try number(.totalImages),
                parameters: try number(.parameters))
        case "progress": self = .progress(try TrainingProgress(from: decoder))
        case "skipped":
            self = .skipped(
                step: try number(.step), imagesSeen: try number(.imagesSeen), reason: try text(.reason))
        case "samples": self = .samples(imagesSeen: try number(.imagesSeen), path: try text(.path))
        case "checkpoint": self = .checkpoint(imagesSeen: try number(.imagesSeen), path: try text(.path))
        case "stage":
            self = .stage(
                imagesSeen: try number(.imagesSeen), resolution: try number(.resolution),
                batchSize: try number(.batchSize))
        case "reading":
            self = .reading(
                imagesSeen: try number(.imagesSeen),
                accuracy: try fields.decode([String: Double].self, forKey: .accuracy))
        case "data":
            self = .data(
                source: try text(.source), examples: try number(.examples),
                share: try fields.decode(Double.self, forKey: .share),
                notes: try fields.decode([String].self, forKey: .notes))
        case "looking":
            self = .looking(pictures: try number(.pictures), total: try number(.total))
        case "nearDuplicates":
            self = .nearDuplicates(
                groups: try number(.groups), spare: try number(.spare), skipped: try number(.skipped),
                pairs: try fields.decode([[String]].self, forKey: .pairs))
        case "brokenPicture":
            self = .brokenPicture(
                source: try text(.source), name: try text(.name), reason: try text(.reason))
        case "heldOut": self = .heldOut(try HeldOutLoss(from: decoder))
        case "averages":
            self = .averages(
                imagesSeen: try number(.imagesSeen), path: try text(.path), count: try number(.count),
                bytes: try number(.bytes))
        case "rolledBack":
            self = .rolledBack(
                imagesSeen: try number(.imagesSeen), to: try number(.to),
                learningRateScale: try fields.decode(Double.self, forKey: .learningRateScale),
                count: try number(.count))
        case "note": self = .note(text: try text(.text))
        case "finished":
            self = .finished(
                imagesSeen: try number(.imagesSeen), seconds: try fields.decode(Double.self, forKey: .seconds)
            )
        case let name:
            throw RecipeError.unknownChoice(
                path: joined(decoder.codingPath + [CodingKeys.event]), what: "training event", found: name,
                known: [
                    "started", "progress", "skipped", "samples", "checkpoint", "stage", "reading", "data",
                    "looking", "nearDuplicates", "brokenPicture", "heldOut", "averages", "rolledBack",
                    "note", "finished",
                ])
        }
    }

    /// Writes one line of `events.jsonl`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .started(let imagesSeen, let totalImages, let parameters):
            try fields.encode("started", forKey: .event)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(totalImages, forKey: .totalImages)
            try fields.encode(parameters, forKey: .parameters)
        case .progress(let progress):
            try fields.encode("progress", forKey: .event)
            try progress.encode(to: encoder)
        case .skipped(let step, let imagesSeen, let reason):
            try fields.encode("skipped", forKey: .event)
            try fields.encode(step, forKey: .step)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(reason, forKey: .reason)
        case .samples(let imagesSeen, let path): try encode("samples", imagesSeen, path, into: &fields)
        case .checkpoint(let imagesSeen, let path): try encode("checkpoint", imagesSeen, path, into: &fields)
        case .stage(let imagesSeen, let resolution, let batchSize):
            try fields.encode("stage", forKey: .event)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(resolution, forKey: .resolution)
            try fields.encode(batchSize, forKey: .batchSize)
        case .reading(let imagesSeen, let accuracy):
            try fields.encode("reading", forKey: .event)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(accuracy, forKey: .accuracy)
        case .data(let source, let examples, let share, let notes):
            try fields.encode("data", forKey: .event)
            try fields.encode(source, forKey: .source)
            try fields.encode(examples, forKey: .examples)
            try fields.encode(share, forKey: .share)
            try fields.encode(notes, forKey: .notes)
        case .looking(let pictures, let total):
            try fields.encode("looking", forKey: .event)
            try fields.encode(pictures, forKey: .pictures)
            try fields.encode(total, forKey: .total)
        case .nearDuplicates(let groups, let spare, let skipped, let pairs):
            try fields.encode("nearDuplicates", forKey: .event)
            try fields.encode(groups, forKey: .groups)
            try fields.encode(spare, forKey: .spare)
            try fields.encode(skipped, forKey: .skipped)
            try fields.encode(pairs, forKey: .pairs)
        case .brokenPicture(let source, let name, let reason):
            try fields.encode("brokenPicture", forKey: .event)
            try fields.encode(source, forKey: .source)
            try fields.encode(name, forKey: .name)
            try fields.encode(reason, forKey: .reason)
        case .heldOut(let loss):
            try fields.encode("heldOut", forKey: .event)
            try loss.encode(to: encoder)
        case .averages(let imagesSeen, let path, let count, let bytes):
            try encode("averages", imagesSeen, path, into: &fields)
            try fields.encode(count, forKey: .count)
            try fields.encode(bytes, forKey: .bytes)
        case .rolledBack(let imagesSeen, let to, let scale, let count):
            try fields.encode("rolledBack", forKey: .event)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(to, forKey: .to)
            try fields.encode(scale, forKey: .learningRateScale)
            try fields.encode(count, forKey: .count)
        case .note(let text):
            try fields.encode("note", forKey: .event)
            try fields.encode(text, forKey: .text)
        case .finished(let imagesSeen, let seconds):
            try fields.encode("finished", forKey: .event)
            try fields.encode(imagesSeen, forKey: .imagesSeen)
            try fields.encode(seconds, forKey: .seconds)
        }
    }

    private func encode(
        _ event: String, _ imagesSeen: Int, _ path: String,
        into fields: inout KeyedEncodingContainer<CodingKeys>
    ) throws {
        try fields.encode(event, forKey: .event)
        try fields.encode(imagesSeen, forKey: .imagesSeen)
        try fields.encode(path, forKey: .path)
    }
}

extension TrainingEvent {
    /// The event as one line of JSON, without a newline.
    /// - Throws: `RecipeError.outOfRange` for a number that JSON cannot hold.
    public func json() throws(RecipeError) -> String { try line(of: self) }

    /// The event that one line of `events.jsonl` tells.
    /// - Throws: `RecipeError` for a broken line, such as the last one of a run that was cut off.
    public init(json: String) throws(RecipeError) {
        do {
            self = try JSONTreeDecoder.decode(TrainingEvent.self, from: JSONParser.tree(of: json))
        } catch { throw RecipeError(error) }
    }
}

extension GenerationEvent {
    /// The event as one line of JSON, without a newline.
    /// - Throws: `RecipeError.outOfRange` for a number that JSON cannot hold.
    public func json() throws(RecipeError) -> String { try line(of: self) }
}

extension GenerationReport {
    /// The report as one line of JSON, without a newline.
    /// - Throws: `RecipeError.outOfRange` for a number that JSON cannot hold.
    public func json() throws(RecipeError) -> String { try line(of: self) }
}

private func line(of value: some Encodable) throws(RecipeError) -> String {
    do { return try JSONTreeEncoder.tree(of: value).text(pretty: false) } catch { throw RecipeError(error) }
}
