import ArgumentParser

/// Which model.
struct ModelOption: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "A model's name, file or folder (default: the first that models list shows).")
    var model: String?
}

/// Where and how it computes.
struct DeviceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where to compute: auto, cpu, cuda, cuda:1, mps.", valueName: "device"))
    var device = "auto"

    @Option(name: .shortAndLong, help: "Processor threads (default: all).")
    var threads: Int?
}

/// The network's precision.
struct PrecisionOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The network's numbers: auto, fp32, bf16, fp16, int8 (weights in bytes), w8a8 (products too).",
            valueName: "type"))
    var dtype = "auto"
}
