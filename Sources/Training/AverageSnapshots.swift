import Checkpoints
import DurableFiles
public import Foundation
import Networks
import Optimizers
public import Recipes
import Tensors
import Tokenizers
import WeightFiles

/// The snapshots that a run keeps of its power averages: one file a moment, half precision, in `averages/`.
public struct AverageSnapshots: Sendable {
    /// The folder of the snapshots.
    public let folder: URL
    private static let format = "darkroom-averages-1"

    /// The snapshots of a run.
    public init(run: URL) { folder = run.appending(path: "averages", directoryHint: .isDirectory) }

    /// The images seen of every snapshot, earliest first.
    public var moments: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.compactMap { name -> Int? in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1] == "safetensors", parts[0].allSatisfy(\.isNumber) else {
                return nil
            }
            return Int(parts[0])
        }.sorted()
    }

    /// Bytes of all snapshots.
    public var bytes: Int {
        moments.reduce(0) { sum, moment in
            let facts = try? FileManager.default.attributesOfItem(atPath: file(at: moment).path)
            return sum + ((facts?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    /// The file of a moment.
    public func file(at imagesSeen: Int) -> URL {
        folder.appending(path: String(format: "%09d.safetensors", imagesSeen))
    }

    /// Makes the folder ready: pieces of files go, and snapshots of a future that a run taken up again has not seen yet.
    func prepare(after imagesSeen: Int) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try DurableFile.removeStalePartials(in: folder)
        for moment in moments where moment > imagesSeen {
            try FileManager.default.removeItem(at: file(at: moment))
        }
    }

    /// Writes the averages of this moment.
    func write(_ averages: [MovingAverage], widths: [Double], imagesSeen: Int) throws -> URL {
        let tensors = averages.enumerated().flatMap { index, average in
            average.named.map { (name: "\(index).\($0.name)", tensor: $0.tensor) }
        }
        let url = file(at: imagesSeen)
        try CheckpointWriter.write(
            tensors,
            metadata: [
                "format": Self.format, "images_seen": String(imagesSeen),
                "sigma_rel": widths.map { "\($0)" }.joined(separator: " "),
            ], as: { _, _ in .float16 }, to: url)
        return url
    }

    /// The averages that a file holds, and how to find them in it.
    private struct Opened {
        let checkpoint: Checkpoint
        let moments: [PowerProfile.Moment]
    }

    private func open(_ imagesSeen: Int) throws -> Opened {
        let url = file(at: imagesSeen)
        let checkpoint = try Checkpoint(opening: url)
        let widths = (checkpoint.file.metadata["sigma_rel"] ?? "").split(separator: " ").map { Double($0) }
        guard checkpoint.file.metadata["format"] == Self.format, !widths.isEmpty, imagesSeen > 0,
            widths.allSatisfy({ $0.map { $0 > 0 && $0 < 1 } ?? false })
        else { throw TrainingError.unreadable(file: url, reason: "it is no snapshot of averages.") }
        let moments = widths.compactMap { $0 }.map {
            PowerProfile.Moment(PowerProfile(sigmaRel: $0), imagesSeen: Double(imagesSeen))
        }
        return Opened(checkpoint: checkpoint, moments: moments)
    }

    /// What a reconstruction rests on.
    public struct Reconstruction: Sendable {
        /// The weights by name, single precision.
        let weights: [(name: String, tensor: Tensor)]
        /// Images seen at the moment asked for.
        public let imagesSeen: Int
        /// Snapshots used.
        public let snapshots: Int
        /// The factors, in the order of the snapshots and of the lengths in each.
        public let factors: [Double]
    }

    /// The average of any length at a moment, put together from the snapshots up to there by least squares.
    ///
    /// - Parameters:
    ///   - sigmaRel: the length wanted, 0.01 to 0.28.
    ///   - imagesSeen: the moment; nil for the latest snapshot.
    /// - Returns: the weights, and what they rest on.
    /// - Throws: `TrainingError.noSnapshots` when there are none up to the moment, or an error of reading.
    public func reconstruct(sigmaRel: Double, at imagesSeen: Int? = nil) throws -> Reconstruction {
        let all = moments
        let moment = imagesSeen ?? all.last ?? 0
        let used = all.filter { $0 <= moment }
        guard moment > 0, !used.isEmpty else {
            throw TrainingError.noSnapshots(folder: folder, imagesSeen: imagesSeen, found: all)
        }
        let opened = try used.map { try open($0) }
        let wanted = PowerProfile.Moment(PowerProfile(sigmaRel: sigmaRel), imagesSeen: Double(moment))
        let factors = try PowerProfile.factors(of: wanted, from: opened.flatMap(\.moments))
        guard let last = opened.last else {
            throw TrainingError.noSnapshots(folder: folder, imagesSeen: imagesSeen, found: all)
        }
        let names = last.checkpoint.file.entries.map(\.name)
            .filter { $0.hasPrefix("0.") }.map { String($0.dropFirst(2)) }.sorted()
        var weights: [(name: String, tensor: Tensor)] = []
        for name in names {
            let shape = try last.checkpoint.file.entry(named: "0." + name).shape
            var sum = try Tensor.zeros(shape)
            var place = 0
            for file in opened {
                for index in file.moments.indices {
                    let part = try file.checkpoint.tensor(named: "\(index).\(name)", shape: shape)
                    sum = try sum + part.to(.float32) * factors[place]
                    place += 1
                }
            }
            weights.append((name, sum))
        }
        return Reconstruction(weights: weights, imagesSeen: moment, snapshots: used.count, factors: factors)
    }

    /// Writes a reconstruction as a model that draws.
    /// - Throws: `DurableFileError` when it cannot be written.
    public static func write(
        _ reconstruction: Reconstruction, sigmaRel: Double, recipe: TrainingRecipe, vocabulary: Vocabulary,
        to url: URL
    ) throws {
        try DarkroomModelFile.write(
            parameters: reconstruction.weights,
            vectors: (vocabulary.vectors.quantized, vocabulary.vectors.scale), vocabulary: vocabulary.pieces,
            recipe: recipe.json(pretty: false),
            metadata: [
                "name": recipe.name, "images_seen": String(reconstruction.imagesSeen),
                "average_sigma_rel": "\(sigmaRel)",
            ], to: url)
    }
}
