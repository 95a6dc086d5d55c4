import ArgumentParser
import Workshop

/// `darkroom concept`.
struct Concept: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Add and subtract words, and see which word lies nearest.",
        discussion: """
            Examples:
              darkroom concept "king - man + woman"
              darkroom concept "bigger - big + small" --count 3
              darkroom concept "0.5*sea + night" --everything -o sea-night
              darkroom concept "walking - walk + swim" --json | jq -r '.numbers.nearest[0].word'

            The words of the sum are left out, because one of them nearly always wins; a second list lets them in. \
            Writes a map of the words (.png).
            """)

    @Argument(help: "Words with + and − between them; a weight stands before its word with a star.")
    var expression: String
    @Option(help: "Words to list.") var count = 8
    @Flag(help: "List pieces of words, numbers and signs too.") var everything = false
    @OptionGroup(title: "Model") var model: ModelOption
    @OptionGroup var files: InstrumentFiles
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = ConceptRequest(
            expression: expression, count: count, listsEverything: everything, model: model.model,
            output: files.output ?? "concept.png")
        if dryRun.dryRun { return try console.showPlan(request) }
        let report = try await Workshop().addWords(request, replacing: files.overwrite)
        try console.present(report, showing: files.show ?? false)
    }
}
