import ArgumentParser

/// What every verb understands.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print JSON on standard output and nothing else there.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no messages, only results and errors.")
    var quiet = false
}

/// For verbs that can say what they would do.
struct DryRunOption: ParsableArguments {
    @Flag(help: "Print what would be done, every default spelled out, and do nothing.")
    var dryRun = false
}
