import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// A denoiser of Gaussian samples whose numbers depend on each other: the covariance is I + u uᵀ.
private struct CorrelatedDenoiser: Denoiser {
    let direction: [Double]

    /// (I + u uᵀ) (I + u uᵀ + σ² I)⁻¹ x by the formula of Sherman and Morrison.
    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let power = level.sigma * level.sigma
        let length = direction.reduce(0) { $0 + $1 * $1 }
        let u = try Tensor(direction, shape: [direction.count, 1])
        let own = try x / level.signal
        let along = try own.matmul(u).matmul(u.transposed(0, 1))
        let rest = 1 + power
        // (I + u uᵀ + σ² I)⁻¹ = I / rest − u uᵀ / (rest · (rest + |u|²)).
        let solved = try own / rest - along / (rest * (rest + length))
        return try own - solved * power
    }

    func nats(_ x: [Double], at sigma: Double) -> Double {
        let rest = 1 + sigma * sigma
        let length = direction.reduce(0) { $0 + $1 * $1 }
        let square = x.reduce(0) { $0 + $1 * $1 }
        let along = zip(x, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let quadratic = square / rest - along * along / (rest * (rest + length))
        let logDeterminant = Double(x.count - 1) * log(rest) + log(rest + length)
        return -(quadratic + logDeterminant + Double(x.count) * log(2 * Double.pi)) / 2
    }
}

@Suite struct LikelihoodTests {
    private static let points = [-2.3, -1.1, -0.4, 0, 0.2, 0.9, 1.6]

    private func nats(
        _ likelihood: LogLikelihood, _ x: Tensor, _ denoiser: some Denoiser
    ) throws -> LogLikelihood.Report {
        var random = try RandomStream(seeds: (0..<UInt64(x.size(0))).map { $0 })
        return try likelihood.report(of: x, under: denoiser, random: &random)
    }

    @Test(
        arguments: [MixtureProblem.gaussian, .mixture],
        [LogLikelihood.Solver.adaptive(tolerance: 1e-8), .fixed(steps: 200)])
    func densitiesAreTheClosedForms(problem: MixtureProblem, solver: LogLikelihood.Solver) throws {
        let likelihood = try LogLikelihood(
            from: 0.1, to: 2000, divergence: .exact(rows: 3), solver: solver)
        let x = try Tensor(Self.points, shape: [Self.points.count, 1])
        let report = try nats(likelihood, x, problem)
        for (point, found) in zip(Self.points, report.nats) {
            let exact = log(problem.density(at: point, 0.1))
            #expect(abs(found - exact) < 1e-5, "\(point): \(found), \(exact)")
        }
        #expect(solver == .fixed(steps: 200) ? report.evaluations == 800 : report.evaluations < 800)
    }

    /// A network that predicts a target in another scale gives the same density.
    @Test(arguments: [PredictionTarget.flow, .velocity, .epsilon])
    func networksOfAnyScaleHaveDensities(target: PredictionTarget) throws {
        let schedules: [any NoiseSchedule] = [RectifiedFlow(), try VariancePreserving.linear()]
        for schedule in schedules {
            let denoiser = Preconditioning(target, schedule: schedule) { x, timestep in
                let level = schedule.level(at: timestep)
                let sample = try MixtureProblem.mixture.denoised(x, at: level)
                return try PredictionTarget.sample.convert(sample, to: target, x: x, at: level)
            }
            let likelihood = try LogLikelihood(
                from: 0.1, to: 100, finalVariance: MixtureProblem.mixture.variance(at: 100),
                divergence: .exact(), solver: .adaptive(tolerance: 1e-7))
            let x = try Tensor(Self.points, shape: [Self.points.count, 1])
            for (point, found) in try zip(Self.points, nats(likelihood, x, denoiser).nats) {
                let exact = log(MixtureProblem.mixture.density(at: point, 0.1))
                #expect(abs(found - exact) < 2e-4, "\(target), \(point): \(found), \(exact)")
            }
        }
    }

    @Test func manyDimensionsExactAndEstimated() throws {
        let denoiser = CorrelatedDenoiser(direction: [0.5, -1, 2, 0.1, 0.7])
        let rows = [[0.3, -0.2, 1.5, 0.4, -0.8], [1.1, 0, -2, 0.2, 0.5]]
        let x = try Tensor(rows.flatMap(\.self), shape: [2, 5])
        let exact = rows.map { denoiser.nats($0, at: 0.5) }
        for rows in [1, 4, 64] {
            let likelihood = try LogLikelihood(
                from: 0.5, to: 3000, divergence: .exact(rows: rows), solver: .adaptive(tolerance: 1e-8))
            for (found, exact) in try zip(nats(likelihood, x, denoiser).nats, exact) {
                #expect(abs(found - exact) < 1e-5)
            }
        }
        // The estimate is right on average: 600 probes know it to about 0.1.
        let estimated = try LogLikelihood(
            from: 0.5, to: 3000, divergence: .estimated(probes: 600), solver: .fixed(steps: 60))
        for (found, exact) in try zip(nats(estimated, x, denoiser).nats, exact) {
            #expect(abs(found - exact) < 0.4 && abs(found - exact) > 1e-9)
        }
    }

    @Test func probesDependOnTheStreamOfTheirSampleOnly() throws {
        let denoiser = CorrelatedDenoiser(direction: [0.5, -1, 2])
        let x = try Tensor([0.3, -0.2, 1.5, 1, 0, 1], shape: [2, 3])
        let likelihood = try LogLikelihood(
            from: 0.5, to: 50, divergence: .estimated(probes: 3), solver: .fixed(steps: 20))
        var both = try RandomStream(seeds: [5, 6])
        var second = try RandomStream(seeds: [6])
        let together = try likelihood.report(of: x, under: denoiser, random: &both).nats
        let alone = try likelihood.report(of: x.slice(1..<2), under: denoiser, random: &second).nats
        #expect(abs(together[1] - alone[0]) < 1e-12)
    }

    @Test func uniformNoiseTakesEightBits() {
        // 1/2 everywhere from −1 to 1: the logarithm of the density of one number is −log 2.
        let bits = LogLikelihood.bitsPerDimension(nats: -12 * log(2), dimensions: 12, cell: 2.0 / 256)
        #expect(abs(bits - 8) < 1e-12)
        #expect(abs(LogLikelihood.bitsPerDimension(nats: 0, dimensions: 1) - log2(127.5)) < 1e-12)
    }

    @Test func whatCannotBeMeasuredIsSaid() throws {
        for (least, greatest) in [(0, 1), (2, 1), (1, .infinity), (.nan, 1)] as [(Double, Double)] {
            #expect(throws: DiffusionError.self) {
                try LogLikelihood(from: least, to: greatest, divergence: .exact())
            }
        }
        let likelihood = try LogLikelihood(divergence: .exact())
        let x = try Tensor([0.5], shape: [1, 1])
        #expect(throws: DiffusionError.noGradient) {
            try Autograd.disabled { try nats(likelihood, x, MixtureProblem.gaussian) }
        }
        #expect(DiffusionError.noGradient.summary.contains("records gradients"))
        #expect(
            DiffusionError.noGradient.advice == [
                "measure it outside of Autograd.disabled and Autograd.inference"
            ])
        #expect(DiffusionError.tooManySteps(7).summary.contains("after 7 steps"))
        #expect(!DiffusionError.tooManySteps(7).advice.isEmpty)
    }
}
