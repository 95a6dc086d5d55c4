import NoiseSchedules
import Testing

private let spacings: [any StepSpacing] = [
    LeadingSpacing(), TrailingSpacing(), LinspaceSpacing(), KarrasSpacing(), SimpleSpacing(),
    SGMUniformSpacing(),
    RampSpacing(.exponential), RampSpacing(.polyexponential(rho: 0.7)),
    RampSpacing(.beta(alpha: 0.6, beta: 0.6)), RampSpacing(.divergence),
]

@Suite struct SpacingLawsTests {
    @Test(arguments: schedules.indices, spacings.indices)
    func levelsFallStrictlyAndEndNoiseFree(schedule: Int, spacing: Int) throws {
        let (name, schedule) = schedules[schedule]
        let most = schedule.grid.isDiscrete ? schedule.grid.count : 200
        for steps in [1, 2, 3, 7, 25, 50, 200, 999, 1000] where steps <= most {
            let levels = try spacings[spacing].levels(steps: steps, over: schedule)
            #expect(levels.count == steps + 1)
            let sigmas = levels.map(\.sigma)
            #expect(
                zip(sigmas, sigmas.dropFirst()).allSatisfy(>), "\(name), \(spacings[spacing]), \(steps) steps"
            )
            #expect(levels.last == .clean)
        }
    }

    @Test func onlyLeadingStopsShortOfTheNoisiestLevel() throws {
        for (name, schedule) in schedules where schedule.grid.count >= 50 {
            let noisiest = schedule.level(at: schedule.grid.last)
            for spacing in spacings.dropFirst() {
                #expect(
                    try spacing.levels(steps: 10, over: schedule).first == noisiest, "\(name), \(spacing)")
            }
            #expect(try LeadingSpacing().levels(steps: 10, over: schedule)[0].sigma < noisiest.sigma)
        }
    }

    @Test func flowStridesAreEqualInTime() throws {
        let levels = try TrailingSpacing().levels(steps: 4, over: RectifiedFlow())
        #expect(levels.map(\.noise) == [1, 0.75, 0.5, 0.25, 0])
        #expect(levels.map(\.signal) == [0, 0.25, 0.5, 0.75, 1])
    }

    @Test func karrasStartsAtPureNoiseWhereTheScheduleDoes() throws {
        let levels = try KarrasSpacing().levels(steps: 8, over: RectifiedFlow())
        #expect(levels[0] == .pureNoise)
        #expect(levels[1].sigma < KarrasSpacing.greatestSigma)
        #expect(abs(levels[7].sigma - RectifiedFlow().level(at: 1).sigma) < 1e-9)
    }

    @Test func offsetMovesLeadingTimestepsAndStaysOnTheGrid() throws {
        let grid = try VariancePreserving.linear().grid
        #expect(try LeadingSpacing(offset: 1).timesteps(steps: 4, on: grid) == [751, 501, 251, 1])
        #expect(
            throws: NoiseScheduleError.invalidParameter(
                name: "offset", value: 1, expected: "a number from 0 to 0.0")
        ) {
            try LeadingSpacing(offset: 1).timesteps(steps: 1000, on: grid)
        }
    }
}

@Suite struct NoiseScheduleErrorTests {
    @Test func invalidLevelsAreRefused() {
        for (signal, noise) in [(-1, 0.5), (0, 0), (.nan, 1), (1, .infinity)] as [(Double, Double)] {
            #expect(throws: NoiseScheduleError.self) { try NoiseLevel(signal: signal, noise: noise) }
        }
        #expect(
            NoiseScheduleError.invalidLevel(signal: -1, noise: 0.5).summary
                == "noise level: expected finite signal and noise of at least 0 and not both 0, found signal -1.0 and "
                + "noise 0.5")
        #expect(!NoiseScheduleError.invalidLevel(signal: -1, noise: 0.5).advice.isEmpty)
    }

    @Test func invalidBetasSayWhich() {
        func message(_ make: () throws -> Void) -> String? {
            do { try make() } catch let error as NoiseScheduleError { return error.summary } catch {}
            return nil
        }
        #expect(
            message { _ = try VariancePreserving(betas: [0.1, 1.5]) }
                == "variances of the forward process: expected numbers between 0 and 1, found 1.5 at timestep 1"
        )
        #expect(
            message { _ = try VariancePreserving.cosine(timesteps: -3) }
                == "variances of the forward process: expected at least 2 of them, found 0")
        #expect(message { _ = try VariancePreserving.scaledLinear(from: -1) } != nil)
        #expect(message { _ = try VariancePreserving.linear(from: .nan) } != nil)
    }

    @Test func impossibleStepsNameTheRange() throws {
        let schedule = try VariancePreserving.linear()
        for spacing in spacings {
            #expect(throws: NoiseScheduleError.self) { try spacing.levels(steps: 0, over: schedule) }
            #expect(throws: NoiseScheduleError.self) {
                try spacing.levels(steps: .max, over: RectifiedFlow())
            }
        }
        let error = NoiseScheduleError.invalidSteps(1001, allowed: 1...1000, spacing: "leading")
        #expect(throws: error) { try LeadingSpacing().levels(steps: 1001, over: schedule) }
        #expect(error.summary == "leading spacing: expected 1 to 1000 steps, found 1001")
        #expect(error.advice == ["20 to 50 steps draw well with most models"])
        let rho = NoiseScheduleError.invalidParameter(
            name: "rho", value: 0, expected: "a number above 0 and at most 100")
        #expect(throws: rho) { try KarrasSpacing(rho: 0) }
        #expect(rho.summary == "rho: expected a number above 0 and at most 100, found 0.0")
        #expect(rho.advice == ["the usual rho is 7"])
    }
}
