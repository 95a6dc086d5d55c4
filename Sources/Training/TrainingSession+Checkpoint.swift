import Checkpoints
import DurableFiles
public import Foundation
import Layers
import Optimizers
import Tensors

/// A checkpoint is a folder that appears whole or not at all: parameters, their average, both moments of the
/// optimiser, and the clock. Random streams and data order need no state: they derive from the clock.
extension TrainingSession {
    private struct Clock: Codable {
        var imagesSeen, updates: Int
    }
    private enum Part: String {
        case parameters, average, optimizer
        func file(in folder: URL) -> URL { folder.appending(path: rawValue + ".safetensors") }
    }

    /// Writes the state beside `url`, flushes it, and gives it that name.
    /// - Throws: `DurableFileError`, for a full disk say; an earlier checkpoint is untouched.
    public func save(to url: URL) throws {
        let clock = Clock(imagesSeen: imagesSeen, updates: optimizer.updates)
        try DurableFile.writeFolder(at: url) { folder in
            let parameters = zip(store.paths, store.tensors).map { (name: $0.description, tensor: $1) }
            try CheckpointWriter.write(parameters, to: Part.parameters.file(in: folder))
            let averages = zip(average.paths, average.tensors).map { (name: $0.description, tensor: $1) }
            try CheckpointWriter.write(averages, to: Part.average.file(in: folder))
            try CheckpointWriter.write(optimizer.state(), to: Part.optimizer.file(in: folder))
            try JSONEncoder().encode(clock).write(to: folder.appending(path: "clock.json"))
        }
    }

    /// Takes up the state that `save` wrote.
    /// - Throws: `WeightFileError`, `CheckpointError` or `TrainingError.unreadable` when it is damaged or belongs to
    ///   another network; parts may then be restored already, so another checkpoint must be restored or none used.
    public func restore(from url: URL) throws {
        let clockFile = url.appending(path: "clock.json")
        let clock: Clock
        do {
            clock = try JSONDecoder().decode(Clock.self, from: Data(contentsOf: clockFile))
        } catch {
            throw TrainingError.unreadable(file: clockFile, reason: "\(error)")
        }
        // All three are opened before anything is overwritten.
        let parameters = try Checkpoint(opening: Part.parameters.file(in: url))
        let averages = try Checkpoint(opening: Part.average.file(in: url))
        let moments = try Checkpoint(opening: Part.optimizer.file(in: url))
        try Autograd.disabled {
            for (path, leaf) in zip(store.paths, store.tensors) {
                try leaf.overwrite(with: parameters.tensor(named: path.description, shape: leaf.shape))
            }
            try average.restore { try averages.tensor(named: $0, shape: $1) }
            try optimizer.restore(updates: clock.updates) { try moments.tensor(named: $0, shape: $1) }
        }
        imagesSeen = clock.imagesSeen
    }
}
