import DurableFiles
import Foundation
import Recipes

/// The run as TensorBoard shows it: one event file beside `events.jsonl`, appended to, whole after any kill.
///
/// The step of every curve is images seen.
struct TensorBoardLog {
    /// The name by which TensorBoard finds the file.
    static let name = "events.out.tfevents.darkroom"
    private let url: URL
    private let now: () -> Double

    /// Opens the log of a run that goes on after `imagesSeen` images; a torn last record is cut off.
    ///
    /// `now` gives seconds since 1970.
    /// - Throws: `DurableFileError` when the file cannot be written.
    init(run: URL, imagesSeen: Int, now: @escaping () -> Double) throws {
        (url, self.now) = (run.appending(path: Self.name), now)
        if let data = try? Data(contentsOf: url) {
            try DurableFile.cut(url, to: RecordFile.records(of: Array(data)).length)
        }
        let isNew = ((try? FileManager.default.attributesOfItem(atPath: url.path))?[.size] as? Int ?? 0) == 0
        if isNew { try append(SummaryMessage.version(time: now())) }
        try append(SummaryMessage.start(time: now(), step: imagesSeen))
    }

    /// Adds what an event says in numbers or pictures.
    /// - Throws: `DurableFileError` when the disk is full.
    func take(_ event: TrainingEvent) throws {
        switch event {
        case .progress(let progress):
            try add(
                [
                    ("loss", progress.loss), ("learning_rate", progress.learningRate),
                    ("gradient_norm", progress.gradientNorm), ("images_per_second", progress.imagesPerSecond),
                    ("data_wait_share", progress.dataWaitShare),
                ], at: progress.imagesSeen)
        case .reading(let imagesSeen, let accuracy):
            try add(
                accuracy.sorted { $0.key < $1.key }.map { ("reading/" + $0.key, $0.value) }, at: imagesSeen)
        case .heldOut(let standing):
            let levels = standing.levels.enumerated().map { index, level in
                (String(format: "held_out_levels/%02d", index + 1), level.error)
            }
            try add(
                [("held_out/loss", standing.loss), ("held_out/error", standing.error)] + levels,
                at: standing.imagesSeen)
        case .samples(let imagesSeen, let path):
            let png = (try? Data(contentsOf: URL(filePath: path))).map { Array($0) } ?? []
            if let message = SummaryMessage.image("samples", png: png, time: now(), step: imagesSeen) {
                try append(message)
            }
        case .rolledBack(_, let to, _, _):
            try append(SummaryMessage.start(time: now(), step: to))
        case .started, .skipped, .checkpoint, .stage, .data, .looking, .nearDuplicates, .brokenPicture,
            .averages, .note, .finished:
            break
        }
    }

    private func add(_ values: [(String, Double)], at step: Int) throws {
        try append(SummaryMessage.scalars(values.map { (tag: $0.0, value: $0.1) }, time: now(), step: step))
    }
    private func append(_ message: [UInt8]) throws {
        try DurableFile.append(record: RecordFile.framed(message), to: url)
    }
}
