import ArgumentParser
import Recipes
import Workshop

/// `darkroom generate`.
struct Generate: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Draw pictures from a sentence.",
        discussion: """
            Examples:
              darkroom generate "a red sphere on a green meadow, lit from the left"
              darkroom generate "a bonfire" --seed 7 --batch-count 4 --output fires/
              darkroom generate "a blue cube" --steps 40 --cfg 4 --sampler dpmpp_2m --scheduler karras
              darkroom generate "a blue cube" --cfg 8 --guidance-method apg --guidance-schedule cosine
              darkroom generate "a house in the snow" --trajectory emerging.webp
              darkroom generate "a castle" --model sd15 --sampler dpmpp_2m --scheduler karras
              darkroom generate "a castle in snow" --model sd15 -i castle.png --strength 0.6
              darkroom generate "a castle" --model sd15 --lora ink.safetensors:0.7
              darkroom generate "pebbles" --model sd15 --tiling
              darkroom generate "a castle" --model sdxl --refiner sdxl-refiner --refiner-start 0.8
              darkroom generate "a door" --model sd15 -i castle.png --mask door.png
              darkroom generate "a castle" --model sd15 --width 1024 --height 1024 --plan
              darkroom generate "a bonfire" --json | jq -r '.images[].path'

            The picture is a PNG with its settings inside. A name that is taken gets a number. The same seed gives the \
            same file, alone or in a batch.
            """)

    @Argument(help: "What to draw.") var prompt: String
    @OptionGroup(title: "Model") var model: ModelOption
    @OptionGroup(title: "Model") var adapters: AdapterOptions
    @OptionGroup(title: "Drawing") var sampling: SamplingOptions
    @OptionGroup(title: "Solver") var solver: SolverOptions
    @OptionGroup(title: "Guidance") var guidance: GuidanceOptions
    @OptionGroup(title: "Drawing") var tiling: TilingOptions
    @OptionGroup(title: "Starting from a picture") var beginning: StartOptions
    @OptionGroup(title: "Text and sizes") var text: TextOptions
    @OptionGroup(title: "Files") var files: PictureFileOptions
    @OptionGroup(title: "Computing") var fast: EconomyOptions
    @OptionGroup(title: "Computing") var precision: PrecisionOption
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @Flag(help: "Say what memory and time it would take on this machine, and draw nothing.")
    var plan = false
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        if plan {
            let plan = try await workshop.plan(checked(request(workshop)))
            try console.emit(plan)
            console.show(PlanText.lines(of: plan))
            return
        }
        let request = try await workshop.resolved(checked(request(workshop)))
        if dryRun.dryRun {
            console.output.write(try request.json(pretty: !console.isJSON) + "\n")
            return
        }
        if sampling.seed == nil, let seed = request.seeds.first { console.say("seed \(seed)") }
        let watcher = GenerationWatcher(console, workshop, isShowing: files.show)
        defer { watcher.finish() }
        let report = try await workshop.draw(request, replacing: files.overwrite) { watcher.take($0) }
        watcher.finish()
        try console.emit(report)
        if let summary = Self.summary(report) { console.say(summary) }
    }

    private func request(_ workshop: Workshop) throws -> GenerationRequest {
        var request = GenerationRequest(
            prompt: prompt,
            guidance: try guidance.choice(
                scale: sampling.cfgScale, negativePrompt: sampling.negativePrompt),
            width: sampling.width, height: sampling.height, steps: sampling.steps,
            seeds: try sampling.seeds(from: sampling.seed ?? workshop.surroundings.freshSeed()),
            sampler: try sampling.sampler(solver), spacing: try sampling.spacing(),
            precision: try Precision(named: precision.dtype), device: computing.device,
            threads: computing.threads, model: model.model, initialLatents: files.initLatents,
            outputs: GenerationOutputs(
                pictures: files.output, previewInterval: files.previewInterval, trajectory: files.trajectory,
                latents: files.saveLatents))
        request.flowShift = try sampling.shift()
        try beginning.apply(to: &request)
        try text.apply(to: &request)
        try adapters.apply(to: &request)
        tiling.apply(to: &request)
        fast.apply(to: &request)
        return request
    }

    /// The request through the strict reader, which knows what every number may be.
    private func checked(_ request: GenerationRequest) throws -> GenerationRequest {
        try GenerationRequest.decoded(from: request.json(pretty: false))
    }

    private static func summary(_ report: GenerationReport) -> String? {
        guard !report.seconds.steps.isEmpty else { return nil }
        func rounded(_ seconds: Double) -> String { Figures.seconds(seconds) }
        let pictures = report.images.count == 1 ? "1 picture" : "\(report.images.count) pictures"
        let steps = report.seconds.steps.reduce(0, +)
        return "\(pictures) in \(rounded(report.seconds.total)) (model \(rounded(report.seconds.load)), "
            + "\(report.seconds.steps.count) steps \(rounded(steps))), \(report.model.name)"
    }
}

/// Where pictures go and what is written besides.
struct PictureFileOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "A .png file or a folder (default: a name made from the prompt).")
    var output: String?

    @Flag(help: "Overwrite files of that name instead of taking a free one.")
    var overwrite = false

    @Flag(
        inversion: .prefixedNo,
        help: "Show the pictures in the terminal (default: when there is one).")
    var show: Bool?

    @Option(help: "Renew a preview beside the picture every so many steps; 0 is never.")
    var previewInterval = 0

    @Option(
        help: ArgumentHelp("The way from noise to picture: a .webp animation or a folder.", valueName: "path")
    )
    var trajectory: String?

    @Option(help: ArgumentHelp("Write the solver's end to a .safetensors file.", valueName: "path"))
    var saveLatents: String?

    @Option(
        help: ArgumentHelp(
            "Begin with the tensor \"latents\" of a .safetensors file instead of noise from the seed.",
            valueName: "path"))
    var initLatents: String?
}
