import ArgumentParser
import Recipes
import Synchronization
import Workshop

/// `darkroom walk`.
struct Walk: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Walk from one prompt to another with the same noise.",
        discussion: """
            Examples:
              darkroom walk "bookshelves in a library" "a bonfire"
              darkroom walk "a red cube" "a blue sphere" --frames 16 --seed 7 -o cube-to-sphere
              darkroom walk "a day at the beach" "a night at the beach" --interpolation linear

            Every picture starts from the same noise; only the tokens of the prompt move. Writes a strip (.png) with \
            the distance from each picture to the next, and an animation there and back (.webp).
            """)

    @Argument(help: "The prompt to begin with.") var from: String
    @Argument(help: "The prompt to end with.") var to: String
    @Option(help: "Pictures, both ends among them.") var frames = 8
    @Option(
        help: ArgumentHelp(
            "The way between the tokens: spherical (keeps their length), linear.", valueName: "way"))
    var interpolation = "spherical"
    @Option(name: [.customShort("n"), .long], help: "What to steer away from.") var negativePrompt = ""
    @Option(
        name: [.long, .customLong("num-inference-steps")],
        help: "Steps from noise to picture (default: the model's).")
    var steps: Int?
    @Option(
        name: [.long, .customLong("cfg"), .customLong("guidance-scale")],
        help: "How strongly the prompt steers; 1 is without guidance (default: the model's).")
    var cfgScale: Double?
    @Option(name: .shortAndLong, help: "The noise's seed (default: a fresh one, which is printed).")
    var seed: UInt64?
    @OptionGroup(title: "Model") var model: ModelOption
    @OptionGroup(title: "Computing") var precision: PrecisionOption
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @OptionGroup var files: InstrumentFiles
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let request = WalkRequest(
            generation: try await workshop.resolved(generation(workshop)), end: to, frames: frames,
            interpolation: try choice(interpolation, of: "--interpolation"),
            output: files.output ?? "walk.png")
        if dryRun.dryRun { return try console.showPlan(request) }
        let line = Mutex(ProgressLine(console))
        defer { line.withLock { $0.clear() } }
        let (begin, frames) = (ContinuousClock.now, frames)
        let report = try await workshop.walk(request, replacing: files.overwrite) { done in
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            let rate = Double(done) / max(seconds, 1e-6)
            line.withLock {
                $0.show(
                    "walking", done: done, of: frames, rate: Figures.rate(rate, "pictures/s"),
                    secondsLeft: Double(frames - done) / rate)
            }
        }
        line.withLock { $0.clear() }
        try console.present(report, showing: files.show)
    }

    /// The request through the strict reader, which knows what every number may be.
    private func generation(_ workshop: Workshop) throws -> GenerationRequest {
        let request = GenerationRequest(
            prompt: from, guidance: GuidanceChoice(scale: cfgScale, negativePrompt: negativePrompt),
            steps: steps,
            seeds: [seed ?? workshop.surroundings.freshSeed()],
            precision: try Precision(named: precision.dtype),
            device: computing.device, threads: computing.threads, model: model.model)
        return try GenerationRequest.decoded(from: request.json(pretty: false))
    }
}
