import Checkpoints
import Diagnostics
import Foundation
public import Recipes
import Tensors

/// What stands in a model's file.
public struct ModelDescription: Codable, Equatable, Sendable {
    /// The name that `--model` takes.
    public var name: String
    /// The file or folder.
    public var path: String
    /// The kind of model, as people write it, such as `Stable Diffusion 1.x`.
    public var family: String
    /// Its size.
    public var bytes: Int
    /// Numbers that training set; nil where that is not known without reading everything.
    public var parameters: Int?
    /// The kind of network: `unet`, `pixelTransformer`; of other families the parts at hand.
    public var network: String
    /// Pixels a side that it was trained at; nil where its files do not say.
    public var resolution: Int?
    /// Images that training showed it.
    public var imagesSeen: Int?
    /// Word pieces that it knows, of a model that Darkroom trained.
    public var vocabulary: Int?
    /// What it is: `model`, `component`, `adapter`, `embedding`, `darkroom`, `tensors`.
    public var kind = "darkroom"
    /// The container: `folder`, `safetensors`, `torch`.
    public var format: String?
    /// The networks of a model that others trained.
    public var parts: [PartDescription]?
    /// What the network predicts, such as `epsilon`, `v_prediction`.
    public var prediction: String?
    /// How many weights an adapter changes, and the ranks of its matrices.
    public var places: Int?
    /// See `places`.
    public var ranks: [Int]?
    /// The words that an embedding brings.
    public var tokens: [String]?
    /// What the trainer noted in the file besides.
    public var metadata: [String: String]
    /// The recipe that it was trained with, of a model that Darkroom trained.
    public var recipe: TrainingRecipe?
    /// The SHA-256 of a file of up to 256 MiB, when asked for.
    public var sha256: String?
    /// What other models are known again by, when asked for; see `ModelMark`.
    public var fingerprint: String?
}

/// One network of a model.
public struct PartDescription: Codable, Equatable, Sendable {
    /// Its name in the layout of diffusers.
    public var name: String
    /// Its number of parameters.
    public var parameters: Int
    /// The formats of its tensors, such as `F16`.
    public var types: [String]
    /// The files that hold it.
    public var files: [String]
}

/// A file on the shelf and what could be read of it.
public struct ShelfEntry: Codable, Equatable, Sendable {
    /// The name that `--model` takes.
    public var name: String
    /// The file.
    public var path: String
    /// What stands in it; nil when it cannot be read.
    public var model: ModelDescription?
    /// Why it cannot be read.
    public var problem: String?
}

extension Workshop {
    /// Every file on the shelf, those that cannot be read with the reason.
    public func shelfEntries() -> [ShelfEntry] {
        shelf.models.map { reference in
            do {
                return ShelfEntry(
                    name: reference.name, path: reference.file.path, model: try describe(reference))
            } catch {
                return ShelfEntry(
                    name: reference.name, path: reference.file.path, problem: Self.sentence(for: error))
            }
        }
    }

    /// What stands in a model's file.
    ///
    /// - Parameter name: a name on the shelf or a path; nil for the model that draws when none is named.
    /// - Returns: its description, with what it is known again by.
    /// - Throws: `WorkshopError.unknownModel`, or why the file cannot be read.
    public func model(named name: String?) throws -> ModelDescription {
        let reference = try anyFile(name)
        var description = try describe(reference)
        let mark = try ModelFootprint(of: reference.file).mark()
        (description.sha256, description.fingerprint) = (mark.sha256, mark.fingerprint)
        return description
    }

    /// A model of the shelf, or whatever stands at a path: adapters and learned words are no models to draw with.
    func anyFile(_ name: String?) throws -> ModelReference {
        do {
            return try shelf.model(name)
        } catch {
            guard let name else { throw error }
            let url = surroundings.url(name)
            guard FileManager.default.fileExists(atPath: url.path) else { throw error }
            return ModelReference(name: url.deletingPathExtension().lastPathComponent, file: url)
        }
    }

    private func describe(_ reference: ModelReference) throws -> ModelDescription {
        guard DarkroomModelFile.isOne(reference.file) else { return try describeForeign(reference) }
        let file = try DarkroomModelFile(opening: reference.file, weightType: .float32)
        let recipe = try TrainingRecipe.decoded(from: file.recipe, named: reference.file.lastPathComponent)
        let facts = try FileManager.default.attributesOfItem(atPath: reference.file.path)
        let network =
            switch recipe.model {
            case .unet: "unet"
            case .pixelTransformer: "pixelTransformer"
            }
        return ModelDescription(
            name: reference.name, path: reference.file.path, family: ModelFamily.darkroom.title,
            bytes: facts[.size] as? Int ?? 0,
            parameters: file.parameterCount, network: network, resolution: recipe.data.resolution,
            imagesSeen: file.metadata["images_seen"].flatMap { Int($0) }, vocabulary: file.vocabulary.count,
            metadata: file.metadata.filter { !["recipe", DarkroomModelFile.format.key].contains($0.key) },
            recipe: recipe)
    }

    /// What others made: a model, a part of one, an adapter, learned words.
    private func describeForeign(_ reference: ModelReference) throws -> ModelDescription {
        let found = try FileDescription(of: reference.file)
        let isModel = found.kind == .model || found.kind == .component
        let files = isModel ? try ModelFiles(opening: reference.file) : nil
        func configuration(_ part: ModelPart) -> [String: Any] {
            let object = (try? files?.configuration(of: part)).flatMap {
                try? JSONSerialization.jsonObject(with: $0)
            }
            return object as? [String: Any] ?? [:]
        }
        let side = configuration(.unet)["sample_size"] as? Int
        let levels = (configuration(.autoencoder)["block_out_channels"] as? [Any])?.count
        let parameters = found.parts.reduce(0) { $0 + $1.parameters }
        return ModelDescription(
            name: reference.name, path: reference.file.path,
            family: found.family?.title ?? found.kind.rawValue,
            bytes: ModelFootprint(of: reference.file).bytes, parameters: isModel ? parameters : nil,
            network: isModel ? found.parts.map(\.name).joined(separator: " + ") : "\(found.tensors) tensors",
            resolution: side.flatMap { side in levels.map { side << max(0, min(16, $0 - 1)) } },
            imagesSeen: nil, vocabulary: nil, kind: found.kind.rawValue, format: found.format,
            parts: isModel
                ? found.parts.map {
                    PartDescription(
                        name: $0.name, parameters: $0.parameters, types: $0.types, files: $0.files)
                } : nil,
            prediction: found.prediction, places: found.places,
            ranks: found.ranks.isEmpty ? nil : found.ranks, tokens: found.tokens.isEmpty ? nil : found.tokens,
            metadata: found.metadata, recipe: nil)
    }

    /// An error as one sentence.
    static func sentence(for error: any Error) -> String {
        (error as? any ActionableError)?.summary ?? "\(error)"
    }
}
