import ArgumentParser
import Synchronization
import Workshop

/// `darkroom data check`.
struct CheckData: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what training on pictures would meet: broken files, sizes, twins.",
        discussion: """
            Examples:
              darkroom data check photos/
              darkroom data check shards/ --distance 6 -o twins.png
              darkroom data check Recipes/pictures-64.json --json | jq '.sources[].broken'

            Every picture is decoded once. Pictures that look alike are found by a 64-bit perceptual hash: those that \
            differ in at most --distance bits hang together.
            """)

    @Argument(help: "A folder of pictures, a tar file, a folder of tar files, or a recipe.") var what: String
    @Option(help: "In how many of 64 bits pictures that look alike may differ, 0 to 10.") var distance = 4
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("A sheet of the pictures that look alike.", valueName: "file.png"))
    var output: String?
    @Flag(help: "Overwrite what stands there instead of taking a free name.") var overwrite = false
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = DataCheckRequest(what: what, distance: distance, sheet: output)
        if let output, !output.lowercased().hasSuffix(".png") {
            throw UsageError.badValue(
                option: "--output", expected: "a name that ends in .png", found: output,
                advice: ["the sheet is a PNG picture"])
        }
        let line = Mutex(ProgressLine(console))
        defer { line.withLock { $0.clear() } }
        let begin = ContinuousClock.now
        let report = try Workshop().checkData(request, replacing: overwrite) { done, total in
            let rate = Double(done) / max((ContinuousClock.now - begin) / .seconds(1), 1e-6)
            line.withLock {
                $0.show(
                    "looking", done: done, of: total, rate: Figures.rate(rate, "pictures/s"),
                    secondsLeft: Double(total - done) / rate)
            }
        }
        line.withLock { $0.clear() }
        try console.emit(report)
        for text in Self.lines(report) { console.show(text) }
        console.say("looked at everything in \(Figures.seconds(report.seconds))")
    }

    /// The report as a person reads it.
    static func lines(_ report: DataCheckReport) -> [String] {
        var lines: [String] = []
        for source in report.sources {
            let formats = source.formats.sorted { $0.key < $1.key }
                .map { "\(ProgressLine.grouped($0.value)) \($0.key)" }.joined(separator: ", ")
            lines.append("\(source.title): \(ProgressLine.grouped(source.pictures)) pictures")
            func add(_ label: String, _ text: String) { lines.append("  " + Figures.label(label) + text) }
            if !formats.isEmpty { add("formats", formats) }
            if let widths = source.widths, let heights = source.heights {
                add(
                    "sizes",
                    "\(widths.least) × \(heights.least) to \(widths.most) × \(heights.most), "
                        + "in the middle \(widths.median) × \(heights.median)")
            }
            if let shapes = source.shapes {
                add(
                    "trained at",
                    shapes.sorted { $0.key < $1.key }
                        .map { "\($0.key): \(ProgressLine.grouped($0.value))" }.joined(separator: ", "))
            }
            if let words = source.captionWords {
                add("captions", "\(words.least) to \(words.most) words, in the middle \(words.median)")
            }
            for remark in source.remarks {
                let more = remark.count > remark.names.count && !remark.names.isEmpty ? ", …" : ""
                let names = remark.names.isEmpty ? "" : ": " + remark.names.joined(separator: ", ") + more
                add("", "\(ProgressLine.grouped(remark.count)) \(remark.what)\(names)")
            }
            if source.brokenCount > 0 {
                add("broken", "\(source.brokenCount)")
                for broken in source.broken.prefix(20) {
                    lines.append("    \(broken.name): \(broken.reason)")
                }
                if source.brokenCount > 20 { lines.append("    …; --json names more") }
            }
        }
        guard report.groupCount > 0 else { return lines + ["no two pictures look alike"] }
        lines.append("\(report.groupCount) groups look alike; \(report.spare) pictures could go")
        for (number, group) in report.groups.prefix(20).enumerated() {
            let names = group.prefix(6).map(\.name).joined(separator: ", ")
            lines.append("  \(number + 1): \(names)\(group.count > 6 ? ", …" : "")")
        }
        if report.groupCount > 20 { lines.append("  …; --json names more, -o twins.png shows them") }
        if let sheet = report.sheet { lines.append(sheet) }
        return lines
    }
}
