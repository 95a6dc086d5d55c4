import Checkpoints
import Diffusion
public import Foundation
import Layers
import Networks
public import Recipes
import Tensors
import Tokenizers

/// A model that an adapter is trained for: one of Darkroom's own, or one of the Stable Diffusion family.
public struct AdapterBase: Sendable {
    /// What kind of model it is, with what its makers say of it.
    enum Kind: Sendable {
        case darkroom(TrainingRecipe)
        case stableDiffusion(ModelFamily, SchedulerConfiguration)
    }
    /// The model's file or folder.
    public let url: URL
    let kind: Kind
    /// The merges of CLIP's vocabulary, for models that bring no tokenizer.
    public let vocabulary: URL?

    /// Looks at a model; its weights are read when a session begins.
    ///
    /// - Parameters:
    ///   - url: a Darkroom model's file, a folder in the layout of diffusers, or a single file.
    ///   - vocabulary: the merges of CLIP's vocabulary, for models that bring no tokenizer.
    /// - Throws: `WeightFileError`, `CheckpointError` or `RecipeError` when the files are not a sound model,
    ///   `TrainingError.unusableBase` for one that cannot be trained beside.
    public init(opening url: URL, vocabulary: URL? = nil) throws {
        (self.url, self.vocabulary) = (url, vocabulary)
        if DarkroomModelFile.isOne(url) {
            let file = try DarkroomModelFile(opening: url, weightType: .float32)
            kind = .darkroom(try TrainingRecipe.decoded(from: file.recipe, named: url.lastPathComponent))
            return
        }
        let files = try ModelFiles(opening: url)
        guard files.family != .stableDiffusionXLRefiner, files.parts.contains(.unet),
            files.parts.contains(.autoencoder), files.parts.contains(.textEncoder)
        else {
            throw TrainingError.unusableBase(
                url,
                reason: "it has \(files.parts.map(\.rawValue).joined(separator: ", ")); "
                    + "expected a U-Net, its autoencoder and its text encoders.")
        }
        let scheduler = try SchedulerConfiguration(json: files.scheduler, named: "scheduler_config.json")
        kind = .stableDiffusion(files.family, scheduler)
    }

    /// True for one of Darkroom's own models.
    var isOwn: Bool { if case .darkroom = kind { true } else { false } }

    /// How the adapter's file names things where the recipe does not say.
    func style(_ plan: AdapterPlan) -> AdapterStyle {
        switch plan.keys {
        case .kohya: .kohya
        case .diffusers: .diffusers
        case .peft: .peft
        case nil: isOwn ? .peft : .kohya
        }
    }

    /// The recipe with what the model decides: network, schedule and target.
    ///
    /// What the recipe leaves at its defaults becomes the model's; for Stable Diffusion that holds for noise levels and
    /// weighting, too, which become uniform.
    /// - Throws: `TrainingError.baseDiffers` where the recipe says something else than the model,
    ///   `TrainingError.unknownTarget` for names that no module has, `TrainingError.unusableBase`, and `RecipeError` where the rest of the recipe does not fit the model.
    public func completed(_ recipe: TrainingRecipe) throws -> TrainingRecipe {
        let usual = TrainingRecipe()
        var wanted = recipe
        switch kind {
        case .darkroom(let trained):
            guard recipe.data.latentCache == nil else {
                throw RecipeError.contradiction(
                    path: "data.latentCache",
                    problem:
                        "keeps latents, and `\(url.lastPathComponent)` has no autoencoder that makes any",
                    remedy: "leave it out; data.cache keeps decoded pictures")
            }
            (wanted.model, wanted.schedule, wanted.target) = (trained.model, trained.schedule, trained.target)
        case .stableDiffusion(_, let scheduler):
            guard let schedule = scheduler.schedule else {
                throw TrainingError.unusableBase(
                    url, reason: "a recipe has no words for the schedule that it was trained with.")
            }
            (wanted.schedule, wanted.target) = (schedule, scheduler.target)
            if recipe.weighting == usual.weighting { wanted.weighting = .uniform }
            if recipe.noiseLevels == usual.noiseLevels { wanted.noiseLevels = .uniform }
        }
        let fixed = [
            ("model", recipe.model == usual.model), ("schedule", recipe.schedule == usual.schedule),
            ("target", recipe.target == usual.target),
        ]
        let open = Set(fixed.filter(\.1).map(\.0)).union(["weighting", "noiseLevels"])
        if let found = try RunFolder.difference(recipe, wanted, apartFrom: open) {
            throw TrainingError.baseDiffers(url, key: found.key, model: found.other, given: found.value)
        }
        try recipe.adapter?.targets.check(modules())
        // The whole is checked again: a size that another network could draw may not fit this one.
        return try TrainingRecipe.decoded(from: wanted.json())
    }

    /// The modules that the model's files have weights for, of the networks that may learn.
    private func modules() throws -> [ParameterPath] {
        if isOwn {
            return try DarkroomModelFile(opening: url, weightType: .float32).modules.map { ParameterPath($0) }
        }
        let files = try ModelFiles(opening: url)
        return try files.parts.filter { $0 != .autoencoder }.flatMap { part in
            try files.modules(of: part).map { ParameterPath(part.rawValue).appending($0) }
        }
    }

    /// How captions become ids.
    func captions(for session: TrainingSession) throws -> CaptionTokens {
        switch kind {
        case .darkroom: CaptionTokens(try words().tokenizer, count: session.tokens)
        case .stableDiffusion: CaptionTokens(try clipTokenizers())
        }
    }

    /// The words of a Darkroom model.
    /// - Throws: `CheckpointError` for another model.
    public func words() throws -> Vocabulary {
        try Vocabulary(of: DarkroomModelFile(opening: url, weightType: .float32))
    }

    /// The tokenizers of the text encoders, first one first.
    func clipTokenizers() throws -> [CLIPTokenizer] {
        let files = try ModelFiles(opening: url)
        return try [(1, ModelPart.textEncoder, "tokenizer"), (2, .textEncoder2, "tokenizer_2")]
            .filter { files.parts.contains($0.1) }
            .map { number, _, name in
                let folder = url.appending(path: name)
                if FileManager.default.fileExists(atPath: folder.path) {
                    return try CLIPTokenizer(folder: folder)
                }
                guard let vocabulary, let merges = try? Data(contentsOf: vocabulary) else {
                    throw TrainingError.unusableBase(
                        url,
                        reason:
                            "it brings no tokenizer, and CLIP's vocabulary (clip-merges.txt) is not at hand.")
                }
                return try CLIPTokenizer(
                    merges: merges, settings: CLIPTokenizerSettings(padding: files.paddingToken(of: number)))
            }
    }
}
