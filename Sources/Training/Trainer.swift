import Checkpoints
import Datasets
import Diagnostics
import DurableFiles
public import Foundation
public import Images
import Layers
public import Networks
public import Recipes
public import Tensors

/// Runs a recipe in a folder until all images are seen; the same call again goes on where it stopped.
public struct Trainer {
    /// Draws the sheet of sample pictures with the averaged model, at the resolution that training is at.
    public typealias Preview = (TextToImageModel, TrainingRecipe, _ resolution: Int) throws -> Image
    /// Draws it with an adapter's file, beside a model that is not Darkroom's own.
    public typealias AdapterPreview = (URL, TrainingRecipe, _ resolution: Int) throws -> Image

    let recipe: TrainingRecipe
    /// The run's folder; nil in processes other than rank 0, which write nothing.
    let run: RunFolder?
    let ranks: Ranks
    let origin: TrainingOrigin
    let device: Device
    let preview: Preview?
    let adapterPreview: AdapterPreview?
    /// What an autoencoder says of pictures, on the disk, where the recipe wants it kept.
    let latents: LatentCache?
    let locate: @Sendable (String) -> URL
    private let now: (() -> Double)?
    /// What is done to a batch before it is learnt from, given the rollbacks so far: tests break batches with it.
    var alter: (HostBatch, _ rollbacks: Int) -> HostBatch = { batch, _ in batch }
    /// Seconds between progress events.
    static let reportInterval = 2.0

    /// A trainer on `device` for a run folder; creates the folder when it is new.
    ///
    /// `locate` says where the paths lead that the recipe's data has; `now` gives seconds since 1970, for TensorBoard's
    /// file, which nil leaves out. Of several `ranks`, the first alone looks into the folder and writes there.
    /// - Throws: `TrainingError`, `DurableFileError`: see `RunFolder`; `ProcessGroupError`.
    public init(
        _ recipe: TrainingRecipe, run url: URL, vocabulary: Vocabulary, device: Device = .cpu,
        ranks: Ranks = .alone, locate: @escaping @Sendable (String) -> URL = { URL(filePath: $0) },
        now: (() -> Double)? = nil, preview: Preview? = nil
    ) throws {
        try self.init(
            recipe, run: url, origin: .words(vocabulary), device: device, ranks: ranks, locate: locate,
            now: now,
            preview: preview)
    }

    /// The same for what a run begins with, words or a model.
    /// - Throws: besides, `TrainingError.baseDiffers` for a recipe that does not fit the model.
    public init(
        _ recipe: TrainingRecipe, run url: URL, origin: TrainingOrigin, device: Device = .cpu,
        ranks: Ranks = .alone, locate: @escaping @Sendable (String) -> URL = { URL(filePath: $0) },
        now: (() -> Double)? = nil, adapterPreview: AdapterPreview? = nil, preview: Preview? = nil
    ) throws {
        self.adapterPreview = adapterPreview
        let recipe = try origin.completed(recipe)
        (self.locate, self.now) = (locate, now)
        (self.recipe, self.origin, self.device, self.preview) = (recipe, origin, device, preview)
        self.ranks = ranks
        try ranks.check(recipe)
        run = ranks.isFirst ? try RunFolder(url, recipe: recipe) : nil
        latents = try recipe.data.latentCache.map { try LatentCache(locate($0), writing: ranks.part.rank) }
    }

    /// Trains.
    ///
    /// - Parameters:
    ///   - isCancelled: asked after every update; when true of any rank the state is saved and `CancellationError` thrown.
    ///   - onEvent: hears of progress, in the first rank; what it throws ends the run as cancelling does.
    /// - Throws: `CancellationError`, `TrainingError.diverged`, what saving throws when the disk is full;
    ///   `ProcessGroupError` when another rank is lost, after the state has been saved.
    public func run(
        isCancelled: () -> Bool = { false }, onEvent: (TrainingEvent) throws -> Void = { _ in }
    ) throws {
        let begin = ContinuousClock.now
        var session = try resumedSession()
        let board = try run.flatMap { run in
            try now.map { try TensorBoardLog(run: run.url, imagesSeen: session.imagesSeen, now: $0) }
        }
        func tell(_ event: TrainingEvent) throws {
            guard let run else { return }
            try run.log(event)
            try board?.take(event)
            try onEvent(event)
        }
        try tell(
            .started(
                imagesSeen: session.imagesSeen, totalImages: recipe.totalImages,
                parameters: session.store.count))
        let captions = try origin.captions(for: session)
        let sources = try TrainingSources(
            recipe, locate: locate, cache: run?.cache(for: recipe.data), decoded: pictureCache())
        try run?.compare(sources.inventory, isNew: session.imagesSeen == 0)
        let shown = try withoutNearDuplicates(
            sources, isCancelled, tell, onProgress: { if ranks.isFirst { try onEvent($0) } })
        let batches = try TrainingBatches(shown, captions: captions)
        if recipe.data.summary { for summary in batches.summaries { try tell(summary) } }
        let (recipe, part) = (self.recipe, ranks.part)
        func batchesAhead(from start: Int) -> BatchLoader {
            BatchLoader(
                orders: { Self.order(recipe, from: $0) }, from: start,
                make: { try batches.batch(part.of($0)) })
        }
        var loader = batchesAhead(from: session.imagesSeen)
        defer { loader.stop() }
        var meter = ProgressMeter(recipe, from: session.imagesSeen)
        var lastSaved = session.imagesSeen
        var isSaveDue = false
        var resolution: Int?
        var watch = try watch(over: session, captions)
        do {
            try meter.pausing { try watch?.begin(session, tell) }
            while session.imagesSeen < recipe.totalImages {
                let stage = recipe.stage(at: session.imagesSeen)
                if stage.resolution != resolution {
                    resolution = stage.resolution
                    try tell(
                        .stage(
                            imagesSeen: session.imagesSeen, resolution: stage.resolution,
                            batchSize: stage.batchSize ?? recipe.batchSize))
                }
                let batch = alter(try meter.waiting { try loader.next() }, session.rollbacks)
                for event in batches.takeNews() { try tell(event) }
                for note in latents?.takeNotes() ?? [] { try tell(.note(text: note)) }
                let before = session.imagesSeen
                let step = try session.step(batch, of: Self.order(recipe, from: before)?.count)
                try record(step, session, &meter, tell)
                if session.skippedInARow >= recipe.rollback.afterSkipped {
                    loader.stop()
                    session = try rolledBack(session, tell)
                    watch = try self.watch(over: session, captions)
                    loader = batchesAhead(from: session.imagesSeen)
                    meter = ProgressMeter(recipe, from: session.imagesSeen)
                    (lastSaved, isSaveDue, resolution) = (session.imagesSeen, false, nil)
                    if try ranks.any(isCancelled()) { throw CancellationError() }
                    continue
                }
                if Self.crosses(recipe.samples.everyImages, before, session.imagesSeen) {
                    try meter.pausing { try draw(session, tell) }
                }
                try meter.pausing { try watch?.look(session, since: before, tell) }
                // While updates fail the state is not one to come back to.
                isSaveDue =
                    isSaveDue || Self.crosses(recipe.checkpointEveryImages, before, session.imagesSeen)
                if isSaveDue, session.skippedInARow == 0 {
                    try meter.pausing { try save(session, tell) }
                    (lastSaved, isSaveDue) = (session.imagesSeen, false)
                }
                if try ranks.any(isCancelled()) { throw CancellationError() }
            }
        } catch  where error is CancellationError || error is ProcessGroupError {
            if lastSaved != session.imagesSeen { try save(session, tell) }
            ranks.leave()
            throw error
        }
        if lastSaved != session.imagesSeen { try save(session, tell) }
        try watch?.end(session, tell)
        try draw(session, tell)
        if let run { try origin.export(session, to: run) }
        try tell(
            .finished(imagesSeen: session.imagesSeen, seconds: (ContinuousClock.now - begin) / .seconds(1)))
        ranks.leave()
    }

    /// The decoded pictures on the disk, where the recipe wants them kept.
    private func pictureCache() throws -> PictureCache? {
        try recipe.data.cache.map { try PictureCache(locate($0), writing: ranks.part.rank) }
    }

    /// What looks at held-out pictures and keeps averages, in the first rank.
    private func watch(over session: TrainingSession, _ captions: CaptionTokens) throws -> RunWatch? {
        try run.map { try RunWatch(recipe, run: $0.url, captions: captions, session: session) }
    }

    /// The next batch of the recipe's order; batches end where a stage ends, so that resuming changes nothing.
    static func order(_ recipe: TrainingRecipe, from start: Int) -> BatchLoader.Order? {
        guard start < recipe.totalImages else { return nil }
        let stage = recipe.stage(at: start)
        let end = recipe.stages.map(\.untilImages).filter { $0 > start }.min() ?? recipe.totalImages
        let size = (stage.batchSize ?? recipe.batchSize) * recipe.accumulate
        let count = min(size, end - start, recipe.totalImages - start)
        return BatchLoader.Order(
            start: start, count: count, resolution: stage.resolution, captionsOnly: stage.captionsOnly)
    }

    /// A session at the latest checkpoint that can be read and, by its folder, `isUsable`, or at the start; in every rank
    /// that of the first.
    func resumedSession(where isUsable: (URL) -> Bool = { _ in true }) throws -> TrainingSession {
        let session =
            if let run { try resumedSession(in: run, where: isUsable) } else {
                try origin.session(recipe, latents: latents, device: device)
            }
        try ranks.spread(session)
        return session
    }

    private func resumedSession(in run: RunFolder, where isUsable: (URL) -> Bool) throws -> TrainingSession {
        let made = run.checkpoints().filter { isUsable(run.checkpoint(imagesSeen: $0)) }
        for imagesSeen in made {
            let session = try origin.session(recipe, latents: latents, device: device)
            do {
                try session.restore(from: run.checkpoint(imagesSeen: imagesSeen))
                return session
            } catch  where imagesSeen != made.last {
                continue  // damaged from outside: the one before is still good
            }
        }
        return try origin.session(
            recipe, initial: origin.initialParameters(for: recipe), latents: latents, device: device)
    }

    private func record(
        _ step: TrainingSession.Step, _ session: TrainingSession, _ meter: inout ProgressMeter,
        _ tell: (TrainingEvent) throws -> Void
    ) throws {
        meter.add(step, imagesSeen: session.imagesSeen)
        if !step.isApplied {
            try tell(
                .skipped(
                    step: session.updates, imagesSeen: session.imagesSeen,
                    reason: "the gradient's length is \(step.gradientNorm), the loss \(step.loss)"))
        }
        if let progress = meter.report(
            every: Self.reportInterval, updates: session.updates, exchanging: ranks.exchanging)
        {
            try tell(.progress(progress))
        }
    }

    private func save(_ session: TrainingSession, _ tell: (TrainingEvent) throws -> Void) throws {
        guard let run else { return }
        if recipe.captionReading != nil, case .words(let vocabulary) = origin {
            let captions = try TrainingBatches.heldOutCaptions(
                recipe, count: 256, tokenizer: vocabulary.tokenizer, tokens: session.tokens)
            if let captions, let accuracy = try session.readingAccuracy(captions) {
                try tell(.reading(imagesSeen: session.imagesSeen, accuracy: accuracy))
            }
        }
        let folder = run.checkpoint(imagesSeen: session.imagesSeen)
        try session.save(to: folder)
        // A state saved amid failing updates must not push out the good one before it.
        if session.skippedInARow == 0 { run.prune(keeping: recipe.keepCheckpoints) }
        try tell(.checkpoint(imagesSeen: session.imagesSeen, path: folder.path))
    }

    static func crosses(_ interval: Int, _ before: Int, _ after: Int) -> Bool {
        interval > 0 && before / interval != after / interval
    }
}
