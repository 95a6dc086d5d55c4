import ArgumentParser
import Recipes

/// What decides a picture besides its prompt and its model.
struct SamplingOptions: ParsableArguments {
    @Option(name: [.customShort("n"), .long], help: "What to steer away from.")
    var negativePrompt = ""

    @Option(
        name: [.customShort("W"), .long],
        help: "Pixels across (default: the model's size, or the initial picture's).")
    var width: Int?

    @Option(
        name: [.customShort("H"), .long],
        help: "Pixels down (default: the model's size, or the initial picture's).")
    var height: Int?

    @Option(
        name: [.long, .customLong("num-inference-steps")],
        help: "Steps from noise to picture (default: the model's).")
    var steps: Int?

    @Option(
        name: [.long, .customLong("cfg"), .customLong("guidance-scale")],
        help: "How strongly the prompt steers; 1 is without guidance (default: the model's).")
    var cfgScale: Double?

    @Option(name: .shortAndLong, help: "The first picture's seed (default: a fresh one, which is printed).")
    var seed: UInt64?

    @Option(
        name: [.long, .customLong("sampler")],
        help: ArgumentHelp(
            "The solver (default: the model's): \(SamplerChoice.ids.joined(separator: ", ")).",
            valueName: "sampler"))
    var samplingMethod: String?

    @Option(
        help: ArgumentHelp(
            "Which noise levels are visited (default: the model's): "
                + "\(SpacingChoice.ids.joined(separator: ", ")).",
            valueName: "spacing"))
    var scheduler: String?

    @Option(
        help: ArgumentHelp(
            "Noise levels of your own in place of --scheduler and --steps: falling sigmas, such as 14.6,5,1,0.2,0.",
            valueName: "list"))
    var sigmas: String?

    @Option(
        help: ArgumentHelp(
            "Flow models: multiply every sigma, so that more steps go where there is much noise; \"resolution\" takes "
                + "the factor that the picture's size asks for.", valueName: "factor"))
    var flowShift: String?

    @Option(name: .shortAndLong, help: "Pictures; their seeds follow one another.")
    var batchCount = 1

    /// The pictures' seeds; none when a fresh one is to be drawn.
    func seeds(from first: UInt64) throws -> [UInt64] {
        guard (1...10_000).contains(batchCount) else {
            throw UsageError.badValue(
                option: "--batch-count", expected: "1 to 10000", found: "\(batchCount)")
        }
        return (0..<UInt64(batchCount)).map { first &+ $0 }
    }

    func sampler(_ solver: SolverOptions) throws -> SamplerChoice? {
        try solver.applied(to: samplingMethod.map { try SamplerChoice(named: $0) })
    }

    func spacing() throws -> SpacingChoice? {
        if let sigmas {
            guard scheduler == nil else {
                throw UsageError.contradiction(
                    "--sigmas and --scheduler both say which noise levels are visited",
                    advice: ["leave one of them out"])
            }
            return try SpacingChoice(sigmas: sigmas)
        }
        return try scheduler.map { try SpacingChoice(named: $0) }
            ?? samplingMethod.flatMap { SpacingChoice(impliedBySampler: $0) }
    }

    func shift() throws -> ShiftChoice? {
        guard let flowShift else { return nil }
        if flowShift == "resolution" { return .resolution }
        guard let factor = Double(flowShift), (0.01...100).contains(factor) else {
            throw UsageError.badValue(
                option: "--flow-shift", expected: "a number from 0.01 to 100, or resolution",
                found: flowShift)
        }
        return .factor(factor)
    }
}
