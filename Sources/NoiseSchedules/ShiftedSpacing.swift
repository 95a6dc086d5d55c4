/// The levels of another spacing with every sigma multiplied by a factor: more steps where there is much noise.
///
/// In the time of a flow model: time ← factor · time / (1 + (factor − 1) · time), because time / (1 − time) is sigma. Pure noise
/// and the clean sample stay what they are. Larger pictures need more noise to hide as much; what the network is told is each
/// level's own timestep, so a model may be trained without a shift and drawn with one.
/// Source: Esser et al. 2024, section 5.3.2 and equation 23.
public struct ShiftedSpacing: StepSpacing {
    /// The spacing that is shifted.
    public let base: any StepSpacing
    /// The factor of every sigma.
    public let factor: Double

    /// A spacing shifted by a factor.
    /// - Throws: `NoiseScheduleError.invalidParameter` unless the factor is above 0 and finite.
    public init(_ base: any StepSpacing, by factor: Double) throws(NoiseScheduleError) {
        guard factor > 0, factor.isFinite else {
            throw .invalidParameter(name: "shift", value: factor, expected: "a number above 0")
        }
        (self.base, self.factor) = (base, factor)
    }

    /// The factor that a picture's size asks for: √(pixels / pixels trained at).
    public static func factor(forPixels pixels: Int, trainedAt trained: Int) -> Double {
        (Double(pixels) / Double(max(trained, 1))).squareRoot()
    }

    /// The shifted levels, in the schedule's scale.
    /// - Throws: what the base throws; `NoiseScheduleError.invalidParameter` when a schedule that has no pure noise would be left.
    public func levels(
        steps: Int, over schedule: some NoiseSchedule
    ) throws(NoiseScheduleError) -> [NoiseLevel] {
        let noisiest = schedule.level(at: schedule.grid.last).sigma
        guard factor == 1 || noisiest.isInfinite else {
            throw .invalidParameter(
                name: "shift", value: factor,
                expected: "1, since the model's schedule ends at sigma \(noisiest)")
        }
        return try base.levels(steps: steps, over: schedule).map { level in
            level.signal == 0 || level.noise == 0 ? level : schedule.level(sigma: level.sigma * factor)
        }
    }
}
