import DurableFiles
public import Foundation
public import Recipes

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where a run keeps everything: `recipe.json`, `events.jsonl`, `samples/`, `checkpoints/`, `averages/`,
/// `model.safetensors`.
///
/// One process at a time trains in it; the lock goes with the process, however it ends.
public final class RunFolder {
    /// The folder.
    public let url: URL
    private let lock: Int32

    /// The keys of a recipe that may change when a run is taken up again: they do not change a step already made.
    ///
    /// A new `totalImages` bends the rest of the learning-rate curve. `data.cache` and `data.latentCache` may change too.
    static let changeableKeys: Set<String> = [
        "name", "samples", "checkpointEveryImages", "keepCheckpoints", "totalImages", "heldOut", "rollback",
    ]

    /// Opens the folder of a run, creating it when it is new, and writes the resolved recipe into it.
    /// - Throws: `TrainingError.recipeDiffers` when it was begun with another recipe, `TrainingError.runIsBusy` when
    ///   another process trains in it, `DurableFileError` when it cannot be written.
    public init(_ url: URL, recipe: TrainingRecipe) throws {
        self.url = url
        let files = FileManager.default
        for folder in [url, url.appending(path: "samples"), url.appending(path: "checkpoints")] {
            try files.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        lock = open(url.appending(path: "run.lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            if lock >= 0 { close(lock) }
            throw TrainingError.runIsBusy(run: url)
        }
        for folder in [url, url.appending(path: "samples"), url.appending(path: "checkpoints")] {
            _ = try DurableFile.removeStalePartials(in: folder)
        }
        let file = url.appending(path: "recipe.json")
        if files.fileExists(atPath: file.path) {
            let text = try String(contentsOf: file, encoding: .utf8)
            let stored = try TrainingRecipe.decoded(from: text, named: file.lastPathComponent)
            try Self.check(recipe, against: stored, run: url)
        }
        try DurableFile.write((try recipe.json() + "\n").utf8, to: file)
    }
    deinit { close(lock) }

    /// Adds an event to `events.jsonl`.
    /// - Throws: `DurableFileError` when the disk is full or the file cannot be written.
    public func log(_ event: TrainingEvent) throws {
        try DurableFile.append(line: try event.json(), to: url.appending(path: "events.jsonl"))
    }

    /// The sheet of pictures drawn after so many images.
    public func sampleSheet(imagesSeen: Int) -> URL {
        url.appending(path: "samples/\(Self.padded(imagesSeen)).png")
    }
    /// The folder of the checkpoint made after so many images.
    public func checkpoint(imagesSeen: Int) -> URL {
        url.appending(path: "checkpoints/\(Self.padded(imagesSeen))", directoryHint: .isDirectory)
    }
    /// The model as it ships: averaged weights, words and recipe in one file.
    public var model: URL { url.appending(path: "model.safetensors") }

    /// The model of another average than the first, counted from 2.
    public func model(average number: Int) -> URL {
        url.appending(path: "model-average-\(number).safetensors")
    }

    /// The images seen of every checkpoint, latest first.
    public func checkpoints() -> [Int] {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: url.appending(path: "checkpoints").path))
            ?? []
        return names.compactMap { name in name.allSatisfy(\.isNumber) ? Int(name) : nil }.sorted(by: >)
    }

    /// Removes all but the latest checkpoints.
    public func prune(keeping count: Int) {
        for imagesSeen in checkpoints().dropFirst(count) {
            try? FileManager.default.removeItem(at: checkpoint(imagesSeen: imagesSeen))
        }
    }

    /// Removes the checkpoints of a future that the run has gone back from.
    /// - Throws: what the file system throws: such a checkpoint must not be taken up.
    func discardCheckpoints(after imagesSeen: Int) throws {
        for later in checkpoints() where later > imagesSeen {
            try FileManager.default.removeItem(at: checkpoint(imagesSeen: later))
        }
    }

    private static func padded(_ imagesSeen: Int) -> String { String(format: "%09d", imagesSeen) }

    private static func check(_ given: TrainingRecipe, against stored: TrainingRecipe, run: URL) throws {
        if let found = try difference(given.withoutCache, stored.withoutCache, apartFrom: changeableKeys) {
            throw TrainingError.recipeDiffers(
                run: run, key: found.key, stored: found.other, given: found.value)
        }
    }

    /// The first key in which two recipes differ, with its value in each; nil when they are the same.
    static func difference(
        _ recipe: TrainingRecipe, _ other: TrainingRecipe, apartFrom ignored: Set<String> = []
    ) throws -> (key: String, value: String, other: String)? {
        guard
            let left = try JSONSerialization.jsonObject(with: Data(recipe.json().utf8))
                as? [String: NSObject],
            let right = try JSONSerialization.jsonObject(with: Data(other.json().utf8)) as? [String: NSObject]
        else { return nil }
        return Set(left.keys).union(right.keys).subtracting(ignored).sorted()
            .first { left[$0] != right[$0] }
            .map { ($0, text(of: left[$0]), text(of: right[$0])) }
    }
    private static func text(of value: NSObject?) -> String {
        guard let value else { return "absent" }
        let data = try? JSONSerialization.data(
            withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\(value)"
    }
}

extension TrainingRecipe {
    /// What decides the weights: the folders of decoded pictures and of latents do not.
    var withoutCache: TrainingRecipe {
        var recipe = self
        (recipe.data.cache, recipe.data.latentCache) = (nil, nil)
        return recipe
    }
}
