/// A ramp through the sigmas, from that of the noisiest timestep to that of the cleanest, then to the clean sample.
///
/// A schedule that ends in pure noise, whose sigma is infinite, starts there and goes on along the ramp from
/// `KarrasSpacing.greatestSigma`.
public struct RampSpacing: StepSpacing, Hashable {
    /// The way from the greatest sigma to the least.
    public let ramp: SigmaRamp

    /// A spacing along a ramp.
    public init(_ ramp: SigmaRamp) { self.ramp = ramp }

    /// The levels of the ramp, then the clean sample.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func levels(
        steps: Int, over schedule: some NoiseSchedule
    ) throws(NoiseScheduleError) -> [NoiseLevel] {
        guard (1...10_000).contains(steps) else {
            throw .invalidSteps(steps, allowed: 1...10_000, spacing: ramp.name)
        }
        let (noisiest, cleanest) = (
            schedule.level(at: schedule.grid.last), schedule.level(at: schedule.grid.first)
        )
        let greatest = noisiest.sigma.isFinite ? noisiest.sigma : KarrasSpacing.greatestSigma
        let sigmas = ramp.sigmas(from: greatest, to: cleanest.sigma, count: steps)
        return [noisiest] + sigmas.dropFirst().map { schedule.level(sigma: $0) } + [.clean]
    }
}
