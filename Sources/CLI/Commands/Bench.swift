import ArgumentParser
import Foundation
import Recipes
import Workshop

/// `darkroom bench`.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Race against other programs.",
        discussion: """
            Example:
              darkroom bench serve --stage picture
            """,
        subcommands: [ServeBench.self])
}

/// `darkroom bench serve`: one unit of work a line of standard input, so that programs can be raced in turns.
struct ServeBench: Verb {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Do one unit of work for every line \"go\" on standard input.",
        discussion: """
            Loads, warms up, prints {"ready": true}; then prints {"s": SECONDS, "others": BUSY} for every "go", where \
            BUSY is how many processors other programs used meanwhile. Leaves at "quit" or the end of the input.

            Examples:
              printf 'go\\ngo\\nquit\\n' | darkroom bench serve --stage picture
              printf 'go\\nquit\\n' | darkroom bench serve --model sd15 --stage unet --dtype bf16 --batch 4
              printf 'go\\nquit\\n' | darkroom bench serve --stage train --model Recipes/scenes-64.json
            """)

    @Option(
        name: .shortAndLong,
        help: "A model's name, file or folder; for --stage train a recipe's file too.")
    var model: String?
    @Option(help: ArgumentHelp("The unit of work: picture, unet, vae, train.", valueName: "stage"))
    var stage = "picture"
    @Option(help: "For --stage train: pixels a side (default: the recipe's).") var resolution: Int?
    @Option(
        help: """
            For --stage train: images an update (default: the recipe's); for the others: pictures a unit, one after another \
            (default: 1).
            """)
    var batch: Int?
    @Option(name: [.customShort("W"), .long], help: "Pixels across (default: the model's size).")
    var width: Int?
    @Option(name: [.customShort("H"), .long], help: "Pixels down (default: the model's size).")
    var height: Int?
    @Option(help: "Steps a picture (default: the model's).") var steps: Int?
    @Option(
        name: [.long, .customLong("sampler")],
        help: ArgumentHelp("The solver of --stage picture (default: the model's).", valueName: "sampler"))
    var samplingMethod: String?
    @Option(help: "What to draw.") var prompt = "a red sphere on a green meadow"
    @OptionGroup(title: "Computing") var fast: EconomyOptions
    @OptionGroup(title: "Computing") var precision: PrecisionOption
    @OptionGroup(title: "Computing") var computing: DeviceOptions
    @OptionGroup var common: CommonOptions

    private struct Ready: Encodable { let ready = true }

    func perform(_ console: Console) async throws {
        let stage: BenchStage = try choice(stage, of: "--stage")
        if let batch, batch < 1 {
            throw UsageError.badValue(option: "--batch", expected: "at least 1", found: "\(batch)")
        }
        var request = GenerationRequest(
            prompt: prompt, width: width, height: height, steps: steps,
            sampler: try samplingMethod.map { try SamplerChoice(named: $0) },
            precision: try Precision(named: precision.dtype),
            device: computing.device, threads: computing.threads, model: model)
        fast.apply(to: &request)
        let unit = try await Workshop().bench(
            stage, GenerationRequest.decoded(from: request.json(pretty: false)), resolution: resolution,
            batch: batch)
        // The protocol is JSON lines whether or not --json is given.
        let lines = Console(isJSON: true, isQuiet: console.isQuiet)
        try lines.emit(Ready())
        for await line in Self.inputLines() {
            switch line.trimmingCharacters(in: .whitespaces) {
            case "go": try lines.emit(try await unit())
            case "quit": return
            case "": continue
            default: throw UsageError.badValue(option: "standard input", expected: "go or quit", found: line)
            }
            try Task.checkCancellation()
        }
        try Task.checkCancellation()
    }

    /// The lines of standard input, read on a thread of their own so that Ctrl-C is heard while waiting for one.
    private static func inputLines() -> AsyncStream<String> {
        AsyncStream { continuation in
            let thread = Thread {
                while let line = readLine() { continuation.yield(line) }
                continuation.finish()
            }
            thread.start()
        }
    }
}
