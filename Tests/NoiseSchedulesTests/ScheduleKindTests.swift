import Foundation
import NoiseSchedules
import Testing

@Suite struct EDMScheduleTests {
    @Test func endsAndScaleAreThoseOfThePaper() throws {
        let schedule = try EDMSchedule(least: 0.002, greatest: 80, ofData: 0.5)
        #expect(abs(schedule.level(at: 1).sigma - 0.002) < 1e-15 && schedule.level(at: 1000).sigma == 80)
        // Halfway in log sigma, as c_noise = log(sigma) / 4 is linear in the timestep.
        #expect(abs(schedule.level(at: 500.5).sigma - (0.002 * 80).squareRoot()) < 1e-12)
        for sigma in [0.01, 0.5, 7.0] {
            let level = schedule.level(sigma: sigma)
            let input = 1 / (sigma * sigma + 0.25).squareRoot()
            #expect(abs(level.signal - input) < 1e-12 && abs(level.noise - sigma * input) < 1e-12)
            // Unit variance of what the network gets.
            #expect(abs(level.signal * level.signal * 0.25 + level.noise * level.noise - 1) < 1e-12)
        }
    }

    @Test func impossibleSigmasAreRefused() {
        for (least, greatest, ofData) in [(0, 1, 1), (2, 1, 1), (1, .infinity, 1), (1, 2, 0), (.nan, 1, 1)]
            as [(Double, Double, Double)]
        {
            #expect(throws: NoiseScheduleError.self) {
                try EDMSchedule(least: least, greatest: greatest, ofData: ofData)
            }
        }
    }
}

@Suite struct ZeroTerminalTests {
    @Test func nothingOfTheSampleIsLeftAtTheEnd() throws {
        let usual = try VariancePreserving.scaledLinear()
        let schedule = try usual.endingInPureNoise()
        #expect(schedule.level(at: 999) == .pureNoise && schedule.grid == usual.grid)
        #expect(abs(schedule.alphaBar(at: 0) - usual.alphaBar(at: 0)) < 1e-12)
        #expect(try schedule.endingInPureNoise() == schedule && usual.endingInPureNoise(false) == usual)
        // The same numbers as in single precision, which other programs' files are read with.
        let single = SinglePrecisionBetas.scaledLinear(from: 0.00085, to: 0.012, timesteps: 1000)
            .endingInPureNoise.alphaBars
        for timestep in stride(from: 0, to: 999, by: 37) {
            let (ours, theirs) = (schedule.alphaBar(at: Double(timestep)), single[timestep])
            #expect(abs(ours - theirs) < 2e-5, "timestep \(timestep)")
        }
    }

    @Test func trailingStepsStartAtPureNoise() throws {
        let schedule = try VariancePreserving.linear().endingInPureNoise()
        let levels = try TrailingSpacing().levels(steps: 10, over: schedule)
        #expect(levels[0] == .pureNoise && levels[1].sigma.isFinite && levels.last == .clean)
    }
}

@Suite struct ShiftTests {
    /// shift · time / (1 + (shift − 1) · time), written out.
    @Test(arguments: [0.5, 1, 3, 6])
    func timesMoveAsInThePaper(shift: Double) throws {
        let flow = RectifiedFlow()
        let before = try TrailingSpacing().levels(steps: 8, over: flow)
        let after = try ShiftedSpacing(TrailingSpacing(), by: shift).levels(steps: 8, over: flow)
        for (before, after) in zip(before, after) {
            let time = before.noise
            #expect(abs(after.noise - shift * time / (1 + (shift - 1) * time)) < 1e-12)
            #expect(abs(after.signal + after.noise - 1) < 1e-12)
        }
        #expect(after.first == .pureNoise && after.last == .clean)
    }

    @Test func twiceTheSidesAskForTwiceTheSigma() {
        #expect(ShiftedSpacing.factor(forPixels: 128 * 128, trainedAt: 64 * 64) == 2)
        #expect(ShiftedSpacing.factor(forPixels: 64 * 64, trainedAt: 64 * 64) == 1)
    }

    @Test func onlySchedulesThatEndInPureNoiseAreShifted() throws {
        let spacing = try ShiftedSpacing(TrailingSpacing(), by: 3)
        #expect(throws: NoiseScheduleError.self) {
            try spacing.levels(steps: 4, over: VariancePreserving.linear())
        }
        let zero = try VariancePreserving.linear().endingInPureNoise()
        let sigmas = try spacing.levels(steps: 4, over: zero).map(\.sigma)
        #expect(sigmas.first == .infinity && zip(sigmas, sigmas.dropFirst()).allSatisfy(>))
        for factor in [0, -1, .infinity, .nan] as [Double] {
            #expect(throws: NoiseScheduleError.self) { try ShiftedSpacing(TrailingSpacing(), by: factor) }
        }
    }
}
