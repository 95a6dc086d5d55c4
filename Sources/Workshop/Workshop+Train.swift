public import Foundation
import Images
import Pipelines
public import Recipes
import Tensors
import Training

/// A training run as asked for: the recipe with its overrides, and the folder.
public struct TrainingPlan: Sendable {
    /// The recipe, every default spelled out.
    public let recipe: TrainingRecipe
    /// The run's folder.
    public let run: URL
    /// Which of several processes this one is; nil when it trains by itself.
    public let ranks: RankVariables?
}

extension Workshop {
    /// Reads a recipe and says where its run goes.
    ///
    /// - Parameters:
    ///   - path: the recipe's file.
    ///   - run: the run's folder; nil takes `runs/NAME` with the recipe's name.
    ///   - overrides: entries of the form `key=value`.
    /// - Returns: the recipe with every default spelled out, for an adapter with what its model decides, and the folder.
    /// - Throws: `TrainingError` when an adapter does not fit its model; `RecipeError` with the place of a mistake; `WorkshopError.unreadable`; `RankVariableError` when the
    ///   environment tells of other processes, but not all that is needed.
    public func plan(recipe path: String, run: String? = nil, overrides: [String] = []) throws -> TrainingPlan
    {
        let file = surroundings.url(path)
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw WorkshopError.unreadable(file, reason: error.localizedDescription)
        }
        var recipe = try TrainingRecipe.decoded(from: text, named: path).applying(overrides: overrides)
        if recipe.adapter != nil { recipe = try wordVectors(for: recipe).origin().completed(recipe) }
        return TrainingPlan(
            recipe: recipe, run: surroundings.url(run ?? "runs/" + recipe.name, directoryHint: .isDirectory),
            ranks: try RankVariables(environment: surroundings.environment))
    }

    /// Trains until all images are seen; the same plan again goes on where it stopped.
    ///
    /// - Parameters:
    ///   - plan: what to train, and where.
    ///   - device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
    ///   - threads: threads that one operation may use; nil leaves the choice to the machine.
    ///   - onEvent: called on the device's thread, in order, in rank 0 of several; the same events stand in the run's
    ///     `events.jsonl`.
    /// - Returns: the file of the finished model; of an adapter its file or folder.
    /// - Throws: `CancellationError` within one update of the task's cancelling, after the state has been saved;
    ///   otherwise what stops the run.
    @discardableResult
    public func train(
        _ plan: TrainingPlan, device: String = "auto", threads: Int? = nil,
        onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) async throws -> URL {
        var device = device
        if device.lowercased() == "auto", let ranks = plan.ranks {
            device = ranks.automaticDevice(among: Device.available)
        }
        let worker = try await worker(for: device, threads: threads)
        let words = try wordVectors(for: plan.recipe)
        let (surroundings, now) = (self.surroundings, self.surroundings.now)
        return try await worker.run { worker in
            let device = worker.device
            let origin = try words.origin()
            let vocabulary = try origin.vocabulary()
            let ranks = Ranks(try plan.ranks.map { try ProcessGroup($0.place) })
            let trainer = try Trainer(
                plan.recipe, run: plan.run, origin: origin, device: device, ranks: ranks,
                locate: { surroundings.url($0) }, now: { now().timeIntervalSince1970 },
                adapterPreview: { adapter, recipe, side in
                    try SampleSheet(recipe).image(
                        words.pipeline(recipe, adding: adapter, on: device), resolution: side)
                }
            ) { model, recipe, side in
                guard let vocabulary else { throw WorkshopError.noWordVectors(folders: []) }
                let pipeline = try DarkroomPipeline(
                    model: model, recipe: recipe, tokenizer: vocabulary.tokenizer,
                    computeType: DarkroomPipeline.computeType(for: recipe.precision, on: device),
                    device: device)
                return try SampleSheet(recipe).image(pipeline, resolution: side)
            }
            try trainer.run(isCancelled: { Task.isCancelled }, onEvent: onEvent)
            return origin.result(of: plan.recipe, in: plan.run)
        }
    }
}

/// The sheet of pictures that training draws now and then: one column a prompt, one row a seed, always the same noise.
struct SampleSheet {
    private let recipe: TrainingRecipe

    init(_ recipe: TrainingRecipe) { self.recipe = recipe }

    /// Draws the sheet at the size of the stage that training is in.
    func image(_ pipeline: some Pipeline, resolution: Int) throws -> Image {
        let plan = recipe.samples
        // Networks that draw one size only draw the one they were built for.
        let sized = GenerationRequest(prompt: "", width: resolution, height: resolution)
        let side = (try? pipeline.resolved(sized, .init())) == nil ? nil : resolution
        var cells: [ImageGrid.Cell] = []
        for prompt in plan.prompts {
            let request = GenerationRequest(
                prompt: prompt, guidance: GuidanceChoice(scale: plan.guidanceScale), width: side,
                height: side,
                steps: plan.steps, seeds: plan.seeds)
            cells += try pipeline.generate(request).map { ImageGrid.Cell($0, caption: prompt) }
        }
        var grid = ImageGrid(
            cells, columns: plan.seeds.count * max(1, 8 / plan.seeds.count), title: recipe.name)
        let shown = max(resolution, 128 / resolution * resolution)
        grid.cellSize = (shown, shown)
        return try grid.image()
    }
}
