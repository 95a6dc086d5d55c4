import ArgumentParser

/// The whole command line.
struct Darkroom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "darkroom",
        abstract: "Trains text-to-image diffusion models, draws with them, and shows what they learned.",
        discussion: """
            Examples:
              darkroom generate "a red sphere on a green meadow"
              darkroom data scenes -o scenes.png
              darkroom walk "bookshelves in a library" "a bonfire"
              darkroom train Recipes/scenes-64.json --run runs/first
              darkroom evaluate worlds-64
              darkroom doctor
            """,
        version: "darkroom \(Version.current)",
        groupedSubcommands: [
            CommandGroup(name: "Draw", subcommands: [Generate.self, Verify.self, Models.self]),
            CommandGroup(name: "Learn", subcommands: [Train.self, Evaluate.self, DataVerbs.self]),
            CommandGroup(
                name: "Look inside", subcommands: [Explain.self, Noise.self, Walk.self, Concept.self]),
            CommandGroup(name: "Look after", subcommands: [Doctor.self, Bench.self]),
        ])
}
