import Checkpoints
import Datasets
import Diffusion
import Foundation
import Layers
import Networks
import NoiseSchedules
import Recipes
import Tensors

extension TrainingSession {
    /// A session that trains an adapter beside a model; `recipe` is one that `AdapterBase.completed` gave.
    ///
    /// A is drawn from the recipe's seed and B is zero, so that the model begins as it is. `latents` keeps what an autoencoder
    /// says of pictures.
    /// - Throws: `TrainingError.unknownTarget` for names that no module has; what reading the model throws.
    convenience init(
        _ recipe: TrainingRecipe, adapting base: AdapterBase, latents: LatentCache? = nil, device: Device
    ) throws {
        let plan = recipe.adapter ?? AdapterPlan()
        let dropout = plan.dropout > 0 ? LowRankDropout(share: plan.dropout) : nil
        let store = ParameterStore(from: PlacedParameters(Self.freshParameters(recipe), on: device))
        switch base.kind {
        case .darkroom:
            let file = try DarkroomModelFile(opening: base.url, weightType: .float32)
            let (quantized, scale) = try file.vectors()
            let vectors = try WordVectors(quantized: quantized, scale: scale).placed(on: device)
            let model = AdaptedModel(
                frozen: FrozenParameters(PlacedParameters(file.weights, on: device)), dropout: dropout)
            func build(
                _ trained: any ParameterSource
            ) throws -> (network: TextToImageModel, places: [LowRankPlan.Place]) {
                let lowRank = model.plan(plan, from: trained) {
                    ["query", "key_value", "text_key_value", "qkv", "out"].contains($0.shortName)
                        && !AdapterTargets.isText($0)
                }
                let network = try TextToImageModel(
                    ParameterScope(model.frozen, lowRank: lowRank), choice: recipe.model,
                    resolution: recipe.data.resolution, vectors: vectors)
                return (network, lowRank.places)
            }
            let (network, places) = try build(store)
            try plan.targets.check(places.map(\.path))
            try self.init(
                recipe, store, learner: network, adapted: model, schedule: recipe.schedule.make(),
                device: device
            ) { try build($0).network }
        case .stableDiffusion(_, let scheduler):
            let files = try ModelFiles(
                opening: base.url,
                weightType: recipe.precision.trainsInBFloat16(on: device) ? .bfloat16 : .float32)
            let tokenizers = try base.clipTokenizers()
            let parts = try StableDiffusionLearner.Parts(files, dropout: dropout, device: device)
            let encoder = try LatentEncoder(
                base.url, seed: recipe.seed, cache: latents, device: device)
            func build(
                _ trained: any ParameterSource
            ) throws -> (learner: StableDiffusionLearner, places: [LowRankPlan.Place]) {
                try StableDiffusionLearner.built(
                    parts, encoder, plan, trained, tokenizers, resolution: recipe.data.resolution,
                    device: device)
            }
            let (learner, places) = try build(store)
            try plan.targets.check(places.map(\.path))
            try self.init(
                recipe, store, learner: learner, adapted: parts.unet, schedule: scheduler.schedule(),
                device: device
            ) { try build($0).learner }
        }
        let style = base.style(plan)
        let trained = zip(store.paths, store.tensors).map { (name: $0.description, tensor: $1) }
        try adapter(of: trained, beside: base, plan).check(style, base.url)
    }
}
