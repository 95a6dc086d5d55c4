import Diffusion
import Foundation
import Networks
public import Recipes
import Tensors
import Tokenizers

extension StableDiffusionPipeline {
    /// What the U-Net gets from prompt and negative prompt, stage by stage.
    public struct Conditioning: Sendable {
        /// In order; the last one holds to the end.
        let stages: [ConditioningStage]

        /// What holds in a step, counted from 0.
        func stage(atStep step: Int) -> ConditioningStage? { stages.first { step < $0.end } ?? stages.last }
    }

    /// What the U-Net gets during some steps.
    struct ConditioningStage: Sendable {
        /// How many steps are over when it ends.
        let end: Int
        /// The prompt alone; nil where it has several parts.
        let alone: PromptBatch?
        /// The negative prompt, then the parts of the prompt; nil where nothing is guided.
        let together: PromptBatch?
        /// How much each part of the prompt counts.
        let weights: [Double]
    }

    /// Prompts as the U-Net takes them.
    final class PromptBatch: Sendable {
        /// `[batch, tokens, width]`.
        let embedding: Tensor
        /// Keys and values of all layers.
        let prepared: PreparedText
        /// What XL adds.
        let added: AddedConditioning?
        /// The embedded guidance scale, for networks that know it.
        let guidance: Tensor?

        init(
            embedding: Tensor, prepared: PreparedText, added: AddedConditioning?, guidance: Tensor?
        ) {
            (self.embedding, self.prepared) = (embedding, prepared)
            (self.added, self.guidance) = (added, guidance)
        }
    }

    /// Prompt and negative prompt → what the U-Net gets from them.
    ///
    /// As in diffusers, `clip skip` counts for the prompt, and the negative prompt is read as the model was made for.
    /// - Throws: `NetworkError`, `TensorError`.
    public func condition(_ request: GenerationRequest) throws -> Conditioning {
        try condition(request, steps: plan(request).levels.count - 1)
    }

    /// What the U-Net gets during so many steps.
    func condition(_ request: GenerationRequest, steps: Int) throws -> Conditioning {
        let isPlain = request.grammar == .plain
        let prompt = PromptText(request.prompt, grammar: isPlain ? .plain : .full).stages(steps: steps)
        let negative = PromptText(request.negativePrompt, grammar: isPlain ? .plain : .negative)
            .stages(steps: steps)
        return try computing(in: computeType) {
            var stages: [ConditioningStage] = []
            for end in Set(prompt.map(\.end) + negative.map(\.end)).sorted() {
                let parts = prompt.first { end <= $0.end }?.parts ?? []
                let spans = negative.first { end <= $0.end }?.parts.first?.spans ?? []
                stages.append(try stage(end: end, parts, negative: spans, request))
            }
            return Conditioning(stages: stages)
        }
    }

    private func stage(
        end: Int, _ parts: [PromptPart], negative: [PromptSpan], _ request: GenerationRequest
    ) throws -> ConditioningStage {
        let scale = request.guidance.scale ?? defaults.guidanceScale
        let isSimple = parts.count == 1 && parts[0].weight == 1
        let isGuided = scale > 1 && !traits.knowsGuidance || !isSimple
        let isCut = request.grammar == .plain
        let chunks = parts.map { text.chunks(of: $0.spans, isCut: isCut) }
        let ids = timeIDs(request)
        guard isGuided else {
            let prompts = try chunks.map { try text.encode($0, skip: request.clipSkip) }
            return ConditioningStage(
                end: end, alone: try batch(prompts, ids: ids, scale: scale), together: nil, weights: [1])
        }
        let even = text.evened([text.chunks(of: negative, isCut: isCut)] + chunks)
        let prompts = try even.dropFirst().map { try text.encode($0, skip: request.clipSkip) }
        let isNothing = negative.allSatisfy { $0.text.allSatisfy(\.isWhitespace) }
        let away =
            traits.zeroesEmptyPrompts && isNothing
            ? try prompts[0].zeroed() : try text.encode(even[0], skip: nil)
        let negativeIDs = timeIDs(request, isNegative: true)
        let together = try batch(
            [away] + prompts, ids: negativeIDs + prompts.flatMap { _ in ids }, scale: scale)
        let needsAlone = isSimple && request.guidance.interval != 0...1
        return ConditioningStage(
            end: end, alone: needsAlone ? try batch(prompts, ids: ids, scale: scale) : nil,
            together: together,
            weights: parts.map(\.weight))
    }

    private func batch(_ prompts: [EncodedPrompt], ids: [Float], scale: Double) throws -> PromptBatch {
        let embedding = try Tensor.concatenated(prompts.map(\.embedding))
        let pooled = prompts.compactMap(\.pooled)
        var added: AddedConditioning?
        if traits.hasSizes {
            guard pooled.count == prompts.count else {
                throw PipelineError.unusableModel(reason: "its larger text encoder has no projection")
            }
            added = AddedConditioning(
                timeIDs: try Tensor(ids, shape: [prompts.count, ids.count / prompts.count]).to(device),
                pooled: try Tensor.concatenated(pooled))
        }
        let guidance = try networks.unet.configuration.guidanceWidth.map {
            try Self.guidanceEmbedding(scale, width: $0).repeated(prompts.count).to(device)
        }
        return PromptBatch(
            embedding: embedding, prepared: try networks.unet.prepare(text: embedding), added: added,
            guidance: guidance)
    }

    /// The sizes that XL is told: rows before columns.
    private func timeIDs(_ request: GenerationRequest, isNegative: Bool = false) -> [Float] {
        guard traits.hasSizes else { return [] }
        let told = request.sizeConditioning ?? SizeConditioning()
        let size = [request.width ?? defaults.width, request.height ?? defaults.height]
        let score = isNegative ? told.negativeAestheticScore : told.aestheticScore
        let last = traits.hasScores ? [score] : (told.targetSize ?? size).reversed().map(Double.init)
        let first = (told.originalSize ?? size).reversed() + told.cropTopLeft.reversed()
        return (first.map(Double.init) + last).map(Float.init)
    }

    /// Sines and cosines of a guidance scale, `[1, width]`.
    ///
    /// Source: Meng et al. 2023, as latent consistency models have it: of 1000 · (scale − 1).
    static func guidanceEmbedding(_ scale: Double, width: Int) throws -> Tensor {
        let half = width / 2
        // Single precision throughout, since the reference's rounding shows at angles of thousands.
        let step = Float(log(Float(10_000))) / Float(half - 1)
        let frequencies = try (Tensor.range(to: Double(half)) * Double(-step)).exp()
        let angles = try (frequencies * Double(Float(scale - 1) * 1000)).reshaped(1, half)
        let waves = try Tensor.concatenated([angles.sin(), angles.cos()], along: 1)
        return width.isMultiple(of: 2) ? waves : try waves.padded(right: 1)
    }
}
