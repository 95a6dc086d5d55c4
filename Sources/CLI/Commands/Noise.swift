import ArgumentParser
import Workshop

/// `darkroom noise`.
struct Noise: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Bury a picture in noise, step by step and in one stroke.",
        discussion: """
            Examples:
              darkroom noise cat.png
              darkroom noise cat.png --schedule linear --steps 10 -o cat-noise
              darkroom noise cat.png --json | jq '.numbers.stages[] | [.timestep, .decibels]'

            One row walks through every timestep with fresh noise, q(x_t | x_t−1); the other jumps to each level, \
            q(x_t | x_0). Both have the same distribution. Writes a strip (.png) and an animation (.webp).
            """)

    @Argument(help: "A picture: PNG, JPEG or WebP.") var picture: String
    @Option(help: "How noise grows: linear, cosine, scaled_linear, flow.") var schedule = "cosine"
    @Option(help: "Pictures in the strip, 2 to 16.") var steps = 8
    @Option(name: .shortAndLong, help: "The noise's seed.") var seed: UInt64 = 0
    @OptionGroup var files: InstrumentFiles
    @OptionGroup var dryRun: DryRunOption
    @OptionGroup var common: CommonOptions

    func perform(_ console: Console) async throws {
        let request = NoiseRequest(
            input: picture, schedule: try NoiseRequest.schedule(named: schedule), steps: steps, seed: seed,
            output: files.output ?? "noise.png")
        if dryRun.dryRun { return try console.showPlan(request) }
        let report = try await Workshop().buryInNoise(request, replacing: files.overwrite)
        try console.present(report, showing: files.show)
    }
}
