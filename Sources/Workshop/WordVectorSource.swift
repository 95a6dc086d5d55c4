import Checkpoints
import Foundation
import Pipelines
import Recipes
import Tensors
import Training

/// Where a training run takes its words from.
enum WordVectorSource: Sendable {
    /// The folder that bootstrap filled.
    case miniLM(URL)
    /// A finished model.
    case model(URL)
    /// The model that an adapter is trained beside.
    case base(AdapterBase)

    /// Reads the words.
    func vocabulary() throws -> Vocabulary {
        switch self {
        case .miniLM(let folder): try Vocabulary(miniLM: folder)
        case .model(let file): try Vocabulary(of: DarkroomModelFile(opening: file, weightType: .float32))
        case .base(let base): try base.words()
        }
    }

    /// The Stable Diffusion model that an adapter is trained beside, with the adapter.
    func pipeline(_ recipe: TrainingRecipe, adding adapter: URL, on device: Device) throws
        -> StableDiffusionPipeline
    {
        guard case .base(let base) = self else { throw WorkshopError.noWordVectors(folders: []) }
        return try StableDiffusionPipeline(
            opening: base.url,
            ModelOptions(
                precision: recipe.precision, adapters: [.init(file: adapter, scale: 1)],
                vocabulary: base.vocabulary), on: device)
    }

    /// What a run begins with.
    func origin() throws -> TrainingOrigin {
        if case .base(let base) = self { return .base(base) }
        return .words(try vocabulary())
    }
}

extension Workshop {
    /// The folders in which the word vectors of bootstrap may lie, first one first.
    var wordVectorFolders: [URL] { bootstrapFolders("minilm", variable: "DARKROOM_WORDS") }

    /// The network in whose features distances are measured, where bootstrap or somebody else has put it.
    ///
    /// `DARKROOM_FEATURES` names another folder.
    var featureNetworkFile: URL? {
        bootstrapFolders("efficientnet", variable: "DARKROOM_FEATURES").lazy
            .map { $0.appending(path: "efficientnet-lite0.pth", directoryHint: .notDirectory) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The places of a folder that bootstrap fills, first one first; an environment variable names one before all others.
    private func bootstrapFolders(_ name: String, variable: String) -> [URL] {
        let named = surroundings.environment[variable].map {
            [surroundings.url($0, directoryHint: .isDirectory)]
        }
        let places = [surroundings.currentFolder] + surroundings.foldersAboveExecutable
        return (named ?? []) + places.map { $0.appending(path: ".deps/\(name)", directoryHint: .isDirectory) }
            + [surroundings.homeFolder.appending(path: ".darkroom/\(name)", directoryHint: .isDirectory)]
    }

    /// The words for a run: those of the model that it starts from, else those of bootstrap, else those of the shipped
    /// model, which are the same.
    /// - Throws: `WorkshopError.noWordVectors`.
    func wordVectors(for recipe: TrainingRecipe) throws -> WordVectorSource {
        if let initial = recipe.initialWeights {
            let file = try shelf.model(initial).file
            guard recipe.adapter != nil else { return .model(file) }
            return .base(try AdapterBase(opening: file, vocabulary: shelf.vocabulary))
        }
        let folders = wordVectorFolders
        for folder in folders
        where FileManager.default.fileExists(atPath: folder.appending(path: "vocab.txt").path) {
            return .miniLM(folder)
        }
        if let model = shelf.ownModel { return .model(model.file) }
        throw WorkshopError.noWordVectors(folders: folders)
    }
}
