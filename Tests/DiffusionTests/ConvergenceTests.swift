import Diffusion
import Foundation
import NoiseSchedules
import Tensors
import Testing

/// Levels in three scales, smooth in their parameter, that end with some noise.
private enum Coordinates: String, CaseIterable {
    case edm, variancePreserving, flow

    func levels(steps: Int) throws -> [NoiseLevel] {
        try (0...steps).map { index in
            let position = Double(index) / Double(steps)
            switch self {
            case .edm:
                let root = pow(20.0, 1 / 7.0) + position * (pow(0.05, 1 / 7.0) - pow(20.0, 1 / 7.0))
                return try NoiseLevel(signal: 1, noise: pow(root, 7))
            case .variancePreserving:
                let angle = 1.5 - 1.45 * position
                return try NoiseLevel(signal: cos(angle), noise: sin(angle))
            case .flow:
                let time = 1 - 0.96 * position
                return try NoiseLevel(signal: 1 - time, noise: time)
            }
        }
    }
}

@Suite struct ConvergenceTests {
    private static let samplers: [(any Sampler, order: Double)] = [
        (EulerSampler(), 1), (DDIMSampler(), 1), (HeunSampler(), 2), (DPMSolverSampler(), 2),
    ]

    /// Halving the step divides the error by 2 to the power of the order; wrong coefficients do not.
    @Test(arguments: Coordinates.allCases, samplers.indices)
    fileprivate func errorsFallWithTheOrderOfTheSolver(coordinates: Coordinates, index: Int) throws {
        let (sampler, order) = Self.samplers[index]
        let errors = try [64, 128, 256].map { steps in
            try error(of: sampler, along: coordinates.levels(steps: steps))
        }
        for (coarse, fine) in zip(errors, errors.dropFirst()) {
            let measured = log2(coarse / fine)
            #expect(abs(measured - order) < 0.15, "\(sampler) in \(coordinates): order \(measured)")
        }
    }

    private func error(of sampler: any Sampler, along levels: [NoiseLevel]) throws -> Double {
        let denoiser = GaussianDenoiser(deviation: 0.6)
        let start = 1.3 * levels[0].noise
        var random = try RandomStream(seed: 0)
        let end = try sampler.sample(
            denoiser, from: Tensor([start], shape: [1, 1]), along: levels, random: &random
        ) { _ in }
        let exact = try denoiser.exact(start, from: levels[0], to: #require(levels.last))
        return try abs(end.item() - exact)
    }
}

@Suite struct SamplerLawsTests {
    private let flow = RectifiedFlow()
    private func start(_ seeds: [UInt64] = [1, 2, 3]) throws -> Tensor {
        var random = try RandomStream(seeds: seeds)
        return try random.normal([2, 3]).to(.float64)
    }
    private func end(
        _ sampler: any Sampler, _ x: Tensor, _ levels: [NoiseLevel], seeds: [UInt64] = [4, 5, 6]
    ) throws -> Tensor {
        var random = try RandomStream(seeds: seeds)
        return try sampler.sample(ScriptedDenoiser(), from: x, along: levels, random: &random) { _ in }
    }

    @Test func ddimWithoutEtaIsEuler() throws {
        for schedule in [try VariancePreserving.cosine(), flow] as [any NoiseSchedule] {
            let levels = try KarrasSpacing().levels(steps: 12, over: schedule)
            #expect(
                try distance(end(DDIMSampler(), start(), levels), end(EulerSampler(), start(), levels))
                    < 1e-12)
        }
    }

    @Test func ddimWithEtaOneIsDDPM() throws {
        for schedule in [try VariancePreserving.cosine(), flow] as [any NoiseSchedule] {
            let levels = try TrailingSpacing().levels(steps: 12, over: schedule)
            let implicit = try end(DDIMSampler(eta: 1), start(), levels)
            #expect(try distance(implicit, end(DDPMSampler(), start(), levels)) < 1e-9)
            #expect(try distance(implicit, end(DDIMSampler(eta: 0), start(), levels)) > 1e-2)
        }
    }

    /// The scale of x does not matter to solvers that step in the ratio of signal and noise.
    @Test(
        arguments: [EulerSampler(), DDIMSampler(eta: 0.5), DDPMSampler(), DPMSolverSampler()]
            as [any Sampler])
    func everyScaleGivesTheSamePicture(sampler: any Sampler) throws {
        let levels = try KarrasSpacing().levels(steps: 10, over: VariancePreserving.scaledLinear())
        let first = levels[0]
        let edm = try levels.map { try NoiseLevel(signal: 1, noise: $0.sigma) }
        let flowLevels = levels.map { flow.rescaled($0) }
        let x = try start()
        let own = try end(sampler, x, levels)
        #expect(try distance(own, end(sampler, x / first.signal, edm)) < 1e-9)
        #expect(try distance(own, end(sampler, x * (flowLevels[0].noise / first.noise), flowLevels)) < 1e-9)
    }

    @Test(
        arguments: [
            EulerSampler(), HeunSampler(), DDIMSampler(eta: 0.7), DDPMSampler(), DPMSolverSampler(),
        ] as [any Sampler])
    func anImageDoesNotDependOnItsBatch(sampler: any Sampler) throws {
        let levels = try TrailingSpacing().levels(steps: 8, over: flow)
        let together = try end(sampler, start([1, 2, 3]), levels, seeds: [4, 5, 6])
        let alone = try end(sampler, start([2]), levels, seeds: [5])
        #expect(try together.slice(1..<2).bytes() == alone.bytes())
    }

    @Test(
        arguments: [
            EulerSampler(), HeunSampler(), DDIMSampler(eta: 0.7), DDPMSampler(), DPMSolverSampler(),
        ] as [any Sampler])
    func aStepToTheCleanLevelEndsAtTheEstimate(sampler: any Sampler) throws {
        for level in [NoiseLevel.pureNoise, try NoiseLevel(signal: 0.6, noise: 0.8)] {
            let x = try start()
            let estimate = try ScriptedDenoiser().denoised(x, at: level)
            #expect(try distance(end(sampler, x, [level, .clean]), estimate) < 1e-12)
        }
    }

    @Test func stepsAreReportedInOrderAndMayStopTheWalk() throws {
        struct Stop: Error {}
        let levels = try TrailingSpacing().levels(steps: 5, over: flow)
        var random = try RandomStream(seeds: [1, 2, 3])
        var seen: [Int] = []
        #expect(throws: Stop.self) {
            _ = try HeunSampler().sample(ScriptedDenoiser(), from: start(), along: levels, random: &random) {
                step in
                #expect(
                    step.count == 5 && step.level == levels[step.index] && step.next == levels[step.index + 1]
                )
                seen.append(step.index)
                if step.index == 2 { throw Stop() }
            }
        }
        #expect(seen == [0, 1, 2])
    }

    @Test func levelsThatDoNotFallAreRefused() throws {
        let half = flow.level(time: 0.5)
        for levels in [[], [half], [half, half], [half, .pureNoise], [half, .clean, .clean]] as [[NoiseLevel]]
        {
            #expect(throws: DiffusionError.self) { _ = try end(EulerSampler(), start(), levels) }
        }
        #expect(throws: DiffusionError.imageCount(expected: 3, found: 2, what: "random streams")) {
            _ = try end(DDPMSampler(), start(), [.pureNoise, half], seeds: [1, 2])
        }
    }
}
