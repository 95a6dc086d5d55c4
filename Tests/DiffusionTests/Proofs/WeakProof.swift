import Foundation
import NoiseSchedules
import Recipes
import Tensors

@testable import Diffusion

/// How well samplers with fresh noise draw from the right distribution, measured.
struct WeakProof {
    /// One sampler and the order in which its distribution's variance is to converge.
    struct Entry: Sendable {
        let name: String
        let order: Int
        let make: @Sendable (_ steps: Int) -> any Sampler

        init(_ name: String, order: Int, _ make: @escaping @Sendable (_ steps: Int) -> any Sampler) {
            (self.name, self.order, self.make) = (name, order, make)
        }
        init(_ choice: SamplerChoice, order: Int) {
            self.init(choice.id, order: order) { _ in choice.make() }
        }
    }

    static let entries: [Entry] = [
        Entry(.ddpm, order: 1), Entry(.eulerAncestral(eta: 1), order: 1),
        Entry("ddim, eta 0.5", order: 1) { _ in DDIMSampler(eta: 0.5) },
        Entry(.dpm2Ancestral(eta: 1), order: 1), Entry(.dpmpp2SAncestral(eta: 1), order: 1),
        Entry(.dpmppSDE, order: 1), Entry(.dpmpp2MSDE, order: 1), Entry(.dpmpp3MSDE, order: 1),
        Entry("euler with churn 8", order: 1) { _ in EulerSampler(churn: Churn(amount: 8)) },
        Entry("heun with churn 8", order: 1) { _ in HeunSampler(churn: Churn(amount: 8)) },
        Entry("dpm2 with churn 8", order: 1) { _ in DPM2Sampler(churn: Churn(amount: 8)) },
        Entry("dpmpp_sde, eta 0.5", order: 1) { _ in DPMPlusPlusSDESampler(eta: 0.5) },
        Entry("dpmpp_2m_sde, eta 0.5", order: 1) { _ in
            DPMSolverSampler(addsNoise: true, fresh: FreshNoise(eta: 0.5))
        },
        Entry("dpmpp_3m_sde, eta 0.5", order: 1) { _ in
            DPMSolverSampler(order: 3, correction: .heun, addsNoise: true, fresh: FreshNoise(eta: 0.5))
        },
        Entry("restart, once from 0.5 to 2", order: 2) { steps in
            RestartSampler(least: 0.5, greatest: 2, times: 1, steps: steps)
        },
    ]

    static let ladder = [10, 20, 40]

    /// The relative error of the end's variance for Gaussian samples, without any error of chance.
    ///
    /// There the estimate is linear in x, hence the end linear in the start and in every tensor of fresh noise. As all elements
    /// of a tensor have the same coefficients, these follow from as many elements as there are unknowns, and the variance is
    /// the sum of their squares.
    static func varianceError(
        _ sampler: any Sampler, steps: Int, _ coordinates: ProofScale
    ) throws -> (error: Double, calls: Int) {
        let problem = MixtureProblem.gaussian
        let levels = try levels(steps: steps, coordinates)
        guard let first = levels.first, let last = levels.last else { return (.nan, 0) }
        let draws = 2 * steps + 2
        let count = 3 * (draws + 1)
        var (random, again, others) = (
            try RandomStream(seed: 11), try RandomStream(seed: 11), try RandomStream(seed: 12)
        )
        let unit = try others.normal([count]).to(.float64)
        let power = (problem.variance(at: first.sigma)).squareRoot() * first.signal
        let counting = CountingDenoiser(problem)
        let end = try sampler.sample(counting, from: unit * power, along: levels, random: &random) { _ in }
        let fresh = try (0..<draws).map { _ in try again.normal([count]).to(.float64) }
        let columns = try Tensor.concatenated([unit] + fresh)
        let products = try columns.matmul(columns.transposed(0, 1)).values(as: Double.self)
        let sides = try columns.matmul(end.transposed(0, 1)).values(as: Double.self)
        let rows = sides.indices.map { Array(products[$0 * sides.count..<($0 + 1) * sides.count]) }
        let coefficients = solve(rows, sides)
        let variance = coefficients.reduce(0) { $0 + $1 * $1 } / (last.signal * last.signal)
        return (abs(variance / problem.variance(at: last.sigma) - 1), counting.batches.count)
    }

    /// The greatest difference of the drawn and the true share below any point, for samples of the mixture.
    ///
    /// Source: Kolmogorov and Smirnov; chance alone exceeds 1.63 / √count once in a hundred.
    static func distance(_ sampler: any Sampler, steps: Int, count: Int) throws -> Double {
        let problem = MixtureProblem.mixture
        let levels = try levels(steps: steps, .variancePreserving)
        guard let first = levels.first, let last = levels.last else { return .nan }
        var (random, others) = (try RandomStream(seed: 21), try RandomStream(seed: 22))
        let spread = (problem.deviation * problem.deviation + first.sigma * first.sigma).squareRoot()
        let sides = try others.normal([count]).isGreater(than: 0).to(.float64) * 2.0 - 1
        let start = try (sides * problem.centre + others.normal([count]).to(.float64) * spread) * first.signal
        let end = try sampler.sample(problem, from: start, along: levels, random: &random) { _ in }
        let drawn = try end.values(as: Double.self).map { $0 / last.signal }.sorted()
        return drawn.enumerated().reduce(0) { greatest, entry in
            let share = problem.share(below: entry.element, at: last.sigma)
            return max(
                greatest, share - Double(entry.offset) / Double(count),
                Double(entry.offset + 1) / Double(count) - share)
        }
    }

    /// Equal ratios of sigma.
    private static func levels(steps: Int, _ coordinates: ProofScale) throws -> [NoiseLevel] {
        let ratio = ProofScale.least / ProofScale.greatest
        return try (0...steps).map {
            try coordinates.level(sigma: ProofScale.greatest * pow(ratio, Double($0) / Double(steps)))
        }
    }

    /// By which power of the number of steps the error falls between the last two.
    static func order(of entry: Entry, _ coordinates: ProofScale) throws -> Double {
        let errors = try ladder.suffix(2).map {
            try varianceError(entry.make($0), steps: $0, coordinates).error
        }
        return log2(errors[0] / errors[1])
    }
}
