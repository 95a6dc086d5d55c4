import ArgumentParser
import Recipes
import Synchronization
import Workshop

/// What can be asked about a recipe instead of training with it.
struct TrainingQuestions: ParsableArguments {
    @Flag(help: "Say what the run will take (memory, time, disk) from a few timed updates, and stop.")
    var plan = false

    @Flag(help: "Try ever higher learning rates for a moment, suggest one, and stop.")
    var findLearningRate = false

    @Option(
        help: ArgumentHelp("Train once for each value and draw one chart.", valueName: "key=value,value"))
    var compare: String?

    @Option(name: .shortAndLong, help: "The picture of --find-learning-rate (.png).")
    var output: String?

    func validate() throws {
        let asked = [plan, findLearningRate, compare != nil].count { $0 }
        if asked > 1 {
            throw ValidationError("--plan, --find-learning-rate and --compare exclude each other")
        }
        if output != nil, !findLearningRate {
            throw ValidationError("--output goes with --find-learning-rate")
        }
    }
}

extension Train {
    /// Says what the run will take; a run that will not fit is refused.
    func tellForecast(_ plan: TrainingPlan, _ workshop: Workshop, _ console: Console) async throws {
        let forecast = try await workshop.forecast(plan, device: computing.device, threads: computing.threads)
        try console.emit(ToldForecast(forecast))
        let style = Style(console.output)
        func row(_ label: String, _ value: String) {
            console.show(style.dim(Figures.label(label)) + value)
        }
        row("parameters", ProgressLine.grouped(forecast.parameters))
        row(
            "memory",
            Figures.bytes(forecast.memory) + " at \(forecast.resolution) × \(forecast.resolution) pixels, "
                + "\(forecast.batchSize) images a pass"
                + (forecast.freeMemory.map { "; \(Figures.bytes($0)) free" } ?? ""))
        if let seconds = forecast.secondsPerMillionImages, let total = forecast.totalSeconds {
            row(
                "time",
                "\(ProgressLine.clock(seconds)) a million images, \(ProgressLine.clock(total)) for "
                    + "\(ProgressLine.grouped(forecast.totalImages))")
        }
        row(
            "disk",
            Figures.bytes(forecast.disk)
                + ": \(forecast.keepCheckpoints) + 1 checkpoints of \(Figures.bytes(forecast.checkpointBytes))"
                + (forecast.snapshots > 0
                    ? ", \(forecast.snapshots) snapshots of \(Figures.bytes(forecast.snapshotBytes ?? 0))"
                    : "")
                + (forecast.freeDisk.map { "; \(Figures.bytes($0)) free" } ?? ""))
        func tellCache(_ bytes: Int?, of contents: String, free: Int?) {
            guard let bytes else { return }
            row(
                "cache",
                "about \(Figures.bytes(bytes)) of \(contents)"
                    + (free.map { "; \(Figures.bytes($0)) free" } ?? ""))
        }
        tellCache(forecast.cacheBytes, of: "decoded pictures", free: forecast.freeCacheDisk)
        tellCache(forecast.latentCacheBytes, of: "latents", free: forecast.freeLatentCacheDisk)
        for note in forecast.notes { row("note", note) }
        if let refusal = workshop.refusal(of: forecast) { throw refusal }
    }

    /// Tries learning rates and says which teaches fastest.
    func tellLearningRate(_ plan: TrainingPlan, _ workshop: Workshop, _ console: Console) async throws {
        let line = Mutex(ProgressLine(console))
        let report = try await workshop.findLearningRate(
            plan, device: computing.device, threads: computing.threads, output: questions.output
        ) { step, total, loss in
            line.withLock {
                $0.show(
                    "rates", done: step, of: total, rate: "", secondsLeft: .nan,
                    detail: "loss \(Figures.fixed(loss, 4))")
            }
        }
        line.withLock { $0.clear() }
        try console.emit(report)
        for (index, point) in report.points.enumerated()
        where index.isMultiple(of: max(1, report.points.count / 16)) || index == report.points.count - 1 {
            console.show(
                "\(Figures.label(Figures.power(point.rate)))loss \(Figures.fixed(point.smoothed, 4))")
        }
        console.show(
            report.suggestion.map {
                "suggestion  --set learningRate.peak=\(Figures.power($0))  "
                    + "(the recipe has \(Figures.power(report.recipePeak)))"
            } ?? "no rate made the loss fall: train longer before asking, or look at the recipe")
        console.show(workshop.surroundings.shown(report.picture))
    }

    /// Trains once for each value of a key and says which was best.
    func tellComparison(_ sweep: String, _ workshop: Workshop, _ console: Console) async throws {
        let comparison = try workshop.comparison(
            recipe: recipe, sweep: sweep, run: self.run, overrides: set)
        let quiet = Console(isJSON: false, isQuiet: console.isQuiet)
        let watcher = TrainingWatcher(quiet, workshop)
        defer { watcher.finish() }
        let report = try await workshop.compare(
            comparison, device: computing.device, threads: computing.threads
        ) { value, event in
            if case .started = event { quiet.say("\(comparison.key) = \(value)") }
            watcher.take(event)
        }
        watcher.finish()
        try console.emit(report)
        for run in report.runs {
            console.show(
                Figures.label(run.value) + "error " + (run.error.map { Figures.fixed($0, 5) } ?? "unknown")
                    + "  " + workshop.surroundings.shown(run.run))
        }
        console.show(workshop.surroundings.shown(report.picture))
    }
}

/// A forecast as `--json` tells it.
private struct ToldForecast: Encodable {
    let parameters, memoryBytes, diskBytes, checkpointBytes, snapshots: Int
    let freeMemoryBytes, freeDiskBytes, cacheBytes, freeCacheDiskBytes: Int?
    let latentCacheBytes, freeLatentCacheDiskBytes: Int?
    let secondsPerMillionImages, totalSeconds: Double?
    let fits: Bool
    let changes, notes: [String]

    init(_ forecast: TrainingForecast) {
        parameters = forecast.parameters
        (memoryBytes, diskBytes) = (forecast.memory, forecast.disk)
        (checkpointBytes, snapshots) = (forecast.checkpointBytes, forecast.snapshots)
        (freeMemoryBytes, freeDiskBytes) = (forecast.freeMemory, forecast.freeDisk)
        (cacheBytes, freeCacheDiskBytes) = (forecast.cacheBytes, forecast.freeCacheDisk)
        (latentCacheBytes, freeLatentCacheDiskBytes) = (
            forecast.latentCacheBytes, forecast.freeLatentCacheDisk
        )
        secondsPerMillionImages = forecast.secondsPerMillionImages
        totalSeconds = forecast.totalSeconds
        fits = forecast.fitsMemory && forecast.fitsDisk
        changes = forecast.memoryChange + forecast.diskChange
        notes = forecast.notes
    }
}
