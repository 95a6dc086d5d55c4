import Checkpoints
public import Datasets
import DurableFiles
import Evaluation
import Foundation
import Images
import Recipes

extension Workshop {
    /// Draws what a model has not seen of a world, reads back what the pictures show, and writes a score card.
    ///
    /// The folder holds `score-card.html`, `score-card.json`, `contact-sheet.png` (the worst pictures) and
    /// `first-pictures.png` (not chosen); it appears when it is complete.
    /// - Parameters:
    ///   - request: what to draw, and how much.
    ///   - replacing: true to overwrite an earlier score card instead of taking a free name.
    ///   - onProgress: called on the device's thread.
    /// - Returns: the score card, an `EvaluationReport`, with its words and files.
    /// - Throws: `WorkshopError.badNumber`, `.noProbe`, `.inTheWay`; `EvaluationError`; `DatasetError`; what the model refuses;
    ///   `CancellationError` within one step of the task's cancelling, with nothing written.
    public func evaluate(
        _ request: EvaluationRequest, replacing: Bool = false,
        onProgress: @escaping @Sendable (EvaluationProgress) -> Void = { _ in }
    ) async throws -> ScoreReport {
        try request.validate()
        let begin = ContinuousClock.now
        let reference = try shelf.model(request.generation.model)
        let probe = try shelf.probe(request.probe, of: request.world)
        let probeFile = try ProbeFile(opening: probe.file)
        let target = try scoreFolder(request.output, replacing: replacing)
        let featureFile = featureNetworkFile
        let worker = try await worker(for: request.generation.device, threads: request.generation.threads)
        let mark = PendingMark(of: reference.file)
        let outcome = try await worker.run { worker in
            let reader = try ProbeReader(probeFile, of: request.world, on: worker.device)
            let pipeline = try worker.pipeline(reference.file, options(of: request.generation))
            _ = worker.takeOpeningSeconds()
            let features = try featureFile.map { try FeatureReader(opening: $0, on: worker.device) }
            return try WorldEvaluation(
                pipeline, request, reader: reader, features: features, onProgress: onProgress
            ).run()
        }
        let report = EvaluationReport(
            world: request.world, model: .init(name: reference.name, mark: try mark.value()),
            probe: .init(name: probe.name, mark: try ModelFootprint(of: probe.file).mark()),
            settings: outcome.settings, parts: outcome.parts, promptsCut: outcome.promptsCut,
            files: .init(
                folder: surroundings.shown(target), page: shown(.page, in: target),
                worst: shown(.worst, in: target), unchosen: shown(.unchosen, in: target)),
            seconds: begin.secondsSince)
        try write(report, outcome.pictures, to: target)
        return ScoreReport(
            numbers: report,
            words: outcome.parts.flatMap { ScoreWords.lines(of: $0, world: request.world) }
                + Self.warnings(report),
            paths: [report.files.page, report.files.worst],
            summary:
                "\(reference.name): \(outcome.pictures.count) pictures of \(outcome.settings.steps) steps")
    }

    private static func warnings(_ report: EvaluationReport) -> [String] {
        let cut =
            report.promptsCut == 0
            ? [] : ["\(report.promptsCut) prompts are longer than the model's text encoder reads"]
        return cut + (report.parts.lazy.compactMap { $0.distance?.features.notice }.first.map { [$0] } ?? [])
    }

    /// The name of the folder for a model's score card, that of the scenes without their name.
    public func scoreFolderName(for model: String?, of world: WorldName = .scenes) throws -> String {
        let folder = "evaluation-" + PictureNames.slug(try shelf.model(model).name)
        return world == .scenes ? folder : "\(folder)-\(world.rawValue)"
    }

    /// The files of a score card.
    private enum ScoreFile: String, CaseIterable {
        case page = "score-card.html"
        case numbers = "score-card.json"
        case worst = "contact-sheet.png"
        case unchosen = "first-pictures.png"

        func url(in folder: URL) -> URL {
            folder.appending(path: rawValue, directoryHint: .notDirectory)
        }
    }

    private func shown(_ file: ScoreFile, in folder: URL) -> String {
        surroundings.shown(file.url(in: folder))
    }

    /// Where a score card goes, made sure of before the work begins.
    private func scoreFolder(_ output: String, replacing: Bool) throws -> URL {
        let wanted = surroundings.url(output, directoryHint: .notDirectory)
        let target = replacing ? wanted : DurableFile.firstFreeName(for: wanted)
        try PictureNames.makeFolder(of: target)
        guard FileManager.default.fileExists(atPath: target.path) else { return target }
        // What is replaced goes as a whole, so it must be nothing but a score card.
        let names = try? FileManager.default.contentsOfDirectory(atPath: target.path)
        guard let names, names.allSatisfy({ ScoreFile(rawValue: $0) != nil }) else {
            throw WorkshopError.inTheWay(target, expected: "nothing, or the folder of a score card")
        }
        return target
    }

    private func write(_ report: EvaluationReport, _ pictures: [ScoredPicture], to folder: URL) throws {
        let name = report.model.name
        let worst = try ScoreSheet.worst(pictures, title: "\(name): the worst pictures").pngData()
        let unchosen = try ScoreSheet.unchosen(pictures, title: "\(name): the first pictures").pngData()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let numbers = try encoder.encode(report)
        let page = ScorePage.html(report, worst: worst, unchosen: unchosen)
        try Task.checkCancellation()
        try DurableFile.writeFolder(at: folder) { folder in
            try Data(page.utf8).write(to: ScoreFile.page.url(in: folder))
            try numbers.write(to: ScoreFile.numbers.url(in: folder))
            try worst.write(to: ScoreFile.worst.url(in: folder))
            try unchosen.write(to: ScoreFile.unchosen.url(in: folder))
        }
    }
}
