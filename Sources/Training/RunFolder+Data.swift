import DurableFiles
import Foundation
import Recipes

/// Which pictures a run has been trained on: `data.json` in its folder.
struct DataInventory: Codable, Equatable {
    /// A folder or a set of shards.
    struct Source: Codable, Equatable {
        /// What it is called.
        let title: String
        /// How many examples it has.
        let count: Int
        /// Changes with its files.
        let fingerprint: String
    }
    let sources: [Source]
}

extension RunFolder {
    private var inventoryFile: URL { url.appending(path: "data.json") }

    /// The folder for what is worth keeping of large sources; it may not be there yet.
    var dataFolder: URL { url.appending(path: "data", directoryHint: .isDirectory) }

    /// The folder where tables of tar files are kept; nil when the data has none.
    /// - Throws: when it cannot be created.
    func cache(for data: TrainingData) throws -> URL? {
        let hasShards = data.sources.contains { if case .shards = $0.kind { true } else { false } }
        guard hasShards else { return nil }
        let folder = dataFolder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Notes which pictures a run begins with, and refuses to go on with others: the order would be another one.
    ///
    /// `isNew` is true when no step has been made yet.
    /// - Throws: `TrainingError.dataChanged`; `DurableFileError` when the note cannot be written.
    func compare(_ sources: [DataInventory.Source], isNew: Bool) throws {
        if sources.isEmpty { return }
        if !isNew, let data = try? Data(contentsOf: inventoryFile),
            let stored = try? JSONDecoder().decode(DataInventory.self, from: data)
        {
            for (before, now) in zip(stored.sources, sources) where before != now {
                throw TrainingError.dataChanged(
                    run: url, source: now.title, before: before.count, now: now.count)
            }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFile.write(encoder.encode(DataInventory(sources: sources)), to: inventoryFile)
    }
}
