import Checkpoints
import Datasets
import DurableFiles
import Evaluation
import Foundation
import Images
import Recipes
import Tensors
import Training

extension Workshop {
    /// Trains a probe on renders and measures it on others.
    ///
    /// - Parameters:
    ///   - request: how much to train, and where the probe goes.
    ///   - replacing: true to overwrite a file of that name instead of taking a free one.
    ///   - onProgress: called on the device's thread.
    /// - Returns: where the probe is and what it reads, a `ProbeReport`, with its words.
    /// - Throws: `WorkshopError.badNumber`, `.wrongEnding`; `DatasetError` when what the world is made of is not
    ///   installed; `TrainingError.diverged`; `CancellationError`, in training with nothing
    ///   written; what writing throws.
    public func trainProbe(
        _ request: ProbeRequest, replacing: Bool = false,
        onProgress: @escaping @Sendable (EvaluationProgress) -> Void = { _ in }
    ) async throws -> ScoreReport {
        try request.validate()
        let begin = ContinuousClock.now
        let wanted = surroundings.url(request.output, directoryHint: .notDirectory)
        guard wanted.pathExtension == "safetensors" else {
            throw WorkshopError.wrongEnding(wanted, what: "a probe", expected: [".safetensors"])
        }
        try PictureNames.makeFolder(of: wanted)
        let target = replacing ? wanted : DurableFile.firstFreeName(for: wanted)
        var plan = ProbePlan()
        (plan.world, plan.seed) = (request.world, request.seed)
        (plan.pictures, plan.epochs) = (request.pictures, request.epochs)
        let fixed = plan
        let worker = try await worker(for: request.device, threads: request.threads)
        let parts = try await worker.run { worker in
            try ProbeTraining.run(
                fixed, on: worker.device, to: target, isCancelled: { Task.isCancelled },
                onProgress: { onProgress(EvaluationProgress($0)) })
            let reader = try ProbeReader(ProbeFile(opening: target), of: fixed.world, on: worker.device)
            return try measure(reader, fixed, count: request.count, onProgress)
        }
        let footprint = ModelFootprint(of: target)
        let report = ProbeReport(
            world: fixed.world, path: surroundings.shown(target), sha256: try footprint.mark().digits,
            bytes: footprint.bytes, imagesSeen: fixed.totalImages, parts: parts, seconds: begin.secondsSince)
        return ScoreReport(
            numbers: report, words: parts.flatMap { ScoreWords.lines(of: $0, world: fixed.world) },
            paths: [report.path],
            summary: "\(fixed.totalImages) \(fixed.world.rawValue) seen")
    }

    /// What a probe makes of renders that it never saw.
    private func measure(
        _ reader: ProbeReader, _ plan: ProbePlan, count: Int,
        _ onProgress: (EvaluationProgress) -> Void
    ) throws -> [ProbeReport.Part] {
        let seed = RandomStream.derivedSeed(plan.seed, purpose: "probe test")
        var meter = StageMeter(.reading, total: count * SceneSplit.allCases.count)
        return try SceneSplit.allCases.map { split in
            let world = try plan.open(split, seed: seed)
            var records: [WorldRecord] = []
            var images: [Image] = []
            for index in 0..<count {
                try Task.checkCancellation()
                records.append(try world.record(at: index))
                images.append(try world.picture(at: index))
                onProgress(meter.progress(adding: 1))
            }
            return try ProbeReport.Part(
                split, of: plan.world, records: records, readings: reader.read(images), seed: plan.seed)
        }
    }
}

extension EvaluationProgress {
    fileprivate init(_ progress: ProbeTraining.Progress) {
        self.init(
            stage: .training, done: progress.imagesSeen, total: progress.totalImages,
            rate: progress.imagesPerSecond, secondsLeft: progress.secondsLeft, loss: progress.loss)
    }
}
