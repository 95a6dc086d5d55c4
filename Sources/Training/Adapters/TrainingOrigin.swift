import Checkpoints
import Datasets
public import Foundation
import Layers
public import Recipes
import Tensors

/// What a run begins with: words for a network of its own, or a model that an adapter stands beside.
public enum TrainingOrigin: Sendable {
    /// All weights are trained; captions are read with these words.
    case words(Vocabulary)
    /// An adapter is trained.
    case base(AdapterBase)

    /// The recipe with what the origin decides.
    /// - Throws: see `AdapterBase.completed`.
    public func completed(_ recipe: TrainingRecipe) throws -> TrainingRecipe {
        if case .base(let base) = self { return try base.completed(recipe) }
        guard recipe.adapter == nil else {
            throw TrainingError.unusableBase(
                URL(filePath: recipe.initialWeights ?? "."),
                reason: "the run was begun with words alone, and an adapter needs TrainingOrigin.base.")
        }
        return recipe
    }

    /// The words of Darkroom's own networks; nil for others.
    /// - Throws: `CheckpointError` for a damaged model.
    public func vocabulary() throws -> Vocabulary? {
        switch self {
        case .words(let vocabulary): vocabulary
        case .base(let base): try base.isOwn ? base.words() : nil
        }
    }

    /// What a finished run leaves: the model's file, or the adapter's file or folder.
    public func result(of recipe: TrainingRecipe, in run: URL) -> URL {
        guard case .base(let base) = self, let plan = recipe.adapter else {
            return run.appending(path: "model.safetensors")
        }
        return run.appending(path: AdapterToWrite.name(base.style(plan)))
    }

    /// A session that has learnt nothing; `latents` keeps what an autoencoder says of pictures.
    func session(
        _ recipe: TrainingRecipe, initial: (any ParameterSource & Sendable)? = nil,
        latents: LatentCache? = nil, device: Device
    ) throws -> TrainingSession {
        switch self {
        case .words(let vocabulary):
            try TrainingSession(recipe, vectors: vocabulary.vectors, initial: initial, device: device)
        case .base(let base):
            try TrainingSession(recipe, adapting: base, latents: latents, device: device)
        }
    }

    /// How captions become ids.
    func captions(for session: TrainingSession) throws -> CaptionTokens {
        switch self {
        case .words(let vocabulary): CaptionTokens(vocabulary.tokenizer, count: session.tokens)
        case .base(let base): try base.captions(for: session)
        }
    }

    /// The weights that a recipe starts from; nil for random ones, and for adapters, which always begin with nothing.
    func initialParameters(for recipe: TrainingRecipe) throws -> (any ParameterSource & Sendable)? {
        if case .base = self { return nil }
        return try Trainer.initialParameters(for: recipe)
    }

    /// Writes what a session has learnt, an average's file each.
    func export(_ session: TrainingSession, to run: RunFolder) throws {
        switch self {
        case .words(let vocabulary): try session.exportModels(with: vocabulary, to: run)
        case .base(let base): try session.exportAdapters(beside: base, to: run)
        }
    }
}
