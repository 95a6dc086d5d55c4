import Checkpoints
import Diffusion
import Foundation
import Layers
import Networks
import NoiseSchedules
import Recipes
import Tensors

extension DrawingCost {
    /// The cost of drawing with one of Darkroom's own models.
    static func darkroom(
        _ request: GenerationRequest, _ model: URL, _ type: DType
    ) throws -> DrawingCost {
        let file = try DarkroomModelFile(opening: model, weightType: type)
        let recipe = try TrainingRecipe.decoded(from: file.recipe, named: model.lastPathComponent)
        let (quantized, scale) = try file.vectors()
        let side = recipe.data.resolution
        let defaults = DarkroomPipeline.defaults(resolution: side)
        let filled = request.filled(from: defaults)
        let tally = Tally()
        // Single precision, as what flows between the products is.
        let parameters = ShapedParameters(.float32, outOf: tally)
        let network = try TextToImageModel(
            ParameterScope(parameters), choice: recipe.model, resolution: side,
            vectors: WordVectors(quantized: quantized, scale: scale), seesEstimates: recipe.seesEstimates)
        let batch = filled.guidance.scale ?? defaults.guidanceScale == 1 ? 1 : 2
        let shape = [batch, 3, filled.height ?? side, filled.width ?? side]
        try Autograd.disabled {
            try tally.counting {
                let text = try Tensor.full(
                    [batch, network.text.tokens, network.text.width], 0, device: .meta)
                _ = try network.network(
                    Tensor.full(shape, 0, device: .meta).channelsLast(),
                    timestep: Tensor.full([batch], 0, device: .meta), text: text, ForwardContext())
            }
        }
        let plan = try SamplingPlan(
            steps: filled.steps ?? defaults.steps, over: recipe.schedule.make(),
            sampler: filled.sampler ?? defaults.sampler, spacing: filled.spacing ?? .trailing)
        let pictures = max(1, request.seeds.count)
        let work = GenerationPlan.Work(
            calls: try calls(along: plan) * pictures, pictures: pictures,
            networkOperations: tally.counts.operations, networkBytes: tally.counts.movedBytes,
            decodingOperations: 0, decodingBytes: 0)
        return DrawingCost(
            weights: parameters.bytes(matrixBytes: type.byteCount) + quantized.count + 4 * scale.count,
            network: tally.counts.peakBytes, decoding: 0, work: work, request: filled)
    }
}
