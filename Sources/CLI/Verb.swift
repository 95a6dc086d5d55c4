import ArgumentParser

/// A verb of the command line: options, then one thing done.
///
/// A verb parses, asks the Workshop, and prints through the console that it is given. What it throws becomes a message
/// and an exit status at the door.
protocol Verb: AsyncParsableCommand {
    /// The options that all verbs have.
    var common: CommonOptions { get }
    /// Does what the verb says.
    func perform(_ console: Console) async throws
}

/// A verb that is meant where a name stands in the place of a verb, such as `darkroom data scenes`.
protocol NameTaking: Verb {}

extension Verb {
    mutating func run() async throws {
        try await perform(Console(isJSON: common.json, isQuiet: common.quiet))
    }
}
