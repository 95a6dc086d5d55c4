import Datasets
import Diffusion
import Images
import Layers
import Networks
import NoiseSchedules
import Recipes
import Tensors
import Tokenizers

extension TrainingSession {
    /// How the averaged model fares on examples, each at the same levels with the same noise every time.
    ///
    /// A model that is trained with self-conditioning is asked twice, as in training and in drawing: the second time it sees its
    /// first estimate. Nothing of the training changes, and neither captions nor pixels count differently from one another.
    /// The `count` noise levels are spread evenly along the schedule; `other` is asked instead of the averaged model.
    /// - Throws: `TensorError` from the engine.
    func heldOutLoss(_ examples: HostBatch, levels count: Int, with other: (any Learner)? = nil) throws
        -> HeldOutLoss
    {
        let model = try other ?? averagedLearner()
        let seeds = (0..<examples.count).map {
            RandomStream.derivedSeed(recipe.seed, purpose: "heldOut", index: $0)
        }
        var random = try RandomStream(seeds: seeds)
        let (samples, tokens) = (try model.samples(of: examples), try examples.tokens())
        let noise = try random.normal(Array(samples.shape.dropFirst())).channelsLast()
        var standing: [HeldOutLoss.Level] = []
        for level in (0..<count).map({ Self.level($0, of: count, along: objective.schedule) }) {
            var (loss, error) = (0.0, 0.0)
            for first in stride(from: 0, to: examples.count, by: recipe.batchSize) {
                let range = first..<min(first + recipe.batchSize, examples.count)
                let sample = try samples.slice(range).to(device)
                let noised = try objective.noised(
                    sample, epsilon: noise.slice(range).to(device),
                    levels: Array(repeating: level, count: range.count))
                let timesteps = try Tensor(noised.timesteps.map(Float.init), shape: [range.count]).to(device)
                let ids = try tokens.slice(range).to(device)
                let x =
                    try recipe.seesEstimates
                    ? withEstimate(of: model, noised, ids: ids, timesteps: timesteps) : noised.x
                let prediction = try Autograd.disabled {
                    try Autograd.autocast(to: autocastType, on: device) {
                        let text = try model.read(ids, ForwardContext())
                        return try model.predict(x, timesteps: timesteps, text: text, ForwardContext())
                    }
                }
                let guess = try recipe.target.convert(
                    prediction.to(.float32), to: .sample, x: noised.x, at: level)
                let errors = try (guess - sample).squared().flattened(from: 1).mean(1)
                loss += try objective.losses(of: prediction, for: noised).values(as: Double.self).reduce(0, +)
                error += try errors.values(as: Double.self).reduce(0, +)
            }
            standing.append(
                .init(
                    noiseShare: level.noiseShare, loss: loss / Double(examples.count),
                    error: error / Double(examples.count)))
        }
        return HeldOutLoss(imagesSeen: imagesSeen, levels: standing)
    }

    /// The middle of the `index`-th of `count` equal stretches of a schedule, at a whole timestep where there are no others.
    static func level(_ index: Int, of count: Int, along schedule: any NoiseSchedule) -> NoiseLevel {
        let grid = schedule.grid
        let timestep = grid.first + (Double(index) + 0.5) / Double(count) * (grid.last - grid.first)
        return schedule.level(at: grid.isDiscrete ? timestep.rounded() : timestep)
    }
}

extension HostBatch {
    /// Pictures with held-out combinations and their full captions, which training never shows.
    ///
    /// - Returns: nil when the recipe has no scenes.
    /// - Throws: `DatasetError` when the recipe asks for scenes that cannot be.
    static func heldOut(
        _ recipe: TrainingRecipe, count: Int, tokenizer: WordPieceTokenizer, tokens: Int
    ) throws -> HostBatch? {
        try heldOut(recipe, count: count, captions: CaptionTokens(tokenizer, count: tokens))
    }

    /// The same with captions read in any way.
    static func heldOut(
        _ recipe: TrainingRecipe, count: Int, captions: CaptionTokens
    ) throws -> HostBatch? {
        let resolution = recipe.data.resolution
        guard let data = recipe.data.scenes else { return nil }
        let options = SceneOptions(data, seed: recipe.seed, resolution: resolution)
        let world = try SceneWorld(options, split: .heldout)
        var (pixels, ids) = ([UInt8](), [Int64]())
        for index in 0..<count {
            let example = try world.example(at: index)
            guard example.image.channels == 3, example.image.width == resolution else {
                throw TrainingError.badExample(index: index, reason: "expected \(resolution) pixels in RGB.")
            }
            pixels += example.image.pixels
            let caption = world.scene(at: index).caption(.full)
            ids += captions.ids(caption)
        }
        return HostBatch(
            start: 0, count: count, resolution: resolution, pixels: pixels, pixelWeights: nil, ids: ids,
            labels: nil)
    }
}
