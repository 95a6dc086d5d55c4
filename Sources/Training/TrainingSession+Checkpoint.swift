import Checkpoints
import DurableFiles
public import Foundation
import Layers
import Optimizers
import Tensors

/// A checkpoint is a folder that appears whole or not at all: parameters, their average, both moments of the
/// optimiser, and the clock. Random streams and data order need no state: they derive from the clock.
extension TrainingSession {
    /// Numbers beside the tensors; checkpoints of earlier versions have the first two only.
    struct Clock: Codable {
        var imagesSeen, updates: Int
        var rollbacks, skippedInARow: Int?

        /// The clock of a checkpoint.
        init(of checkpoint: URL) throws {
            let file = checkpoint.appending(path: "clock.json")
            do {
                self = try JSONDecoder().decode(Clock.self, from: Data(contentsOf: file))
            } catch {
                throw TrainingError.unreadable(file: file, reason: "\(error)")
            }
        }
        init(imagesSeen: Int, updates: Int, rollbacks: Int, skippedInARow: Int) {
            (self.imagesSeen, self.updates) = (imagesSeen, updates)
            (self.rollbacks, self.skippedInARow) = (rollbacks, skippedInARow)
        }
    }
    private enum Part: String {
        case parameters, average, averages, optimizer
        func file(in folder: URL) -> URL { folder.appending(path: rawValue + ".safetensors") }
    }
    /// The averages beside the first, with what stands before their names in the file that they share.
    private var furtherAverages: [(prefix: String, average: MovingAverage)] {
        averages.enumerated().dropFirst().map { ("average.\($0).", $1) }
            + powers.enumerated().map { ("power.\($0).", $1) }
    }

    /// Writes the state beside `url`, flushes it, and gives it that name.
    /// - Throws: `DurableFileError`, for a full disk say; an earlier checkpoint is untouched.
    public func save(to url: URL) throws {
        let clock = Clock(
            imagesSeen: imagesSeen, updates: optimizer.updates, rollbacks: rollbacks,
            skippedInARow: skippedInARow)
        try DurableFile.writeFolder(at: url) { folder in
            let parameters = zip(store.paths, store.tensors).map { (name: $0.description, tensor: $1) }
            try CheckpointWriter.write(parameters, to: Part.parameters.file(in: folder))
            try CheckpointWriter.write(average.named, to: Part.average.file(in: folder))
            let further = furtherAverages
            if !further.isEmpty {
                let tensors = further.flatMap { prefix, average in
                    average.named.map { (name: prefix + $0.name, tensor: $0.tensor) }
                }
                try CheckpointWriter.write(tensors, to: Part.averages.file(in: folder))
            }
            try CheckpointWriter.write(optimizer.state(), to: Part.optimizer.file(in: folder))
            try JSONEncoder().encode(clock).write(to: folder.appending(path: "clock.json"))
        }
    }

    /// Takes up the state that `save` wrote.
    /// - Throws: `WeightFileError`, `CheckpointError` or `TrainingError.unreadable` when it is damaged or belongs to
    ///   another network; parts may then be restored already, so another checkpoint must be restored or none used.
    public func restore(from url: URL) throws {
        let clock = try Clock(of: url)
        // All are opened before anything is overwritten.
        let parameters = try Checkpoint(opening: Part.parameters.file(in: url))
        let averages = try Checkpoint(opening: Part.average.file(in: url))
        let moments = try Checkpoint(opening: Part.optimizer.file(in: url))
        let further = furtherAverages
        let furtherFile =
            further.isEmpty ? nil : try Checkpoint(opening: Part.averages.file(in: url))
        try Autograd.disabled {
            for (path, leaf) in zip(store.paths, store.tensors) {
                try leaf.overwrite(with: parameters.tensor(named: path.description, shape: leaf.shape))
            }
            try average.restore { try averages.tensor(named: $0, shape: $1) }
            if let furtherFile {
                for (prefix, average) in further {
                    try average.restore { try furtherFile.tensor(named: prefix + $0, shape: $1) }
                }
            }
            try optimizer.restore(updates: clock.updates) { try moments.tensor(named: $0, shape: $1) }
        }
        imagesSeen = clock.imagesSeen
        (rollbacks, skippedInARow) = (clock.rollbacks ?? 0, clock.skippedInARow ?? 0)
    }
}
