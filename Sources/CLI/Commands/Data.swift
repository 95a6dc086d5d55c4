import ArgumentParser
import Synchronization
import Workshop

/// `darkroom data`.
struct DataVerbs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Show, export or check pictures to train on.",
        discussion: """
            Examples:
              darkroom data scenes
              darkroom data photos/ --count 60 -o photos.png
              darkroom data check photos/
            """,
        subcommands: [ShowData.self, CheckData.self], defaultSubcommand: ShowData.self)
}

/// `darkroom data show`, which is meant where no verb follows.
struct ShowData: NameTaking {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show or export a data set, or show the pictures of a folder.",
        discussion: """
            Examples:
              darkroom data scenes
              darkroom data photos/ --count 60 -o photos.png
              darkroom data scenes --split heldout --count 12 --size 128 -o heldout.png
              darkroom data scenes --count 5000 --attributes --depth -o scenes/
              darkroom data portraits --size 256

            scenes and portraits are drawn from nothing. emoji needs the packages fonts-noto-color-emoji and \
            unicode-data, stamps needs tuxpaint-stamps-default.

            A name ending in .png becomes a captioned sheet, any other a folder with NNNNNN.png, NNNNNN.txt and \
            metadata.jsonl; --depth adds NNNNNN.pfm (scenes only), --attributes NNNNNN.json.
            """)

    @Argument(
        help:
            "The data set (\(Workshop.dataSets.joined(separator: ", "))), a folder of pictures or a tar file."
    )
    var name: String
    @Option(help: "Examples.") var count = 24
    @Option(help: "The first example's number.") var first = 0
    @Option(
        help: ArgumentHelp("What training sees, or what it never sees: train, heldout.", valueName: "split"))
    var split = "train"
    @Option(help: "Pixels a side.") var size = 64
    @Option(name: .shortAndLong, help: "The seed of the world.") var seed: UInt64 = 1
    @Flag(help: "Write how far away everything is.") var depth = false
    @Flag(help: "Write what is in each picture, attribute by attribute.") var attributes = false
    @Option(
        name: .shortAndLong,
        help: "A .png file for a sheet, or a folder (default: NAME-SPLIT.png or FOLDER.png).")
    var output: String?
    @Flag(help: "Overwrite what stands there instead of taking a free name.") var overwrite = false
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = DataRequest(
            name: name, split: try choice(split, of: "--split"), first: first, count: count, size: size,
            seed: seed,
            depth: depth, attributes: attributes, output: output ?? defaultOutput)
        if dryRun.dryRun {
            try console.emit(request)
            let what = "\(request.count) examples of \(name), \(split), \(size) × \(size)"
            console.show("\(what), from number \(first), seed \(seed), into \(request.output)")
            return
        }
        let line = Mutex(ProgressLine(console))
        defer { line.withLock { $0.clear() } }
        let begin = ContinuousClock.now
        let report = try Workshop().drawExamples(request, replacing: overwrite) { done in
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            let rate = Double(done) / max(seconds, 1e-6)
            line.withLock {
                $0.show(
                    "drawing", done: done, of: count, rate: Figures.rate(rate, "pictures/s"),
                    secondsLeft: Double(count - done) / rate)
            }
        }
        line.withLock { $0.clear() }
        try console.emit(report)
        console.show(report.path)
        console.say("\(report.examples.count) examples in \(Figures.seconds(report.seconds))")
    }
}

extension ShowData {
    /// `scenes-train.png`, and `photos.png` for a folder of that name.
    private var defaultOutput: String {
        if Workshop.dataSets.contains(name) { return "\(name)-\(split).png" }
        let last = name.split(separator: "/").last.map(String.init) ?? "pictures"
        let stem = last.lowercased().hasSuffix(".tar") ? String(last.dropLast(4)) : last
        return (stem.allSatisfy { $0 == "." } ? "pictures" : stem) + ".png"
    }
}

/// The case of a choice by its name.
func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ name: String, of option: String, as type: Choice.Type = Choice.self
) throws -> Choice {
    if let choice = Choice(rawValue: name) { return choice }
    throw UsageError.unknownChoice(option: option, found: name, known: Choice.allCases.map(\.rawValue))
}
