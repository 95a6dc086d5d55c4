import Checkpoints
import Foundation
import Layers
import Networks
import Recipes
import Tensors

extension Trainer {
    /// The weights that a recipe starts from; nil for random ones.
    static func initialParameters(for recipe: TrainingRecipe) throws -> (any ParameterSource & Sendable)? {
        try recipe.initialWeights.map { try initialParameters(URL(filePath: $0), for: recipe) }
    }

    /// The weights of a model's file; those of a U-Net with fewer levels become the deepest levels.
    func initialParameters(_ file: URL) throws -> any ParameterSource & Sendable {
        try Self.initialParameters(file, for: recipe)
    }

    private static func initialParameters(
        _ file: URL, for recipe: TrainingRecipe
    ) throws -> any ParameterSource & Sendable {
        let model = try DarkroomModelFile(opening: file, weightType: .float32)
        let trained = try TrainingRecipe.decoded(from: model.recipe, named: file.lastPathComponent)
        let fresh = TrainingSession.freshParameters(recipe)
        var weights = model.weights
        if recipe.seesEstimates, !trained.seesEstimates {
            // Zeros for the new channels: the network begins with what it knew.
            weights = EnlargedParameters(weights, fresh: ZeroParameters()) { path, shape in
                guard TextToImageModel.seesPictures(path) else { return shape }
                var old = shape
                old[1] /= 2
                return old
            }
        }
        let hasReader = trained.captionReading != nil
        let (before, now) = (CaptionQuestions(trained.data), CaptionQuestions(recipe.data))
        let tokens = trained.model.text.tokens
        weights = EnlargedParameters(weights, fresh: fresh) { path, shape in
            CaptionTeacher.shape(of: path, now: shape, before, now)
                ?? (TextTransformer.isPerToken(path) && tokens < shape[1]
                    ? [shape[0], tokens, shape[2]] : shape)
        }
        guard case .unet(let old) = trained.model, case .unet(let new) = recipe.model else {
            return ExtendedParameters(weights, fresh: fresh) { !hasReader && CaptionTeacher.owns($0) }
        }
        weights = ExtendedParameters(weights, fresh: fresh) {
            !hasReader && CaptionTeacher.owns($0) || !old.positions && UNet.tellsPosition($0)
        }
        guard new.channels.count > old.channels.count else { return weights }
        return GrownUNetParameters(
            growing: weights, by: new.channels.count - old.channels.count, fresh: fresh)
    }
}
