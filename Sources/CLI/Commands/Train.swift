import ArgumentParser
import Recipes
import Synchronization
import Workshop

/// `darkroom train`.
struct Train: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Train a model, or an adapter beside one; the same command again goes on where it stopped.",
        discussion: """
            Examples:
              darkroom train Recipes/scenes-64.json
              darkroom train Recipes/scenes-64.json --run runs/small --set totalImages=20000 --set batchSize=16
              darkroom train Recipes/scenes-64.json --set learningRate.peak=5e-4 --dry-run
              darkroom train Recipes/scenes-64.json --plan
              darkroom train Recipes/scenes-64.json --find-learning-rate
              darkroom train Recipes/scenes-64.json --set schedule=cosine --compare target=epsilon,velocity,sample,flow
              darkroom train Recipes/scenes-64.json --json | jq -c 'select(.event == "progress")'
              darkroom train Recipes/cartoon-64.json
              torchrun --no-python --nproc-per-node 2 -- darkroom train Recipes/scenes-64.json

            Several processes train together when torchrun, Slurm or Kubernetes start them: RANK, WORLD_SIZE, LOCAL_RANK, \
            MASTER_ADDR and MASTER_PORT say which is which.

            Ctrl-C saves the state and stops. The run's folder holds recipe.json, events.jsonl, samples, checkpoints, \
            a file for TensorBoard and, at the end, model.safetensors; of a recipe with an adapter (LoRA), \
            adapter.safetensors or the folder adapter, which generate --lora takes. --compare trains once for each value, \
            in folders of their own, and charts the error on held-out pictures.
            """)

    @Argument(help: "The recipe, a JSON file.") var recipe: String
    @Option(
        help: ArgumentHelp("The run's folder (default: runs/ and the recipe's name).", valueName: "folder"))
    var run: String?
    @Option(
        name: .long, parsing: .singleValue,
        help: ArgumentHelp("Change a value of the recipe; may be given many times.", valueName: "key=value"))
    var set: [String] = []
    @OptionGroup(title: "Instead of training") var questions: TrainingQuestions
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let plan = try workshop.plan(recipe: recipe, run: run, overrides: set)
        let folder = workshop.surroundings.shown(plan.run)
        if dryRun.dryRun {
            console.say("run folder: \(folder)")
            console.output.write(try plan.recipe.json(pretty: !console.isJSON) + "\n")
            return
        }
        if questions.plan { return try await tellForecast(plan, workshop, console) }
        if questions.findLearningRate { return try await tellLearningRate(plan, workshop, console) }
        if let sweep = questions.compare { return try await tellComparison(sweep, workshop, console) }
        if let ranks = plan.ranks { console.say("rank \(ranks.rank) of \(ranks.count)") }
        let isFirst = plan.ranks?.rank ?? 0 == 0
        let watcher = TrainingWatcher(console, workshop)
        defer { watcher.finish() }
        do {
            let model = try await workshop.train(
                plan, device: computing.device, threads: computing.threads
            ) { watcher.take($0) }
            watcher.finish()
            if isFirst { console.show(workshop.surroundings.shown(model)) }
        } catch is CancellationError {
            watcher.finish()
            if isFirst {
                console.say("stopped; the state is saved in \(folder), the same command goes on from there")
            }
            throw CancellationError()
        }
    }
}

/// Tells a person how training goes: a progress line on a terminal, a line now and then elsewhere.
final class TrainingWatcher: Sendable {
    private let console: Console
    private let workshop: Workshop
    private let state: Mutex<State>
    private static let quietInterval = Duration.seconds(30)

    private struct State {
        var line: ProgressLine
        var lastPlainLine: ContinuousClock.Instant?
    }

    init(_ console: Console, _ workshop: Workshop) {
        (self.console, self.workshop) = (console, workshop)
        state = Mutex(State(line: ProgressLine(console)))
    }

    func take(_ event: TrainingEvent) {
        if let json = try? event.json() { console.emit(json: json) }
        state.withLock { state in
            if case .progress(let progress) = event {
                show(progress, &state)
            } else if case .looking(let done, let total) = event {
                state.line.show("looking", done: done, of: total, rate: "", secondsLeft: .nan)
            } else if let text = text(event) {
                state.line.clear()
                console.say(text)
            }
        }
    }

    /// Takes the progress line away; calling it again does nothing.
    func finish() { state.withLock { $0.line.clear() } }

    private func show(_ progress: TrainingProgress, _ state: inout State) {
        let rate = Figures.rate(progress.imagesPerSecond, "images/s")
        let loss = "loss \(Figures.fixed(progress.loss, 4))"
        if console.messages.isTerminal {
            state.line.show(
                "training", done: progress.imagesSeen, of: progress.totalImages, rate: rate,
                secondsLeft: progress.secondsLeft, detail: loss)
            return
        }
        if let last = state.lastPlainLine, ContinuousClock.now - last < Self.quietInterval { return }
        state.lastPlainLine = .now
        let count =
            ProgressLine.grouped(progress.imagesSeen) + "/" + ProgressLine.grouped(progress.totalImages)
        console.say("\(count) images  \(rate)  \(loss)  \(ProgressLine.clock(progress.secondsLeft)) left")
    }

    private func text(_ event: TrainingEvent) -> String? {
        switch event {
        case .progress: nil
        case .started(let seen, let total, let parameters):
            (seen == 0 ? "training" : "going on after \(ProgressLine.grouped(seen)) images:")
                + " \(Figures.count(parameters)) parameters, \(ProgressLine.grouped(total)) images"
        case .skipped(let step, _, let reason): "update \(step) left out: \(reason)"
        case .samples(_, let path): "samples     \(workshop.surroundings.shown(path))"
        case .checkpoint(_, let path): "checkpoint  \(workshop.surroundings.shown(path))"
        case .stage(_, let side, let batch): "stage       \(side) × \(side) pixels, \(batch) images an update"
        case .reading(_, let accuracy):
            "captions    "
                + accuracy.sorted { $0.key < $1.key }
                .map { "\($0.key) \(Figures.fixed(100 * $0.value, 0)) %" }.joined(separator: ", ")
        case .data(let source, let examples, let share, let notes):
            "pictures    \(source): \(ProgressLine.grouped(examples))"
                + (share < 1 ? ", \(Figures.fixed(100 * share, 1)) % of the examples" : "")
                + (notes.isEmpty ? "" : " (\(notes.joined(separator: ", ")))")
        case .looking: nil
        case .nearDuplicates(let groups, let spare, let skipped, let pairs):
            "look alike  \(ProgressLine.grouped(groups)) \(groups == 1 ? "group" : "groups") of pictures, "
                + "\(ProgressLine.grouped(spare)) spare: "
                + (skipped > 0 ? "\(ProgressLine.grouped(skipped)) left out" : "all used")
                + pairs.prefix(3).map { "\n            " + $0.joined(separator: " and ") }.joined()
                + (groups > min(3, pairs.count) ? "\n            …; darkroom data check names more" : "")
        case .brokenPicture(let source, let name, let reason):
            "broken      \(source): \(name): \(reason)"
        case .heldOut(let standing):
            "held out    loss \(Figures.fixed(standing.loss, 4)); error by noise "
                + standing.levels.map {
                    "\(Figures.fixed(100 * $0.noiseShare, 0)) %: \(Figures.fixed($0.error, 3))"
                }.joined(separator: ", ")
        case .averages(_, let path, let count, let bytes):
            "averages    \(workshop.surroundings.shown(path)) "
                + "(\(count) kept, \(Figures.bytes(bytes)))"
        case .rolledBack(let seen, let to, let scale, let count):
            "went back   from \(ProgressLine.grouped(seen)) to \(ProgressLine.grouped(to)) images for the "
                + "\(count). time; the learning rate is \(Figures.fixed(100 * scale, 1)) % of the recipe's"
        case .note(let text): "note        \(text)"
        case .finished(let seen, let seconds):
            "\(ProgressLine.grouped(seen)) images seen, this time in \(ProgressLine.clock(seconds))"
        }
    }
}
