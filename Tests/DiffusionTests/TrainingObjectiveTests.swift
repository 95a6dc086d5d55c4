import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

@Suite struct TrainingObjectiveTests {
    private let flow = RectifiedFlow()
    private func batch() throws -> (sample: Tensor, epsilon: Tensor) {
        var random = try RandomStream(seeds: [1, 2, 3])
        return (try random.normal([3, 4, 4]), try random.normal([3, 4, 4]))
    }

    @Test(arguments: PredictionTarget.allCases)
    func eachImageIsNoisedAtItsOwnLevel(target: PredictionTarget) throws {
        let (sample, epsilon) = try batch()
        let levels = [flow.level(time: 0.1), flow.level(time: 0.5), .pureNoise]
        let objective = TrainingObjective(schedule: flow, target: target, weighting: .uniform)
        let noised = try objective.noised(sample, epsilon: epsilon, levels: levels)
        #expect(zip(noised.timesteps, [100, 500, 1000]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(noised.weights == [1, 1, 1])
        for (index, level) in levels.enumerated() {
            let (one, noise) = (try sample.selected(index), try epsilon.selected(index))
            let x = try ForwardProcess.noised(one, at: level, epsilon: noise)
            #expect(try distance(noised.x.selected(index), x) < 1e-6)
            let parts = target.parts(at: level)
            let answer = try one * parts.sample + noise * parts.epsilon
            #expect(try distance(noised.target.selected(index), answer) < 1e-6)
        }
    }

    /// Weightings that speak of the sample give the same loss whatever the network predicts.
    @Test(arguments: [
        LossWeighting.velocity, .minSNR(gamma: 5), .softMinSNR(gamma: 4), .p2(gamma: 0.5, k: 1),
        .edm(sigmaData: 0.5),
    ])
    func sampleWeightingsDoNotDependOnTheTarget(weighting: LossWeighting) throws {
        let (sample, epsilon) = try batch()
        for schedule in [try VariancePreserving.cosine(), flow] as [any NoiseSchedule] {
            let levels = [0.15, 0.5, 0.85].map { schedule.level(atPosition: $0) }
            let guess = try sample * 0.7 + 0.1
            let losses = try PredictionTarget.allCases.map { target in
                let objective = TrainingObjective(schedule: schedule, target: target, weighting: weighting)
                let noised = try objective.noised(sample, epsilon: epsilon, levels: levels)
                // What a network of this target says when it means `guess`.
                let prediction = try Tensor.stacked(
                    levels.indices.map { index in
                        try PredictionTarget.sample.convert(
                            guess.selected(index), to: target, x: noised.x.selected(index), at: levels[index])
                    })
                return try objective.loss(of: prediction, for: noised).item()
            }
            #expect(losses.count == 4 && losses[0] > 0.01)
            #expect(losses.allSatisfy { abs($0 / losses[0] - 1) < 1e-4 }, "\(losses)")
        }
    }

    @Test func velocityWeightsComparePicturesAsFlows() throws {
        let weighting = LossWeighting.velocity
        #expect(abs(weighting.factor(for: .sample, at: flow.level(time: 0.5)) - 4) < 1e-12)
        #expect(abs(weighting.factor(for: .sample, at: flow.level(time: 0.01)) - 400) < 1e-9)
        #expect(abs(weighting.factor(for: .flow, at: flow.level(time: 0.5)) - 1) < 1e-12)
        #expect(abs(weighting.factor(for: .flow, at: .pureNoise) - 1) < 1e-12)
    }

    @Test func minSNRCapsTheWeightOfCleanPictures() throws {
        let weighting = LossWeighting.minSNR(gamma: 5)
        let level = try NoiseLevel(signal: 1, noise: 0.1)
        #expect(abs(weighting.factor(for: .sample, at: level) - 5) < 1e-12)
        #expect(abs(weighting.factor(for: .epsilon, at: level) - 0.05) < 1e-12)
        #expect(weighting.factor(for: .epsilon, at: .pureNoise) == 1)
        #expect(weighting.factor(for: .sample, at: .pureNoise) == 0)
        #expect(weighting.factor(for: .sample, at: .clean) == 5)
        for target in PredictionTarget.allCases {
            for weighting in [
                LossWeighting.uniform, .velocity, .minSNR(gamma: 5), .softMinSNR(gamma: 5),
                .p2(gamma: 1, k: 1),
                .p2(gamma: 0.5, k: 1), .edm(sigmaData: 0.5),
            ] {
                for level in [NoiseLevel.clean, .pureNoise] {
                    #expect(weighting.factor(for: target, at: level).isFinite)
                }
            }
        }
    }

    @Test func softMinSNRIsSmoothAndLiesBelowBothItsEnds() throws {
        let weighting = LossWeighting.softMinSNR(gamma: 5)
        for sigma in [0.01, 0.3, 1, 4, 90] {
            let snr = 1 / (sigma * sigma)
            let level = try NoiseLevel(signal: 1, noise: sigma)
            let factor = weighting.factor(for: .sample, at: level)
            #expect(abs(factor / (1 / (sigma * sigma + 1 / 5.0)) - 1) < 1e-12, "as Crowson et al. write it")
            #expect(factor < min(snr, 5))
        }
        #expect(weighting.factor(for: .epsilon, at: .pureNoise) == 1)
        #expect(weighting.factor(for: .sample, at: .clean) == 5)
        let equal = try NoiseLevel(signal: 5.0.squareRoot(), noise: 1)
        #expect(abs(weighting.factor(for: .sample, at: equal) - 2.5) < 1e-12)
    }

    @Test func p2PutsLittleWeightOnTheCleanEnd() throws {
        // alphaBar = 0.8: SNR 4.
        let level = try NoiseLevel(signal: 0.8.squareRoot(), noise: 0.2.squareRoot())
        #expect(abs(LossWeighting.p2(gamma: 1, k: 1).factor(for: .epsilon, at: level) - 0.2) < 1e-12)
        #expect(
            abs(LossWeighting.p2(gamma: 0.5, k: 1).factor(for: .epsilon, at: level) - 5.0.squareRoot() / 5)
                < 1e-12)
        #expect(abs(LossWeighting.p2(gamma: 1, k: 1).factor(for: .sample, at: level) - 0.8) < 1e-12)
        #expect(LossWeighting.p2(gamma: 0, k: 1).factor(for: .epsilon, at: level) == 1, "plain training")
        #expect(LossWeighting.p2(gamma: 1, k: 1).factor(for: .epsilon, at: .pureNoise) == 1)
    }

    /// EDM's weighting is the one that cancels its output scale: with data of unit deviation the network's own answer,
    /// which is then the velocity, counts alike at every level.
    @Test func edmWeighsTheNetworksOwnAnswerAlike() throws {
        for sigma in [0.002, 0.1, 0.5, 2, 80] {
            let level = try VariancePreserving.cosine().level(sigma: sigma)
            #expect(abs(LossWeighting.edm(sigmaData: 1).factor(for: .velocity, at: level) - 1) < 1e-9)
            for data in [0.25, 0.5, 2] {
                let wanted = (sigma * sigma + data * data) / (sigma * data * sigma * data)
                let plain = try NoiseLevel(signal: 1, noise: sigma)
                #expect(
                    abs(LossWeighting.edm(sigmaData: data).factor(for: .sample, at: plain) / wanted - 1)
                        < 1e-9)
            }
        }
        #expect(LossWeighting.edm(sigmaData: 0.5).factor(for: .sample, at: .pureNoise) == 4)
    }

    @Test func theLossIsTheWeightedMeanAndHasTheRightGradient() throws {
        let (sample, epsilon) = try batch()
        let levels = [flow.level(time: 0.2), flow.level(time: 0.5), flow.level(time: 0.8)]
        let objective = TrainingObjective(schedule: flow, target: .sample, weighting: .velocity)
        let noised = try objective.noised(sample, epsilon: epsilon, levels: levels)
        let prediction = try (sample + 0.1).requiringGradient()
        let loss = try objective.loss(of: prediction, for: noised)
        let expected = 0.01 * (25 + 4 + 1.5625) / 3
        #expect(abs(try loss.item() - expected) < 1e-5)
        try loss.backward()
        let gradient = try #require(prediction.gradient)
        let perPixel = try gradient.flattened(from: 1).mean(1).values(as: Double.self)
        let wanted = [25, 4, 1.5625].map { 2 * 0.1 * $0 / (3.0 * 48) }
        #expect(zip(perPixel, wanted).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(try objective.loss(of: noised.target, for: noised).item() == 0)
        #expect(try objective.losses(of: noised.target, for: noised).shape == [3])
    }

    @Test func misfitsAreNamed() throws {
        let (sample, epsilon) = try batch()
        let objective = TrainingObjective(schedule: flow, target: .sample, weighting: .uniform)
        #expect(throws: DiffusionError.imageCount(expected: 3, found: 1, what: "noise levels")) {
            try objective.noised(sample, epsilon: epsilon, levels: [.pureNoise])
        }
        #expect(
            throws: DiffusionError.shapeMismatch(
                what: "epsilon", expected: [3, 3, 4, 4], found: [2, 3, 4, 4])
        ) {
            try objective.noised(
                sample, epsilon: epsilon.slice(0..<2), levels: [.pureNoise, .pureNoise, .pureNoise])
        }
    }
}

@Suite struct NoiseLevelSamplingTests {
    /// 2,000 evenly spaced quantiles of the unit normal distribution.
    private let normals: [Double] = (0..<2000).map { index in
        let share = (Double(index) + 0.5) / 2000
        var (low, high) = (-9.0, 9.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if erfc(-middle / 2.0.squareRoot()) / 2 < share { low = middle } else { high = middle }
        }
        return low
    }

    @Test func uniformVisitsEveryTimestepAlike() throws {
        let schedule = try VariancePreserving.linear(timesteps: 100)
        var counts = [Int](repeating: 0, count: 100)
        for normal in normals {
            let timestep = schedule.timestep(
                at: NoiseLevelChoice.uniform.level(normal: normal, over: schedule))
            #expect(abs(timestep - timestep.rounded()) < 1e-6)
            counts[Int(timestep.rounded())] += 1
        }
        #expect(counts.allSatisfy { abs($0 - 20) <= 1 })
    }

    @Test func logitNormalIsTheLogisticOfANormalTime() {
        let choice = NoiseLevelChoice.logitNormal(mean: 0.4, deviation: 0.8)
        for normal in stride(from: -4.0, through: 4, by: 0.25) {
            let time = choice.level(normal: normal, over: RectifiedFlow()).noise
            #expect(abs(time - 1 / (1 + exp(-(0.4 + 0.8 * normal)))) < 1.1e-3)
        }
    }

    @Test func logNormalIsANormalLogarithmOfSigma() throws {
        let choice = NoiseLevelChoice.logNormal(mean: -1.2, deviation: 1.2)
        for normal in stride(from: -2.0, through: 3, by: 0.25) {
            let wanted = -1.2 + 1.2 * normal
            #expect(abs(log(choice.level(normal: normal, over: RectifiedFlow()).sigma) - wanted) < 1e-9)
            // A discrete model is trained at the nearest whole timestep.
            let schedule = try VariancePreserving.linear()
            #expect(abs(log(choice.level(normal: normal, over: schedule).sigma) - wanted) < 0.06)
        }
    }

    @Test(arguments: [
        NoiseLevelChoice.uniform, .logitNormal(mean: 0, deviation: 10), .logNormal(mean: 0, deviation: 10),
    ])
    func everyDrawStaysOnTheGrid(choice: NoiseLevelChoice) throws {
        for schedule in [try VariancePreserving.cosine(), RectifiedFlow()] as [any NoiseSchedule] {
            for normal in [-40, -3, 0, 3, 40] as [Double] {
                let level = choice.level(normal: normal, over: schedule)
                let timestep = schedule.timestep(at: level)
                #expect(timestep >= schedule.grid.first - 1e-9 && timestep <= schedule.grid.last + 1e-9)
                #expect(level.noise > 0)
            }
        }
    }

    @Test func choicesMakeTheirNamesakes() throws {
        #expect(SamplerChoice.euler.make() is EulerSampler && SamplerChoice.heun.make() is HeunSampler)
        #expect(
            SamplerChoice.ddpm.make() is DDPMSampler && SamplerChoice.dpmpp2M.make() is DPMSolverSampler)
        #expect((SamplerChoice.ddim(eta: 0.3).make() as? DDIMSampler)?.eta == 0.3)
        #expect(
            try SpacingChoice.leading.make() is LeadingSpacing
                && SpacingChoice.trailing.make() is TrailingSpacing
        )
        #expect(
            try SpacingChoice.karras.make() is KarrasSpacing
                && SpacingChoice.linspace.make() is LinspaceSpacing)
        #expect(try ScheduleChoice.flow.make() is RectifiedFlow)
        #expect(try ScheduleChoice.cosine(timesteps: 50).make().grid.count == 50)
        let linear = try ScheduleChoice.linear(.linear).make() as? VariancePreserving
        #expect(try linear == .linear())
        let scaled = try ScheduleChoice.scaledLinear(.scaledLinear).make() as? VariancePreserving
        #expect(try scaled == .scaledLinear())
        #expect(throws: NoiseScheduleError.self) {
            try ScheduleChoice.linear(.init(betaStart: -1, betaEnd: 2)).make()
        }
    }
}
