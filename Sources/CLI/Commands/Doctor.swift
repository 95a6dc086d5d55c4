import ArgumentParser
import Workshop

/// `darkroom doctor`.
struct Doctor: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Say what is installed, how fast it is, and what to do.",
        discussion: """
            Examples:
              darkroom doctor
              darkroom doctor --no-speed --json
            """)

    @Flag(inversion: .prefixedNo, help: "Measure the speed, which takes a second or two.") var speed = true
    @OptionGroup var common: CommonOptions

    private struct Report: Encodable {
        let darkroom: String
        let health: HealthReport

        func encode(to encoder: any Encoder) throws {
            try health.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(darkroom, forKey: .darkroom)
        }
        enum CodingKeys: String, CodingKey { case darkroom }
    }

    func perform(_ console: Console) async throws {
        let health = try await Workshop().health(isMeasuring: speed)
        try console.emit(Report(darkroom: Version.current, health: health))
        let style = Style(console.output)
        func row(_ label: String, _ value: String) {
            console.show(style.dim(Figures.label(label)) + value)
        }
        row("darkroom", Version.current)
        row("libtorch", "\(health.libtorch), \(health.capability)")
        row("system", health.system)
        row("processor", "\(health.processor), \(health.processors) processors, \(health.threads) threads")
        let short =
            health.gainsByBFloat16
            ? "native" : "native, but slower than fp32: --dtype auto takes it for large models only"
        let single =
            health.affordsBFloat16
            ? "by way of fp32, no slower: --dtype auto takes it for large models only"
            : "by way of fp32; --dtype auto takes fp32"
        row("bf16", health.nativeBFloat16 ? short : single)
        row("devices", health.devices.joined(separator: ", "))
        let free = health.freeMemoryBytes.map { ", \(Figures.bytes($0)) free" } ?? ""
        row("memory", Figures.bytes(health.memoryBytes) + free)
        if let disk = health.freeDiskBytes { row("disk", "\(Figures.bytes(disk)) free here") }
        row("models", health.models.isEmpty ? "none" : health.models.map(\.name).joined(separator: ", "))
        row("words", health.wordVectors ?? "missing")
        if let speed = health.speed {
            row(
                "speed",
                "\(Figures.fixed(speed.gigaflopsFP32, 0)) GFLOP/s fp32, \(Figures.fixed(speed.gigaflopsBF16, 0)) bf16"
            )
            if let step = speed.secondsPerStep {
                row(
                    "",
                    "\(Figures.seconds(step)) a guided step, about \(Figures.seconds(step * 25)) a picture")
            }
        }
        if health.advice.isEmpty {
            console.show(style.green("all is well"))
        } else {
            for advice in health.advice { console.show("\(style.yellow("→")) \(advice)") }
        }
    }
}
