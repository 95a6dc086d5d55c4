import ArgumentParser
import Foundation
import Recipes
import Workshop

/// `darkroom explain`.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how learning works, on examples small enough to see through.",
        subcommands: [ExplainLine.self])
}

/// `darkroom explain line`.
struct ExplainLine: Verb {
    static let configuration = CommandConfiguration(
        commandName: "line",
        abstract: "Fit y = w·x to a cloud of points, one point at a time.",
        discussion: """
            Examples:
              darkroom explain line
              darkroom explain line --alpha 7
              darkroom explain line --points 12 --epochs 20 --seed 3 -o fit
              darkroom explain line --json | jq .numbers.weight

            For each point in turn: d = w·x − y, then w ← w − α·d·x. The line swings into place beside that of least \
            squares; with too large an α it swings ever wider. Writes a picture (.png) and an animation (.webp).
            """)

    @Option(name: .shortAndLong, help: "The cloud's seed.") var seed: UInt64 = 0
    @Option(help: "Points in the cloud.") var points = 40
    @Option(help: "The rate of learning, α.") var alpha = 0.1
    @Option(help: "Passes over all points.") var epochs = 4
    @OptionGroup var files: InstrumentFiles
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = LineRequest(
            seed: seed, points: points, alpha: alpha, epochs: epochs, output: files.output ?? "line.png")
        if dryRun.dryRun { return try console.showPlan(request) }
        let isPlaying = files.show ?? true && console.output.isTerminal && !console.isJSON && !console.isQuiet
        let report = try Workshop().fitLine(
            request, replacing: files.overwrite,
            terminal: isPlaying
                ? (columns: console.output.columns - 1, colored: console.output.hasColors) : nil)
        try await console.play(report.terminalFrames)
        try console.present(report, showing: false)
    }
}

/// Where an instrument's files go.
struct InstrumentFiles: ParsableArguments {
    @Option(
        name: .shortAndLong, help: "The name of the files, with or without .png (default: the verb's name).")
    var output: String?

    @Flag(help: "Overwrite files of that name instead of taking a free one.")
    var overwrite = false

    @Flag(inversion: .prefixedNo, help: "Show it in the terminal (default: when there is one).")
    var show: Bool?
}

extension Console {
    /// Prints files, words and, on a terminal where wanted, the picture; or everything as JSON.
    func present(_ report: InstrumentReport, showing: Bool?) throws {
        try emit(report)
        if showing ?? (output.hasColors && !isQuiet), !isJSON,
            let text = Workshop().terminalPicture(
                of: report, columns: min(120, output.columns), trueColor: output.hasTrueColor)
        {
            output.write(text)
        }
        if !isQuiet { for line in report.words { show(line) } }
        for path in [report.picture, report.animation].compactMap({ $0 }) { show(path) }
    }

    /// Shows texts of equal height one over the other, about fourteen a second.
    func play(_ frames: [String]) async throws {
        var height = 0
        for frame in frames {
            try Task.checkCancellation()
            output.write((height > 0 ? "\u{1B}[\(height)A" : "") + frame.replacing("\n", with: "\u{1B}[K\n"))
            height = frame.count { $0 == "\n" }
            try await Task.sleep(for: .milliseconds(70))
        }
    }

    /// Prints what would be done, every default spelled out.
    func showPlan(_ request: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if !isJSON { encoder.outputFormatting.insert(.prettyPrinted) }
        output.write(String(decoding: try encoder.encode(request), as: UTF8.self) + "\n")
    }
}
