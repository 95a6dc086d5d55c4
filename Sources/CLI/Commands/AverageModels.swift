import ArgumentParser
import Recipes
import Workshop

/// `darkroom models average`.
struct AverageModels: Verb {
    static let configuration = CommandConfiguration(
        commandName: "average", abstract: "Make a model of any average of a run's weights, after training.",
        discussion: """
            The run must have kept snapshots: "powerAverages": {} in its recipe. The length of the average is its \
            standard deviation as a share of the images seen; 0.05 to 0.2 are usual, and which is best differs from \
            run to run (Karras et al. 2024). A taken name gets a number.

            Examples:
              darkroom models average runs/scenes-64 --sigma-rel 0.1
              darkroom models average runs/scenes-64 --sigma-rel 0.15 --at 400000 --output longer.safetensors
            """)

    @Argument(help: ArgumentHelp("The run's folder.", valueName: "run")) var run: String
    @Option(help: ArgumentHelp("The length of the average, 0.01 to 0.28.", valueName: "share")) var sigmaRel:
        Double
    @Option(help: ArgumentHelp("The moment (default: the latest snapshot).", valueName: "images")) var at:
        Int?
    @Option(name: .shortAndLong, help: "The file to write, .safetensors (default: in the run's folder).")
    var output: String?
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let workshop = Workshop()
        let model = try await workshop.average(run: self.run, sigmaRel: sigmaRel, at: at, to: output)
        try console.emit(model)
        console.say(
            "from \(model.snapshots) snapshots up to \(ProgressLine.grouped(model.imagesSeen)) images, "
                + Figures.bytes(model.bytes))
        console.show(workshop.surroundings.shown(model.path))
    }
}
