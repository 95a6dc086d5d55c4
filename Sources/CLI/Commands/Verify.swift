import ArgumentParser
import Recipes
import Synchronization
import Workshop

/// `darkroom verify`.
struct Verify: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Make a picture again from the record in its file, and compare.",
        discussion: """
            Examples:
              darkroom verify a-bonfire.png
              darkroom verify a-bonfire.png --model models/worlds-64-of-then.safetensors
              darkroom verify a-bonfire.png --json | jq -r .verdict

            Says identical (every sample is the same), close (but for rounding, as on another processor) or different; or \
            why the picture cannot be made again: no record, no such model, another model. Ends with 0 for identical and \
            close, with 1 otherwise.
            """)

    @Argument(help: "A PNG file that darkroom generate wrote.") var picture: String
    @Option(
        name: .shortAndLong,
        help: "The model that drew it, by name, file or folder (default: found by name and fingerprint).")
    var model: String?
    @Option(
        help: ArgumentHelp(
            "Where to compute: auto, cpu, cuda, cuda:1, mps (default: as recorded).", valueName: "device"))
    var device: String?
    @Option(name: .shortAndLong, help: "Processor threads (default: as recorded).") var threads: Int?
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = VerificationRequest(picture: picture, model: model, device: device, threads: threads)
        if dryRun.dryRun { return try console.showPlan(request) }
        let line = Mutex(ProgressLine(console))
        defer { line.withLock { $0.clear() } }
        let report = try await Workshop().verify(request) { step in
            let rate = step.seconds > 0 ? Figures.rate(1 / step.seconds, "steps/s") : ""
            line.withLock {
                $0.show(
                    "drawing again", done: step.step, of: step.steps, rate: rate,
                    secondsLeft: step.secondsLeft)
            }
        }
        line.withLock { $0.clear() }
        try console.emit(report)
        let style = Style(console.output)
        switch report.verdict {
        case .identical: console.show(style.green("identical") + "  every sample is the same")
        case .close: console.show(style.green("close") + "  " + Self.difference(report))
        case .different: console.show(style.red("different") + "  " + Self.difference(report))
        }
        console.say(
            "\(report.picture), seed \(report.seed), \(report.model.name), \(report.steps) steps on "
                + "\(report.device) in \(Figures.seconds(report.seconds))")
        if report.verdict == .different { throw ExitCode.failure }
    }

    private static func difference(_ report: VerificationReport) -> String {
        let share = Figures.fixed(100 * report.differingShare, 1)
        return "largest difference \(report.largestDifference)/255, mean "
            + "\(Figures.fixed(report.meanDifference, 3))/255, PSNR "
            + "\(Figures.fixed(report.decibels ?? .infinity, 1)) dB, \(share) % of the samples differ"
    }
}
