import Datasets
import Evaluation
import Images
import Pipelines
import Recipes
import Tensors
import Training

/// An evaluation on the device's thread: prompts are drawn by lot, rendered, drawn by the model, and read.
struct WorldEvaluation {
    /// What came of it.
    struct Outcome: Sendable {
        let parts: [PartScore]
        let pictures: [ScoredPicture]
        let promptsCut: Int
        let settings: EvaluationReport.Settings
    }

    private let pipeline: any Pipeline
    private let request: EvaluationRequest
    private let resolved: GenerationRequest
    private let reader: ProbeReader
    private let features: FeatureReader?
    private let options: SceneOptions
    private let onProgress: (EvaluationProgress) -> Void
    /// Larger pictures are kept at this size; the probe reads smaller ones still.
    private static let keptSide = 192

    /// The reader is one of the request's world; without `features` distances are measured in what it reads from.
    /// - Throws: `PipelineError` when the model cannot draw what is asked for.
    init(
        _ pipeline: any Pipeline, _ request: EvaluationRequest, reader: ProbeReader, features: FeatureReader?,
        onProgress: @escaping (EvaluationProgress) -> Void
    ) throws {
        (self.pipeline, self.request, self.reader) = (pipeline, request, reader)
        (self.features, self.onProgress) = (features, onProgress)
        resolved = try pipeline.resolved(request.generation, .init())
        let side = min(resolved.width ?? reader.resolution, Self.keptSide)
        // A model is asked for the styles and sizes that it was trained on.
        let own = (pipeline as? DarkroomPipeline)?.recipe
        var options =
            own?.data.scenes.map { SceneOptions($0, seed: request.seed, resolution: side) } ?? SceneOptions()
        options.resolution = side
        options.seed = RandomStream.derivedSeed(request.seed, purpose: "evaluation world")
        self.options = options
    }

    func run() throws -> Outcome {
        let worlds = try request.prompts.parts.map { try open($0) }
        var rendering = StageMeter(.rendering, total: 2 * worlds.count * request.count)
        let images = try worlds.map { try render(0..<2 * request.count, of: $0, &rendering) }
        let renders = try images.map { try reader.read($0) { _ in try Task.checkCancellation() } }
        let prompts = try worlds.map { world in
            try (0..<request.count).map { try world.words(at: $0, kind: .full).caption }
        }
        var drawing = StageMeter(
            .drawing, total: worlds.count * request.count * request.seedsPerPrompt)
        var pictures: [[ScoredPicture]] = []
        for (world, prompts) in zip(worlds, prompts) {
            pictures.append(try draw(prompts, of: world, &drawing))
        }
        var comparing = StageMeter(
            .comparing, total: worlds.count * request.count * (2 + request.seedsPerPrompt))
        let parts = try worlds.indices.map { part in
            try PartScore(
                worlds[part].split, of: request.world, drawn: pictures[part],
                real: Array(renders[part].prefix(request.count)),
                other: Array(renders[part].dropFirst(request.count)),
                features: featureSets(
                    drawn: pictures[part].map(\.picture), renders: images[part], &comparing),
                group: request.seedsPerPrompt,
                seed: RandomStream.derivedSeed(request.seed, purpose: "evaluation interval"))
        }
        let cut = (pipeline as? DarkroomPipeline).map { own in
            prompts.joined().count { own.cutsOff($0) }
        }
        return Outcome(
            parts: parts, pictures: Array(pictures.joined()), promptsCut: cut ?? 0,
            settings: .init(
                seedsPerPrompt: request.seedsPerPrompt, seed: request.seed, steps: resolved.steps ?? 0,
                guidanceScale: resolved.guidance.scale ?? 1, sampler: resolved.sampler?.label ?? "",
                resolution: resolved.width ?? options.resolution))
    }

    /// Opens one part of the world that is asked for.
    private func open(_ split: SceneSplit) throws -> any PictureWorld {
        guard request.world == .scenes else {
            return try request.world.open(
                WorldOptions(seed: options.seed, resolution: options.resolution, split: split))
        }
        return try SceneWorld(options, split: split)
    }

    /// Renders pictures: what a perfect model would draw.
    private func render(
        _ range: Range<Int>, of world: any PictureWorld, _ meter: inout StageMeter
    ) throws -> [Image] {
        try range.map { index in
            try Task.checkCancellation()
            defer { onProgress(meter.progress(adding: 1)) }
            return try world.picture(at: index)
        }
    }

    /// What the packaged network sees in the pictures of a part; nil without one, and where too few are compared.
    private func featureSets(
        drawn: [Image], renders: [Image], _ meter: inout StageMeter
    ) throws -> FeatureSets? {
        guard let features, request.count > 1 else { return nil }
        let before = meter.done
        let all = try features.features(of: drawn + renders) { done in
            try Task.checkCancellation()
            onProgress(meter.progress(adding: before + done - meter.done))
        }
        let (real, end) = (drawn.count + request.count, drawn.count + renders.count)
        return try FeatureSets(
            drawn: all.slice(0..<drawn.count), real: all.slice(drawn.count..<real),
            other: all.slice(real..<end))
    }

    private func draw(
        _ prompts: [String], of world: any PictureWorld, _ meter: inout StageMeter
    ) throws -> [ScoredPicture] {
        let each = request.seedsPerPrompt
        let wishes = prompts.indices.flatMap { prompt in
            (0..<each).map { seed in
                (
                    prompt: prompts[prompt],
                    // 32 bits, so that a seed can be typed.
                    seed: RandomStream.derivedSeed(
                        request.seed, purpose: "evaluation \(world.split.rawValue)",
                        index: prompt * each + seed) >> 32
                )
            }
        }
        let before = meter.done
        let drawn = try PromptDrawing(pipeline, request.generation, batchSize: request.batchSize)
            .pictures(wishes) { share in
                onProgress(meter.progress(at: Double(before) + share * Double(wishes.count)))
            }
            .map { picture in
                max(picture.width, picture.height) > Self.keptSide
                    ? try picture.fitted(within: Self.keptSide, Self.keptSide) : picture
            }
        _ = meter.progress(at: Double(before + wishes.count))
        let readings = try reader.read(drawn) { _ in try Task.checkCancellation() }
        return try drawn.indices.map { index in
            ScoredPicture(
                split: world.split, prompt: wishes[index].prompt, seed: wishes[index].seed,
                record: try world.record(at: index / each), picture: drawn[index], reading: readings[index])
        }
    }
}

/// Counts the pictures of a stage.
struct StageMeter {
    private let stage: EvaluationProgress.Stage
    private let total: Int
    private let begin = ContinuousClock.now
    private(set) var done = 0

    init(_ stage: EvaluationProgress.Stage, total: Int) { (self.stage, self.total) = (stage, total) }

    mutating func progress(adding count: Int) -> EvaluationProgress { progress(at: Double(done + count)) }

    /// How far the stage is after so many pictures, the part of one under way included.
    mutating func progress(at pictures: Double) -> EvaluationProgress {
        done = Int(pictures.rounded(.down))
        let rate = pictures / max(1e-9, begin.secondsSince)
        return EvaluationProgress(
            stage: stage, done: done, total: total, rate: rate,
            secondsLeft: rate > 0 ? (Double(total) - pictures) / rate : 0, loss: nil)
    }
}
