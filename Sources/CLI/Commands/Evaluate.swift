import ArgumentParser
import Recipes
import Synchronization
import Workshop

/// `darkroom evaluate`.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Score how well a model draws what it is asked for.",
        discussion: """
            Examples:
              darkroom evaluate worlds-64
              darkroom evaluate worlds-64 --count 20 --seeds 1 --steps 10
              darkroom evaluate runs/worlds/model.safetensors --world portraits
              darkroom evaluate train-probe --world emoji
            """,
        subcommands: [EvaluateModel.self, TrainProbe.self], defaultSubcommand: EvaluateModel.self)
}

/// `darkroom evaluate MODEL`.
struct EvaluateModel: NameTaking {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Draw hundreds of pictures and read back what they show.",
        discussion: """
            Examples:
              darkroom evaluate
              darkroom evaluate worlds-64 --prompts heldout --count 100
              darkroom evaluate runs/worlds/model.safetensors --world portraits
              darkroom evaluate runs/first/model.safetensors --count 20 --seeds 1 --steps 10 -o first-card
              darkroom evaluate --json | jq '.parts[] | {split, right: (.attributes[] | select(.attribute == "pair: both"))}'

            Prompts of a world are drawn by lot, from combinations that training shows (seen) and from those that it never \
            shows (heldout). A probe reads the attributes off the pictures; beside its reading stands how often it is right \
            about renders of what the same prompts say. What a prompt leaves unsaid is not marked. FD-ENL0 is the \
            Fréchet distance between drawn pictures and those renders in the features of EfficientNet-Lite0, which \
            Scripts/bootstrap brings (DARKROOM_FEATURES names another folder); without it the probe's own features serve. \
            Writes a folder: score-card.html, score-card.json, contact-sheet.png (the worst), \
            first-pictures.png (not chosen).
            """)

    @Argument(help: "A model's name, file or folder (default: the first that models list shows).")
    var model: String?
    @Option(
        help: ArgumentHelp(
            "What prompts are about: scenes, portraits, emoji, stamps.", valueName: "world"))
    var world = "scenes"
    @Option(
        help: ArgumentHelp(
            "Where prompts come from: both, seen, heldout; a number is the same as --count.",
            valueName: "part"))
    var prompts = "both"
    @Option(help: "Prompts of each part (default: 300).") var count: Int?
    @Option(help: "Pictures a prompt, each from noise of its own.") var seeds = 2
    @Option(name: .shortAndLong, help: "The seed of prompts, noise and intervals.") var seed: UInt64 = 0
    @Option(
        name: [.long, .customLong("num-inference-steps")],
        help: "Steps from noise to picture (default: the model's).")
    var steps: Int?
    @Option(
        name: [.long, .customLong("cfg"), .customLong("guidance-scale")],
        help: "How strongly the prompt steers; 1 is without guidance (default: the model's).")
    var cfgScale: Double?
    @Option(
        name: [.long, .customLong("sampler")],
        help: ArgumentHelp("The solver (default: the model's).", valueName: "sampler"))
    var samplingMethod: String?
    @Option(help: "Pictures drawn together.") var batchSize = 16
    @Option(
        help: ArgumentHelp(
            "The probe that reads (default: the world's, such as scenes-probe).", valueName: "file"))
    var probe: String?
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder to write (default: evaluation- and the model's name; then the world unless it is scenes).",
            valueName: "folder"))
    var output: String?
    @Flag(help: "Overwrite an earlier score card instead of taking a free name.") var overwrite = false
    @OptionGroup(title: "Computing") var precision: PrecisionOption
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let request = try request(workshop)
        if dryRun.dryRun { return try console.showPlan(request) }
        try await console.measure {
            try await workshop.evaluate(request, replacing: overwrite, onProgress: $0)
        }
    }

    private func request(_ workshop: Workshop) throws -> EvaluationRequest {
        var request = EvaluationRequest(
            generation: try generation(), world: try choice(world, of: "--world"), seedsPerPrompt: seeds,
            seed: seed, batchSize: batchSize, probe: probe, output: "")
        request.output = try output ?? workshop.scoreFolderName(for: model, of: request.world)
        let number = Int(prompts)
        if number != nil, count != nil {
            throw UsageError.contradiction(
                "--prompts \(prompts) and --count both say how many", advice: ["leave one of them out"])
        }
        if let count = number ?? count { request.count = count }
        if number == nil { request.prompts = try choice(prompts, of: "--prompts") }
        return request
    }

    /// The request through the strict reader, which knows what every number may be.
    private func generation() throws -> GenerationRequest {
        let request = GenerationRequest(
            prompt: "", guidance: GuidanceChoice(scale: cfgScale), steps: steps,
            sampler: try samplingMethod.map { try SamplerChoice(named: $0) },
            spacing: samplingMethod.flatMap { SpacingChoice(impliedBySampler: $0) },
            precision: try Precision(named: precision.dtype), device: computing.device,
            threads: computing.threads, model: model)
        return try GenerationRequest.decoded(from: request.json(pretty: false))
    }
}

/// `darkroom evaluate train-probe`.
struct TrainProbe: Verb {
    static let configuration = CommandConfiguration(
        commandName: "train-probe", abstract: "Train the network that reads off pictures what they show.",
        discussion: """
            Examples:
              darkroom evaluate train-probe
              darkroom evaluate train-probe --world portraits -o Models/portraits-probe.safetensors
              darkroom evaluate train-probe --pictures 40000 --epochs 10 -o Models/scenes-probe.safetensors --overwrite
              darkroom evaluate train-probe --json | jq '.parts[].attributes[] | [.attribute, .share.value]'

            It learns from the pictures of one world and from nothing else, some minutes on one core, and is measured on \
            pictures that it has not seen.
            """)

    @Option(
        help: ArgumentHelp(
            "Whose pictures it reads: scenes, portraits, emoji, stamps.", valueName: "world"))
    var world = "scenes"
    @Option(name: [.long, .customLong("scenes")], help: "Different pictures.") var pictures = 16_000
    @Option(help: "How often each is seen.") var epochs = 6
    @Option(help: "Fresh pictures of each part that it is measured on.") var count = 1_000
    @Option(name: .shortAndLong, help: "The seed of weights, pictures and order.") var seed: UInt64 = 1
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The probe's file (default: such as scenes-probe.safetensors).", valueName: "file"))
    var output: String?
    @Flag(help: "Overwrite a file of that name instead of taking a free one.") var overwrite = false
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = ProbeRequest(
            world: try choice(world, of: "--world"), seed: seed, pictures: pictures, epochs: epochs,
            count: count, device: computing.device, threads: computing.threads,
            output: output ?? "\(world)-probe.safetensors")
        if dryRun.dryRun { return try console.showPlan(request) }
        try await console.measure {
            try await Workshop().trainProbe(request, replacing: overwrite, onProgress: $0)
        }
    }
}

extension Console {
    /// Runs a measurement with its progress on show, then prints words and files, or everything as JSON.
    fileprivate func measure(
        _ work: (@escaping @Sendable (EvaluationProgress) -> Void) async throws -> ScoreReport
    ) async throws {
        let watcher = EvaluationWatcher(self)
        defer { watcher.finish() }
        let begin = ContinuousClock.now
        let report = try await work { watcher.take($0) }
        watcher.finish()
        try emit(report)
        if !isQuiet { for line in report.words { show(line) } }
        for path in report.paths { show(path) }
        say("\(report.summary) in \(Figures.seconds((ContinuousClock.now - begin) / .seconds(1)))")
    }
}

/// Tells a person how an evaluation goes: a progress line on a terminal, a line now and then elsewhere.
final class EvaluationWatcher: Sendable {
    private let console: Console
    private let state: Mutex<State>
    private static let quietInterval = Duration.seconds(30)

    private struct State {
        var line: ProgressLine
        var lastPlainLine = ContinuousClock.now
    }

    init(_ console: Console) {
        self.console = console
        state = Mutex(State(line: ProgressLine(console)))
    }

    func take(_ progress: EvaluationProgress) {
        let rate = Figures.rate(progress.rate, "pictures/s")
        let loss = progress.loss.map { "loss \(Figures.fixed($0, 4))" } ?? ""
        state.withLock { state in
            if console.messages.isTerminal {
                state.line.show(
                    progress.stage.rawValue, done: progress.done, of: progress.total, rate: rate,
                    secondsLeft: progress.secondsLeft, detail: loss)
                return
            }
            guard ContinuousClock.now - state.lastPlainLine >= Self.quietInterval else { return }
            state.lastPlainLine = .now
            let parts = [
                progress.stage.rawValue,
                ProgressLine.grouped(progress.done) + "/" + ProgressLine.grouped(progress.total), rate,
                loss, ProgressLine.clock(progress.secondsLeft) + " left",
            ]
            console.say(parts.filter { !$0.isEmpty }.joined(separator: "  "))
        }
    }

    /// Takes the progress line away; calling it again does nothing.
    func finish() { state.withLock { $0.line.clear() } }
}
