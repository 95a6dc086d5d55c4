import ArgumentParser
import Recipes

/// What a sampler is told besides its name.
struct SolverOptions: ParsableArguments {
    @Option(
        help: "Fresh noise of ddim, tcd, *_ancestral and *_sde: 0 is none, 1 is as much as ddpm.")
    var eta: Double?

    @Option(
        name: [.long, .customLong("solver-order")],
        help: "The greatest order of lms (to 4), deis, unipc, dpmpp_2m and dpmpp_2s (to 3).")
    var order: Int?

    @Option(
        help: "Noise that euler, heun and dpm2 add on the way and remove again, such as 20 (default: 0).")
    var sChurn: Double?

    @Option(help: "The least sigma at which --s-churn adds noise (default: 0).")
    var sTmin: Double?

    @Option(help: "The greatest sigma at which --s-churn adds noise (default: no bound).")
    var sTmax: Double?

    @Option(
        help: "The factor of the noise that is added on the way, such as 1.003 (default: 1).")
    var sNoise: Double?

    /// The sampler with these options.
    /// - Throws: `UsageError` for an option that the sampler does not have, or without a sampler.
    func applied(to sampler: SamplerChoice?) throws -> SamplerChoice? {
        // What numbers may be, the strict reader of requests knows.
        let given: [(option: SamplerOption, flag: String)] = [
            eta.map { _ in (.eta, "--eta") }, order.map { _ in (.order, "--order") },
            sChurn.map { _ in (.sChurn, "--s-churn") }, sTmin.map { _ in (.sTmin, "--s-tmin") },
            sTmax.map { _ in (.sTmax, "--s-tmax") }, sNoise.map { _ in (.sNoise, "--s-noise") },
        ].compactMap(\.self)
        for (option, flag) in given {
            let owners = SamplerKind.allCases.filter { $0.options.contains(option) }.map(\.id)
            guard let sampler, owners.contains(sampler.id) else {
                throw UsageError.contradiction(
                    "\(flag) belongs to the samplers \(owners.joined(separator: ", ")), not to "
                        + (sampler?.id ?? "the model's own"),
                    advice: ["leave \(flag) out, or add --sampler \(owners[0])"])
            }
        }
        guard let sampler, !given.isEmpty else { return sampler }
        return sampler.with(
            SamplerOptions(
                eta: eta, order: order, churn: sChurn ?? 0, churnFrom: sTmin ?? 0,
                churnTo: sTmax ?? .infinity, noiseScale: sNoise ?? 1))
    }
}
