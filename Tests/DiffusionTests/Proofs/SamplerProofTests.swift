import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// What Documentation/Samplers.md says, kept true.
@Suite struct SamplerProofTests {
    /// Dividing the step divides the error by that to the power of the order, whatever the scale of x.
    @Test(arguments: OrderProof.entries.indices, ProofScale.allCases)
    func errorsFallWithTheStatedOrder(index: Int, coordinates: ProofScale) throws {
        let entry = OrderProof.entries[index]
        let runs = try [192, 384].map {
            try OrderProof.run(entry.make($0), steps: $0, on: .mixture, coordinates)
        }
        let measured = OrderProof.order(runs)
        #expect(
            abs(measured - Double(entry.order)) < 0.35, "\(entry.name), \(coordinates.rawValue): \(measured)")
        // On a single Gaussian some rules do better than their order, none does worse.
        let straight = try [192, 384].map {
            try OrderProof.run(entry.make($0), steps: $0, on: .gaussian, coordinates)
        }
        #expect(
            OrderProof.order(straight) > Double(entry.order) - 0.35,
            "\(entry.name), \(coordinates.rawValue), Gaussian: \(OrderProof.order(straight))")
    }

    @Test(arguments: ProofScale.allCases)
    func theAdaptiveWalkIsOfSecondOrder(coordinates: ProofScale) throws {
        let measured = OrderProof.order(try OrderProof.adaptiveRuns(on: .mixture, coordinates))
        #expect(abs(measured - 2) < 0.35, "\(coordinates.rawValue): \(measured)")
    }

    /// A tolerance beyond reach uses up the tries; what is left is walked along the given levels, not in one leap.
    @Test func anAdaptiveWalkWithoutTriesGoesOnAlongTheLevels() throws {
        let levels = try ProofScale.edm.levels(steps: 40)
        let sampler = AdaptiveSampler(relativeTolerance: 1e-13, absoluteTolerance: 1e-13)
        var random = try RandomStream(seed: 0)
        var reached: [NoiseLevel] = []
        let start = try Tensor([4.0], shape: [1, 1])
        let end = try sampler.sample(MixtureProblem.mixture, from: start, along: levels, random: &random) {
            reached.append($0.next)
        }
        #expect(reached.last == levels.last && reached.count { levels.contains($0) } > 10)
        let exact = MixtureProblem.mixture.carried(4, from: ProofScale.greatest, to: ProofScale.least)
        #expect(try abs(end.item() - exact) < 0.05)
    }

    @Test(arguments: WeakProof.entries.indices, ProofScale.allCases)
    func variancesConvergeWithTheStatedOrder(index: Int, coordinates: ProofScale) throws {
        let entry = WeakProof.entries[index]
        let measured = try WeakProof.order(of: entry, coordinates)
        #expect(measured > Double(entry.order) - 0.35, "\(entry.name), \(coordinates.rawValue): \(measured)")
    }

    @Test(arguments: WeakProof.entries.indices)
    func whatIsDrawnFollowsTheMixture(index: Int) throws {
        let entry = WeakProof.entries[index]
        let distance = try WeakProof.distance(entry.make(256), steps: 256, count: 20_000)
        #expect(distance < 1.63 / 20_000.0.squareRoot() + 0.01, "\(entry.name): \(distance)")
    }

    /// The solution that everything is compared with solves the equation dx/dσ = (x − denoised) / σ.
    @Test(arguments: [MixtureProblem.gaussian, .mixture])
    func theClosedFormSolvesTheEquation(problem: MixtureProblem) throws {
        for x in [-9.0, -2.2, -0.4, 0.3, 1, 6] {
            for sigma in [0.3, 1, 4] {
                let h = 1e-5 * sigma
                let slope =
                    (problem.carried(x, from: sigma, to: sigma + h)
                        - problem.carried(x, from: sigma, to: sigma - h)) / (2 * h)
                let level = try NoiseLevel(signal: 1, noise: sigma)
                let denoised = try problem.denoised(Tensor([x], shape: [1, 1]), at: level).item()
                #expect(abs(slope - (x - denoised) / sigma) < 1e-6 * max(1, abs(x)), "\(x), \(sigma)")
            }
        }
    }

    /// Every sampler that the command line knows is in a table or named as one that walks no equation.
    @Test func everySamplerIsProvedOrExcused() {
        let proved = OrderProof.entries.map(\.name) + WeakProof.entries.map(\.name)
        for choice in SamplerChoice.all where ![.adaptive, .lcm, .restart].contains(choice) {
            #expect(proved.contains(choice.id), "\(choice.id)")
        }
    }

    /// `make proofs`: writes the tables and the plots.
    @Test(.enabled(if: ProofDocument.folder != nil, "DARKROOM_PROOFS names no folder"))
    func theDocumentIsWritten() throws {
        let folder = try #require(ProofDocument.folder)
        try ProofDocument.measured().write(into: folder)
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "Samplers.md").path))
    }
}
