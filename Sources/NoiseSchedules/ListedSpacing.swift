/// The sigmas of a list; the number of steps is that of the list.
public struct ListedSpacing: StepSpacing, Hashable {
    /// The sigmas, falling.
    public let sigmas: [Double]

    /// The spacing of a list.
    /// - Throws: `NoiseScheduleError.invalidParameter` unless there are two or more, falling, the last at least 0.
    public init(_ sigmas: [Double]) throws(NoiseScheduleError) {
        let expected = "two or more falling numbers, the last at least 0"
        guard sigmas.count >= 2 else {
            throw .invalidParameter(name: "sigmas", value: sigmas.first ?? 0, expected: expected)
        }
        for (sigma, next) in zip(sigmas, sigmas.dropFirst())
        where !(sigma > next && next >= 0 && sigma.isFinite) {
            throw .invalidParameter(name: "sigmas", value: next, expected: expected)
        }
        self.sigmas = sigmas
    }

    /// The levels of the list, in the schedule's scale.
    public func levels(steps: Int, over schedule: some NoiseSchedule) -> [NoiseLevel] {
        sigmas.map { $0 == 0 ? .clean : schedule.level(sigma: $0) }
    }
}
