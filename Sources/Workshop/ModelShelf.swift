import Checkpoints
import Datasets
public import Foundation

/// The models at hand: those that ship with Darkroom and the user's own.
///
/// Looked for in the folders that `DARKROOM_MODELS` names (separated by colons), in `Models` of the current folder, in
/// `Models` beside the program and in each folder above it, and in `.darkroom/models` of the home folder. A model is a
/// file `NAME.safetensors` or `NAME.ckpt`, a folder `NAME` with `model.safetensors`, or a folder `NAME` in the layout
/// of diffusers, with `model_index.json`; one found first hides others of its name.
public struct ModelShelf: Sendable {
    private let surroundings: Surroundings

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// The folders that are looked through, whether they exist or not, first one first.
    public var folders: [URL] {
        var found: [URL] = []
        func add(_ folder: URL) {
            let folder = folder.standardizedFileURL
            if !found.contains(where: { $0.path == folder.path }) { found.append(folder) }
        }
        for path in (surroundings.environment["DARKROOM_MODELS"] ?? "").split(separator: ":") {
            add(surroundings.url(String(path), directoryHint: .isDirectory))
        }
        add(surroundings.currentFolder.appending(path: "Models", directoryHint: .isDirectory))
        for folder in surroundings.foldersAboveExecutable {
            add(folder.appending(path: "Models", directoryHint: .isDirectory))
        }
        add(surroundings.homeFolder.appending(path: ".darkroom/models", directoryHint: .isDirectory))
        return found
    }

    /// The models, in the order of the folders and of their names; the first one draws when none is named.
    public var models: [ModelReference] {
        var seen: Set<String> = []
        return folders.flatMap(Self.models).filter { seen.insert($0.name).inserted }
    }

    /// The model of a name, or at a path: a file, or a folder with `model.safetensors` or `model_index.json`.
    ///
    /// - Parameter wanted: nil for the model that draws when none is named.
    /// - Returns: its name and file.
    /// - Throws: `WorkshopError.unknownModel`, `WorkshopError.noModels`.
    public func model(_ wanted: String?) throws(WorkshopError) -> ModelReference {
        let models = models
        guard let wanted else {
            guard let first = models.first else { throw .noModels(folders: folders) }
            return first
        }
        if let model = models.first(where: { $0.name == wanted }) { return model }
        if let model = Self.model(at: surroundings.url(wanted)) { return model }
        throw .unknownModel(wanted, known: models.map(\.name))
    }

    /// The first model that Darkroom trained.
    var ownModel: ModelReference? { models.first { DarkroomModelFile.isOne($0.file) } }

    /// The merges of CLIP's vocabulary, for models that bring no tokenizer; nil where they are not at hand.
    var vocabulary: URL? {
        folders.map { $0.appending(path: "vocabularies/clip-merges.txt", directoryHint: .notDirectory) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The name of the probe that reads a world.
    static func probeName(of world: WorldName) -> String { world.rawValue + "-probe" }

    /// A probe by its name in the folders, or by its path; nil for the world's own.
    /// - Throws: `WorkshopError.noProbe`.
    func probe(_ wanted: String?, of world: WorldName) throws(WorkshopError) -> ModelReference {
        let name = wanted ?? Self.probeName(of: world)
        var places = folders.map {
            $0.appending(path: name + ".safetensors", directoryHint: .notDirectory)
        }
        if let wanted { places.append(surroundings.url(wanted, directoryHint: .notDirectory)) }
        let found = places.first {
            var isFolder = ObjCBool(false)
            return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
        guard let found else { throw .noProbe(name, of: world, folders: folders) }
        return ModelReference(name: found.deletingPathExtension().lastPathComponent, file: found)
    }

    private static func models(in folder: URL) -> [ModelReference] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().filter { !$0.hasPrefix(".") }
            .compactMap { model(at: folder.appending(path: $0)) }
            // A probe draws nothing. Only files of such a name are looked into, since there may be many.
            .filter { !$0.name.hasSuffix("probe") || !ProbeFile.isOne($0.file) }
    }

    private static func model(at url: URL) -> ModelReference? {
        var isFolder = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else { return nil }
        guard isFolder.boolValue else {
            return ["safetensors", "ckpt"].contains(url.pathExtension.lowercased())
                ? ModelReference(name: url.deletingPathExtension().lastPathComponent, file: url) : nil
        }
        let index = url.appending(path: "model_index.json", directoryHint: .notDirectory)
        if FileManager.default.fileExists(atPath: index.path) {
            return ModelReference(name: url.standardizedFileURL.lastPathComponent, file: url)
        }
        let file = url.appending(path: "model.safetensors", directoryHint: .notDirectory)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return ModelReference(name: url.standardizedFileURL.lastPathComponent, file: file)
    }
}

/// A model by name and file; nothing of it has been read.
public struct ModelReference: Hashable, Sendable {
    /// The name that `--model` takes.
    public let name: String
    /// The file of weights, or the folder in the layout of diffusers.
    public let file: URL

    /// A model's name, and its file or folder.
    public init(name: String, file: URL) { (self.name, self.file) = (name, file) }
}
