/// Equal steps of sigma to the power 1 / rho: small steps where there is little noise.
///
/// Runs from the sigma of the noisiest timestep to that of the cleanest, then to the clean sample. A schedule that ends in
/// pure noise, whose sigma is infinite, starts there and goes on along the ramp from `greatestSigma`.
/// Source: Karras et al. 2022, equation 5.
public struct KarrasSpacing: StepSpacing, Hashable {
    /// The bend; 7 unless said otherwise.
    public let rho: Double
    /// Where the ramp begins when the schedule's own sigma is infinite.
    public static let greatestSigma = 80.0

    /// A ramp of bend `rho`.
    /// - Throws: `NoiseScheduleError.invalidParameter` unless 0 < rho ≤ 100.
    public init(rho: Double) throws(NoiseScheduleError) {
        guard rho > 0, rho <= 100 else {
            throw .invalidParameter(name: "rho", value: rho, expected: "a number above 0 and at most 100")
        }
        self.rho = rho
    }

    /// A ramp of bend 7.
    public init() { rho = 7 }

    /// The levels of the ramp, then the clean sample.
    /// - Throws: `NoiseScheduleError.invalidSteps`.
    public func levels(
        steps: Int, over schedule: some NoiseSchedule
    ) throws(NoiseScheduleError) -> [NoiseLevel] {
        try RampSpacing(.karras(rho: rho)).levels(steps: steps, over: schedule)
    }
}
