import ArgumentParser
import Recipes

/// Less memory or time at some cost in fidelity; all off unless given.
struct EconomyOptions: ParsableArguments {
    @Flag(help: "Decode tile by tile, which bounds the memory of large pictures.")
    var vaeTiling = false

    @Option(
        help: ArgumentHelp(
            "Compute the U-Net's deep features at one call of so many and reuse them between; 1 is off.",
            valueName: "calls"))
    var cacheInterval: Int?

    @Option(
        help: ArgumentHelp(
            "Merge this share of the pixels before they attend to each other, 0 to 0.75; 0 is off.",
            valueName: "ratio"))
    var tomeRatio: Double?

    /// Puts the options into a request.
    func apply(to request: inout GenerationRequest) {
        request.decodesInTiles = vaeTiling ? true : nil
        (request.cacheInterval, request.tokenMerging) = (cacheInterval, tomeRatio)
    }
}
