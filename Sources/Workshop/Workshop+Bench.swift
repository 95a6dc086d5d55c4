import Diffusion
import Foundation
import Pipelines
public import Recipes
import Tensors
import Training

/// What one unit of work of a benchmark is.
public enum BenchStage: String, CaseIterable, Sendable {
    /// A whole picture from its prompt, 25 guided steps unless told otherwise; no file is written.
    case picture
    /// One call of the network with guidance, a batch of two.
    case unet
    /// The end of a walk made into pixels.
    case vae
    /// One update of training.
    case train
}

/// What one unit of work took.
public struct BenchResult: Codable, Equatable, Sendable {
    /// Seconds.
    public var s: Double
    /// Pictures made or learnt from; nil where that says nothing.
    public var images: Int?
    /// Processors that other programs kept busy meanwhile.
    public var others: Double
}

extension Workshop {
    /// Gets a unit of work ready, warmed up, to be done again and again.
    ///
    /// - Parameters:
    ///   - stage: the unit.
    ///   - request: model, prompt, steps, precision, device and threads. For training the model may be a recipe's file.
    ///   - resolution: pixels a side for training; nil takes the recipe's.
    ///   - batch: images an update for training, where nil takes the recipe's; pictures a unit of the other stages, one after
    ///     another as they are drawn, where nil is one.
    /// - Returns: does the work once and says what it took.
    /// - Throws: why the model or the recipe cannot be used.
    public func bench(
        _ stage: BenchStage, _ request: GenerationRequest, resolution: Int? = nil, batch: Int? = nil
    ) async throws -> @Sendable () async throws -> BenchResult {
        let worker = try await worker(for: request.device, threads: request.threads)
        let unit: BenchUnit
        if stage == .train {
            var recipe = try benchRecipe(request.model)
            if let batch { recipe = try recipe.applying(overrides: ["batchSize=\(batch)"]) }
            if let resolution { recipe = try recipe.applying(overrides: ["data.resolution=\(resolution)"]) }
            let (fixed, words) = (recipe, try wordVectors(for: recipe))
            unit = try await worker.run { worker in
                let bench = try TrainingBench(fixed, origin: words.origin(), device: worker.device)
                worker.trainingBench = bench
                return BenchUnit(images: fixed.batchSize) { try $0.trainingBench?.step() }
            }
        } else {
            unit = try await drawingUnit(stage, request, pictures: batch, on: worker)
        }
        for _ in 0..<2 { try await worker.run { try unit.work($0) } }
        return {
            try await worker.run { worker in
                let (busy, own, begin) = (Machine.busySeconds, Machine.ownSeconds, ContinuousClock.now)
                try unit.work(worker)
                let seconds = begin.secondsSince
                let others = busy.flatMap { before in
                    Machine.busySeconds.map { ($0 - before - (Machine.ownSeconds - own)) / seconds }
                }
                return BenchResult(s: seconds, images: unit.images, others: max(0, others ?? 0))
            }
        }
    }

    private func drawingUnit(
        _ stage: BenchStage, _ request: GenerationRequest, pictures: Int?, on worker: DeviceWorker
    ) async throws -> BenchUnit {
        let reference = try shelf.model(request.model)
        var request = request
        request.seeds = [0]
        // One step of Euler is one evaluation, guided in a batch of two.
        if stage == .unet { (request.steps, request.sampler) = (1, .euler) }
        let fixed = request
        let inputs = try GenerationInputs(of: request, surroundings)
        return try await worker.run { worker in
            let pipeline = try worker.pipeline(reference.file, options(of: fixed))
            let drawing = try pipeline.prepared(fixed, inputs)
            let seeds = 0..<UInt64(max(1, pictures ?? 1))
            switch stage {
            case .unet:
                return BenchUnit(images: pictures) { _ in
                    for seed in seeds { _ = try drawing.latent(seed: seed, inputs) }
                }
            case .vae:
                var random = try RandomStream(seed: 0)
                let latent = try random.normal(drawing.shape)
                return BenchUnit(images: pictures) { _ in
                    for _ in seeds { _ = try pipeline.decode(latent, inputs) }
                }
            default:
                return BenchUnit(images: seeds.count) { _ in
                    for seed in seeds { _ = try pipeline.decode(drawing.latent(seed: seed, inputs), inputs) }
                }
            }
        }
    }

    /// The recipe in a `.json` file, or that of a model; from random weights, which take as long.
    private func benchRecipe(_ name: String?) throws -> TrainingRecipe {
        let isFile = name?.hasSuffix(".json") ?? false
        let found = isFile ? try plan(recipe: name ?? "").recipe : try model(named: name).recipe
        guard var recipe = found else {
            throw WorkshopError.notADarkroomModel(try shelf.model(name).file, work: "training")
        }
        recipe.initialWeights = nil
        return recipe
    }
}

/// Work on the device's thread.
private struct BenchUnit: Sendable {
    let images: Int?
    let work: @Sendable (isolated DeviceWorker) throws -> Void
}
