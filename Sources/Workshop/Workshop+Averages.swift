import DurableFiles
import Foundation
import Recipes
import Training

/// A model put together from the averages that a run kept.
public struct AveragedModel: Codable, Equatable, Sendable {
    /// The file.
    public var path: String
    /// Its size.
    public var bytes: Int
    /// The length of the average, as a share of the images seen.
    public var sigmaRel: Double
    /// The moment of the run.
    public var imagesSeen: Int
    /// Snapshots that it was put together from.
    public var snapshots: Int
}

extension Workshop {
    /// Reconstructs the average of any length at any moment of a run that kept `powerAverages`.
    ///
    /// - Parameters:
    ///   - run: the run's folder.
    ///   - sigmaRel: the length, 0.01 to 0.28.
    ///   - imagesSeen: the moment; nil for the latest snapshot.
    ///   - output: the file to write; nil for one in the run's folder. A taken name gets a number.
    /// - Returns: what was written.
    /// - Throws: `WorkshopError`, `TrainingError.noSnapshots`, and what reading and writing throw.
    public func average(
        run: String, sigmaRel: Double, at imagesSeen: Int? = nil, to output: String? = nil
    ) async throws -> AveragedModel {
        guard (0.01...0.28).contains(sigmaRel) else {
            throw WorkshopError.badNumber(
                name: "--sigma-rel", expected: "a number from 0.01 to 0.28", found: "\(sigmaRel)")
        }
        let folder = surroundings.url(run, directoryHint: .isDirectory)
        let recipeFile = folder.appending(path: "recipe.json")
        let text: String
        do {
            text = try String(contentsOf: recipeFile, encoding: .utf8)
        } catch {
            throw WorkshopError.unreadable(recipeFile, reason: error.localizedDescription)
        }
        let recipe = try TrainingRecipe.decoded(from: text, named: recipeFile.lastPathComponent)
        let wanted =
            output.map { surroundings.url($0) }
            ?? folder.appending(path: "model-sigma-\(sigmaRel).safetensors")
        guard wanted.pathExtension.lowercased() == "safetensors" else {
            throw WorkshopError.wrongEnding(wanted, what: "a model", expected: [".safetensors"])
        }
        let finished = folder.appending(path: "model.safetensors")
        let words =
            FileManager.default.fileExists(atPath: finished.path)
            ? WordVectorSource.model(finished) : try wordVectors(for: recipe)
        return try await worker(for: "cpu").run { _ in
            let found = try AverageSnapshots(run: folder).reconstruct(sigmaRel: sigmaRel, at: imagesSeen)
            let file = DurableFile.firstFreeName(for: wanted)
            try AverageSnapshots.write(
                found, sigmaRel: sigmaRel, recipe: recipe, vocabulary: words.vocabulary(), to: file)
            return AveragedModel(
                path: file.path, bytes: ModelFootprint(of: file).bytes, sigmaRel: sigmaRel,
                imagesSeen: found.imagesSeen, snapshots: found.snapshots)
        }
    }
}
