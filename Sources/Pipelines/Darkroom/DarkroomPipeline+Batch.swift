public import Diffusion
public import Images
import Networks
public import Recipes
import Tensors
import Tokenizers

extension DarkroomPipeline {
    /// Draws a picture a prompt, all together: for measuring, where hundreds are wanted.
    ///
    /// Every picture has the noise of its own seed, as if drawn alone. Sums over a batch are rounded in another order than
    /// over one picture, though, so the pictures are equal to those drawn alone but for rounding.
    /// - Parameters:
    ///   - prompts: at least one.
    ///   - seeds: as many as prompts.
    ///   - request: everything else; its own prompt and seeds do not count.
    ///   - onStep: called after each step with the whole batch; what it throws ends the drawing.
    /// - Returns: the pictures in the order of the prompts.
    /// - Throws: `PipelineError` when the model cannot draw what is asked for, or when there are not as many seeds as
    ///   prompts.
    public func pictures(
        of prompts: [String], seeds: [UInt64], _ request: GenerationRequest,
        onStep: (SamplerStep) throws -> Void = { _ in }
    ) throws -> [Image] {
        guard !prompts.isEmpty, prompts.count == seeds.count else {
            throw PipelineError.latentShape(expected: [prompts.count], found: [seeds.count])
        }
        let request = try resolved(request, .init())
        let plan = try plan(request)
        let shape = try latentShape(request)
        let negative = try encode(request.negativePrompt)
        let conditioning = Conditioning(
            prompt: try Tensor.concatenated(prompts.map { try encode($0) }),
            negative: try Tensor.concatenated(prompts.map { _ in negative }))
        var random = try RandomStream(seeds: seeds)
        let epsilon = try random.normal(shape)
        let start = PictureStart(x: try epsilon * plan.startScale, epsilon: epsilon)
        let end = try walk(
            for: conditioning, request, .init(), along: plan, from: start, random: &random, onStep: onStep)
        return try prompts.indices.map { try decode(end.slice($0..<$0 + 1)) }
    }

    /// True when the text encoder reads only the beginning of a prompt.
    public func cutsOff(_ prompt: String) -> Bool {
        tokenizer.encode(prompt, limit: 4 * model.text.tokens).count > model.text.tokens
    }
}
