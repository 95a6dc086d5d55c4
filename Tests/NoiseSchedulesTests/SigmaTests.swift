import Foundation
import Testing

@testable import NoiseSchedules

@Suite struct SigmaTableTests {
    @Test func timestepsAndSigmasInvertEachOtherAtWholeTimesteps() throws {
        let table = SigmaTable(of: try VariancePreserving.scaledLinear())
        for timestep in 0..<1000 {
            let back = table.timestep(of: table.sigma(at: Double(timestep)))
            #expect(abs(back - Double(timestep)) < 1e-3)
        }
        let middle = table.sigma(at: 500.5)
        #expect(abs(middle - (table.sigmas[500] + table.sigmas[501]) / 2) < 1e-12)
        #expect(table.sigma(at: -3) == table.least && table.sigma(at: 1e9) == table.greatest)
        #expect(table.timestep(of: 0) == 0 && table.timestep(of: .infinity) == 999)
    }

    @Test func pureNoiseHasAFiniteSigmaInTheTable() throws {
        let betas = SinglePrecisionBetas.scaledLinear(from: 0.00085, to: 0.012, timesteps: 1000)
        let bars = betas.endingInPureNoise.alphaBars
        #expect(bars.last == 0 && abs(bars[0] - betas.alphaBars[0]) < 1e-6)
        let schedule = try VariancePreserving(alphaBars: bars)
        #expect(schedule.level(at: 999) == .pureNoise && schedule.level(at: 998).sigma.isFinite)
        #expect(schedule.timestep(at: .pureNoise) == 999)
        #expect(SigmaTable(of: schedule).greatest == 4096)
    }

    @Test func singlePrecisionMovesAlphaBarALittle() throws {
        let single = SinglePrecisionBetas.scaledLinear(from: 0.00085, to: 0.012, timesteps: 1000).alphaBars
        let exact = try VariancePreserving.scaledLinear()
        let differences = single.indices.map { abs(single[$0] / exact.alphaBar(at: Double($0)) - 1) }
        #expect(differences.allSatisfy { $0 < 3e-5 } && differences.contains { $0 > 1e-8 })
        #expect(single.allSatisfy { Double(Float($0)) == $0 })
    }

    @Test func alphaBarsThatDoNotFallAreRefused() {
        for bars in [[0.9], [1.0, 0.5], [0.9, 0.9], [0.5, 0.0, -0.1], [0.9, 0, 0]] {
            #expect(throws: NoiseScheduleError.self) { try VariancePreserving(alphaBars: bars) }
        }
    }
}

@Suite struct BetaQuantileTests {
    /// For shapes of one half the distribution is the arcsine law, for 1 the uniform one.
    @Test func quantilesOfKnownDistributions() {
        for step in 0...100 {
            let share = Double(step) / 100
            let arcsine = pow(sin(.pi * share / 2), 2)
            #expect(abs(betaQuantile(share, alpha: 0.5, beta: 0.5) - arcsine) < 1e-12)
            #expect(abs(betaQuantile(share, alpha: 1, beta: 1) - share) < 1e-12)
            #expect(abs(betaQuantile(share, alpha: 2, beta: 1) - share.squareRoot()) < 1e-12)
        }
    }

    @Test func theIntegralIsSymmetric() {
        for step in 1..<50 {
            let x = Double(step) / 50
            let sum = incompleteBeta(x, alpha: 0.6, beta: 2.5) + incompleteBeta(1 - x, alpha: 2.5, beta: 0.6)
            #expect(abs(sum - 1) < 1e-12)
        }
    }
}

@Suite struct RampTests {
    @Test(arguments: [
        SigmaRamp.karras(rho: 7), .exponential, .polyexponential(rho: 2), .beta(alpha: 0.6, beta: 0.6),
        .divergence,
    ])
    func rampsFallFromEndToEnd(ramp: SigmaRamp) {
        let sigmas = ramp.sigmas(from: 14.6, to: 0.03, count: 20)
        #expect(sigmas.count == 20 && zip(sigmas, sigmas.dropFirst()).allSatisfy(>))
        #expect(abs(sigmas[0] - 14.6) < 1e-9 && abs(sigmas[19] - 0.03) < 1e-9)
        #expect(ramp.sigmas(from: 14.6, to: 0.03, count: 1).map { abs($0 - 14.6) < 1e-9 } == [true])
    }

    @Test func polyexponentialOfOneIsExponential() {
        let pairs = zip(
            SigmaRamp.polyexponential(rho: 1).sigmas(from: 10, to: 0.1, count: 9),
            SigmaRamp.exponential.sigmas(from: 10, to: 0.1, count: 9))
        #expect(pairs.allSatisfy { abs($0 - $1) < 1e-12 })
    }

    @Test func simpleRoundsDownWhereTrailingRounds() throws {
        let grid = try VariancePreserving.linear().grid
        #expect(try SimpleSpacing().timesteps(steps: 3, on: grid) == [999, 666, 333])
        #expect(try SGMUniformSpacing().timesteps(steps: 3, on: grid) == [999, 666, 333])
        #expect(try SGMUniformSpacing().timesteps(steps: 2, on: grid) == [999, 499.5])
        #expect(try TrailingSpacing().timesteps(steps: 3, on: grid) == [999, 666, 332])
    }

    @Test func listsAreTakenAsTheyAre() throws {
        let levels = try ListedSpacing([10, 2, 0.5, 0]).levels(steps: 99, over: VariancePreserving.linear())
        #expect(levels.count == 4 && levels.last == .clean && abs(levels[1].sigma - 2) < 1e-12)
        for list in [[], [1], [1, 1], [1, 2], [1, -1], [.infinity, 1]] as [[Double]] {
            #expect(throws: NoiseScheduleError.self) { try ListedSpacing(list) }
        }
    }
}
