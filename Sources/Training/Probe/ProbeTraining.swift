import Checkpoints
import Datasets
public import Foundation
import Layers
import Networks
import Optimizers
public import Tensors

/// Trains a probe from nothing; a matter of minutes, so nothing is kept on the way.
public enum ProbeTraining {
    /// How far it is.
    public struct Progress: Sendable, Equatable {
        /// Pictures seen.
        public let imagesSeen: Int
        /// Pictures to be seen in all.
        public let totalImages: Int
        /// The mean loss since the last report, in nats a question.
        public let loss: Double
        /// Pictures a second since the last report.
        public let imagesPerSecond: Double
        /// An estimate of what remains.
        public let secondsLeft: Double
    }
    /// Updates between reports.
    private static let reportInterval = 10

    /// Trains a probe and writes it.
    ///
    /// - Parameters:
    ///   - plan: what to train on, and for how long.
    ///   - device: where to compute.
    ///   - url: the probe's file.
    ///   - metadata: what stands in the file besides questions and plan.
    ///   - isCancelled: asked after every update.
    ///   - onProgress: called now and then.
    /// - Throws: `CancellationError`, with nothing written; `TrainingError.diverged`; `DatasetError` for pictures that
    ///   cannot be; what writing throws.
    public static func run(
        _ plan: ProbePlan, on device: Device = .cpu, to url: URL, metadata: [String: String] = [:],
        isCancelled: () -> Bool = { false }, onProgress: (Progress) -> Void = { _ in }
    ) throws {
        let session = try ProbeSession(plan, device: device)
        let pictures = try ProbePictures(plan)
        let total = plan.totalImages
        let loader = BatchLoader(
            orders: { start in
                start < total
                    ? BatchLoader.Order(
                        start: start, count: min(plan.batchSize, total - start), resolution: plan.resolution)
                    : nil
            }, from: 0, make: pictures.batch)
        defer { loader.stop() }
        var (losses, seenBefore, mark) = ([Double](), 0, ContinuousClock.now)
        while session.imagesSeen < total {
            losses.append(try session.step(loader.next()))
            if isCancelled() { throw CancellationError() }
            guard losses.count == reportInterval || session.imagesSeen >= total else { continue }
            let now = ContinuousClock.now
            let rate = Double(session.imagesSeen - seenBefore) / max(1e-9, (now - mark) / .seconds(1))
            onProgress(
                Progress(
                    imagesSeen: session.imagesSeen, totalImages: total,
                    loss: losses.reduce(0, +) / Double(losses.count), imagesPerSecond: rate,
                    secondsLeft: Double(total - session.imagesSeen) / rate))
            (losses, seenBefore, mark) = ([], session.imagesSeen, now)
        }
        try session.write(to: url, metadata: metadata)
    }
}

/// A probe under training.
private final class ProbeSession {
    private let plan: ProbePlan
    private let device: Device
    private let reader: PictureReader
    private let optimizer: AdamW
    private let average: MovingAverage
    private let augmentation: PictureAugmentation
    private let rates: LearningRateSchedule
    private(set) var imagesSeen = 0

    init(_ plan: ProbePlan, device: Device) throws {
        (self.plan, self.device) = (plan, device)
        let fresh = FreshParameters(seed: RandomStream.derivedSeed(plan.seed, purpose: "probe"))
        let store = ParameterStore(from: PlacedParameters(fresh, on: device))
        let questions = plan.world.questions
        reader = try PictureReader(
            ParameterScope(store), resolution: plan.resolution, questions: questions.count,
            answers: questions.map(\.answers.count).max() ?? 1)
        optimizer = try AdamW(store, weightDecay: plan.weightDecay)
        average = try MovingAverage(store, plan: plan.average)
        augmentation = try PictureAugmentation(resolution: plan.resolution, questions: questions)
        rates = LearningRateSchedule(plan.learningRate, totalImages: plan.totalImages)
    }

    /// One update; gives the loss.
    func step(_ batch: HostBatch) throws -> Double {
        var random = try RandomStream(
            seed: RandomStream.derivedSeed(plan.seed, purpose: "probe batch", index: imagesSeen))
        let (pictures, labels) = try augmentation(
            batch.samples().to(device), labels: batch.labels ?? [], random: &random)
        let loss = try Autograd.autocast(
            to: device.gainsByBFloat16 ? .bfloat16 : nil, on: device
        ) {
            try CaptionReader.loss(of: reader.scores(reader.features(pictures)), labels: labels)
        }
        try loss.backward()
        let outcome = try optimizer.step(
            learningRate: rates.rate(at: imagesSeen, batch: batch.count), clippingAt: 1)
        guard outcome.isApplied else {
            throw TrainingError.diverged(imagesSeen: imagesSeen, skipped: 1, rollbacks: 0)
        }
        imagesSeen += batch.count
        try average.update(imagesSeen: imagesSeen, batch: batch.count)
        return try loss.item()
    }

    /// Writes the averaged weights.
    func write(to url: URL, metadata: [String: String]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let noted = [
            "name": url.deletingPathExtension().lastPathComponent, "images_seen": String(imagesSeen),
            "licence": "Apache-2.0", "world": plan.world.rawValue,
            "plan": String(decoding: try encoder.encode(plan), as: UTF8.self),
        ]
        try ProbeFile.write(
            parameters: zip(average.paths, average.tensors).map { (name: $0.description, tensor: $1) },
            questions: plan.world.questions.map { .init(name: $0.name, answers: $0.answers) },
            resolution: plan.resolution, metadata: noted.merging(metadata) { _, new in new }, to: url)
    }
}
