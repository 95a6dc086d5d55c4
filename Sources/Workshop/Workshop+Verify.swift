import Foundation
import Images
import Pipelines
public import Recipes
import Tensors

extension Workshop {
    /// Makes a picture again from the record in its file and compares.
    ///
    /// The model is taken from the shelf by the record's name or, should it have been renamed, by its fingerprint; a record
    /// can lead to no other files than those below the current folder or the picture's own.
    /// - Parameters:
    ///   - request: the picture, and where to compute.
    ///   - onStep: called on the device's thread after each step.
    /// - Returns: how near the second picture is to the first.
    /// - Throws: `VerificationError` for why it cannot be made again; `ImageError` for what is no picture; what refuses the
    ///   drawing; `CancellationError` within one step of the task's cancelling.
    public func verify(
        _ request: VerificationRequest, onStep: @escaping @Sendable (GenerationStep) -> Void = { _ in }
    ) async throws -> VerificationReport {
        let begin = ContinuousClock.now
        let file = surroundings.url(request.picture, directoryHint: .notDirectory)
        let picture = try Image(contentsOf: file)
        let record = try record(in: file)
        let sides = [record.width ?? picture.width, record.height ?? picture.height]
        guard sides == [picture.width, picture.height] else {
            throw VerificationError.resized(file, recorded: sides, found: [picture.width, picture.height])
        }
        try checkFiles(of: record, beside: file)
        let (reference, mark) = try model(of: record, named: request.model)
        let inputs = try GenerationInputs(of: record, surroundings)
        let worker = try await worker(
            for: request.device ?? record.device, threads: request.threads ?? record.threads)
        let again = try await worker.run { worker in
            let pipeline = try worker.pipeline(reference.file, options(of: record))
            _ = worker.takeOpeningSeconds()
            let drawing = try pipeline.prepared(record, inputs)
            var inputs = inputs
            inputs.noise = try Drawing.noises(record, shape: drawing.shape, surroundings).first ?? nil
            var meter = StepMeter(pictures: 1, steps: drawing.steps)
            meter.begin()
            let latent = try drawing.latent(seed: record.seeds[0], inputs) { step in
                try Task.checkCancellation()
                onStep(meter.count(step))
            }
            return (picture: try pipeline.decode(latent, inputs), steps: drawing.steps)
        }
        guard let difference = ImageDifference(picture, again.picture) else {
            throw VerificationError.resized(
                file, recorded: [again.picture.width, again.picture.height],
                found: [picture.width, picture.height])
        }
        return VerificationReport(
            picture: surroundings.shown(file), verdict: Self.verdict(difference),
            largestDifference: difference.largest, meanDifference: difference.mean,
            differingShare: difference.share, decibels: difference.decibels, seed: record.seeds[0],
            steps: again.steps, model: .init(name: reference.name, mark: mark),
            device: worker.device.description, seconds: begin.secondsSince)
    }

    static func verdict(_ difference: ImageDifference) -> VerificationReport.Verdict {
        guard let decibels = difference.decibels else { return .identical }
        return decibels >= VerificationReport.closeDecibels ? .close : .different
    }

    /// The record of how a picture was made.
    private func record(in file: URL) throws -> GenerationRequest {
        let text = try ImageMetadata.read(contentsOf: file).text
        guard let json = text["darkroom"] else {
            throw VerificationError.noRecord(file, hasParameters: text["parameters"] != nil)
        }
        let record: GenerationRequest
        do {
            record = try GenerationRequest.decoded(from: json, named: file.lastPathComponent)
        } catch {
            throw VerificationError.unreadableRecord(file, reason: Self.sentence(for: error))
        }
        guard record.seeds.count == 1 else {
            throw VerificationError.unreadableRecord(
                file, reason: "expected one seed, found \(record.seeds.count).")
        }
        return record
    }

    /// Refuses a record that names files which whoever wrote it had no business to name.
    private func checkFiles(of record: GenerationRequest, beside picture: URL) throws {
        let named =
            [record.initialLatents, record.initialPicture, record.mask].compactMap { $0 }
            + record.adapters.map(\.file) + record.embeddings
        let folders = [surroundings.currentFolder, picture.deletingLastPathComponent()].map {
            $0.resolvingSymlinksInPath().standardizedFileURL.pathComponents
        }
        let elsewhere = named.filter { path in
            let place = surroundings.url(path).resolvingSymlinksInPath().standardizedFileURL.pathComponents
            return !folders.contains { place.count > $0.count && place.starts(with: $0) }
        }
        guard elsewhere.isEmpty else { throw VerificationError.filesElsewhere(elsewhere) }
    }

    /// The model that drew, and what it is known again by.
    private func model(
        of record: GenerationRequest, named wanted: String?
    ) throws -> (reference: ModelReference, mark: ModelMark) {
        func mark(_ model: ModelReference) throws -> ModelMark {
            try ModelFootprint(of: model.file).mark()
        }
        // Older records have fingerprints as SHA-256: the digits decide, whatever they are called.
        let recorded = record.modelSHA256 ?? record.modelFingerprint
        let shelved = shelf.models
        let named = try wanted.map { try shelf.model($0) } ?? shelved.first { $0.name == record.model }
        if let named {
            let found = try mark(named)
            guard let recorded, recorded != found.digits else { return (named, found) }
            guard wanted == nil else {
                throw VerificationError.otherModel(name: named.name, recorded: recorded, found: found.digits)
            }
        }
        // It may have been given another name since.
        for model in shelved where model.name != named?.name {
            guard let recorded, let found = try? mark(model) else { continue }
            if found.digits == recorded { return (model, found) }
        }
        if let named, let recorded {
            throw VerificationError.otherModel(
                name: named.name, recorded: recorded, found: try mark(named).digits)
        }
        throw VerificationError.missingModel(
            name: record.model, mark: recorded, known: shelved.map(\.name))
    }
}
