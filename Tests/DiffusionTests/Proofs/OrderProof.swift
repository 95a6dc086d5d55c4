import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors

/// The order of convergence of a sampler without fresh noise, measured.
struct OrderProof {
    /// One sampler and the order that its source states.
    struct Entry: Sendable {
        let name: String
        let order: Int
        /// A sampler for a number of steps; the adaptive one takes tolerances in their place.
        let make: @Sendable (_ steps: Int) -> any Sampler

        init(_ name: String, order: Int, _ make: @escaping @Sendable (_ steps: Int) -> any Sampler) {
            (self.name, self.order, self.make) = (name, order, make)
        }
        /// A sampler as the command line makes it.
        init(_ choice: SamplerChoice, order: Int) {
            self.init(choice.id, order: order) { _ in choice.make() }
        }
    }

    static let entries: [Entry] = [
        Entry(.euler, order: 1), Entry(.ddim(eta: 0), order: 1), Entry(.tcd(eta: 0), order: 1),
        Entry(.heun, order: 2), Entry(.dpm2, order: 2), Entry(.dpmpp2S, order: 2), Entry(.dpmpp2M, order: 2),
        Entry(.deis, order: 2), Entry(.pndm, order: 2), Entry(.unipc, order: 2), Entry(.lms, order: 4),
        Entry("lms, order 2", order: 2) { _ in LMSSampler(order: 2) },
        Entry("lms, order 3", order: 3) { _ in LMSSampler(order: 3) },
        Entry("deis, order 3", order: 3) { _ in DEISSampler(order: 3) },
        Entry("dpmpp_3s", order: 3) { steps in
            DPMSolverSinglestepSampler(orders: (0..<steps).map { $0 % 3 + 1 })
        },
        Entry("unipc, order kept to the end", order: 3) { _ in UniPCSampler(lowersOrderAtEnd: false) },
        Entry("unipc, order 3 kept to the end", order: 4) { _ in
            UniPCSampler(order: 3, lowersOrderAtEnd: false)
        },
    ]

    /// A walk's length, calls of the denoiser and error.
    struct Run {
        let steps, calls: Int
        let error: Double
    }

    static let ladder = [12, 24, 48, 96, 192, 384]
    static let tolerances = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]

    /// Points all over the start, not symmetric about its centre.
    private static let starts = (0..<9).map { (Double($0) - 3.8) / 2 * ProofScale.greatest }

    /// The error of one walk: the root mean square over the points, in EDM's scale.
    static func run(
        _ sampler: any Sampler, steps: Int, on problem: MixtureProblem, _ coordinates: ProofScale
    ) throws -> Run {
        let levels = try coordinates.levels(steps: steps)
        guard let first = levels.first, let last = levels.last else {
            throw DiffusionError.invalidLevels(problem: "none")
        }
        let counting = CountingDenoiser(problem)
        var random = try RandomStream(seed: 0)
        let start = try Tensor(starts.map { $0 * first.signal }, shape: [1, starts.count])
        let end = try sampler.sample(counting, from: start, along: levels, random: &random) { _ in }
        let squares = try zip(starts, end.values(as: Double.self)).map { start, end in
            let exact = problem.carried(start, from: ProofScale.greatest, to: ProofScale.least)
            return pow(end / last.signal - exact, 2)
        }
        let error = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
        return Run(steps: steps, calls: counting.batches.count, error: error)
    }

    /// A sampler's walks of growing length.
    static func runs(
        of entry: Entry, on problem: MixtureProblem, _ coordinates: ProofScale
    ) throws -> [Run] {
        try ladder.map { try run(entry.make($0), steps: $0, on: problem, coordinates) }
    }

    /// The adaptive walk with ever smaller tolerances.
    static func adaptiveRuns(on problem: MixtureProblem, _ coordinates: ProofScale) throws -> [Run] {
        try tolerances.map { tolerance in
            let sampler = AdaptiveSampler(relativeTolerance: tolerance, absoluteTolerance: tolerance / 10)
            return try run(sampler, steps: 4, on: problem, coordinates)
        }
    }

    /// By which power of the number of calls the error falls between the last two walks.
    static func order(_ runs: [Run]) -> Double {
        guard let last = runs.last, let before = runs.dropLast().last else { return .nan }
        return log(before.error / last.error) / log(Double(last.calls) / Double(before.calls))
    }
}
