import Diffusion
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// Levels in three scales, among them pure noise and none at all.
private func someLevels() throws -> [NoiseLevel] {
    let cosine = try VariancePreserving.cosine()
    let inner = (1..<20).map { Double($0) / 20 }
    return inner.map { RectifiedFlow().level(time: $0) } + inner.map { cosine.level(atPosition: $0) }
        + (try [0.01, 0.3, 1, 7, 80].map { try NoiseLevel(signal: 1, noise: $0) }) + [.pureNoise, .clean]
}

@Suite struct ConversionTests {
    /// With a known sample and epsilon every target is known, and every conversion must hit it.
    @Test func everyTargetIsConvertedExactlyAtEveryLevel() throws {
        var random = try RandomStream(seed: 3)
        let sample = try random.normal([40]).to(.float64)
        let epsilon = try random.normal([40]).to(.float64)
        var compared = 0
        for level in try someLevels() {
            let x = try ForwardProcess.noised(sample, at: level, epsilon: epsilon)
            func truth(_ target: PredictionTarget) throws -> Tensor {
                let parts = target.parts(at: level)
                return try sample * parts.sample + epsilon * parts.epsilon
            }
            for from in PredictionTarget.allCases {
                for to in PredictionTarget.allCases {
                    let isOpen =
                        (from == .epsilon && level.signal == 0 || from == .sample && level.noise == 0)
                        && from != to && !(to == .velocity && from.parts(at: level) == to.parts(at: level))
                    do {
                        let converted = try from.convert(truth(from), to: to, x: x, at: level)
                        let loss = try distance(converted, truth(to))
                        #expect(loss < 1e-6, "\(from) to \(to) at \(level)")
                        compared += 1
                    } catch let error as DiffusionError {
                        #expect(isOpen, "\(from) to \(to): \(error)")
                    }
                }
            }
        }
        #expect(compared > 16 * 40)
    }

    @Test func velocityAndFlowAreDeterminedAtBothEnds() throws {
        for level in [NoiseLevel.pureNoise, .clean] {
            for target in [PredictionTarget.velocity, .flow] {
                _ = try target.sampleMix(at: level)
                _ = try target.epsilonMix(at: level)
            }
        }
        let open = DiffusionError.undetermined(wanted: "sample", from: .epsilon, level: .pureNoise)
        #expect(throws: open) { try PredictionTarget.epsilon.sampleMix(at: .pureNoise) }
        #expect(throws: DiffusionError.undetermined(wanted: "epsilon", from: .sample, level: .clean)) {
            try PredictionTarget.sample.epsilonMix(at: .clean)
        }
    }

    /// A network that knows the truth makes a denoiser that knows it, whatever it predicts and whatever the scale.
    @Test(arguments: PredictionTarget.allCases)
    func preconditioningFindsTheSample(target: PredictionTarget) throws {
        var random = try RandomStream(seed: 3)
        let sample = try random.normal([5]).to(.float64)
        let epsilon = try random.normal([5]).to(.float64)
        for schedule in [try VariancePreserving.linear(), RectifiedFlow()] as [any NoiseSchedule] {
            let denoiser = Preconditioning(target, schedule: schedule) { x, timestep in
                // The network sees its own schedule's scale.
                let level = schedule.level(at: timestep)
                let expected = try ForwardProcess.noised(sample, at: level, epsilon: epsilon)
                #expect(try distance(x, expected) < 1e-6)
                let parts = target.parts(at: level)
                return try (sample * parts.sample + epsilon * parts.epsilon).to(.float32)
            }
            for timestep in [20.0, 400, 700.5, 990] {
                let own = schedule.level(at: timestep)
                for level in [own, try NoiseLevel(signal: 1, noise: own.sigma)] {
                    let x = try ForwardProcess.noised(sample, at: level, epsilon: epsilon)
                    let denoised = try denoiser.denoised(x, at: level)
                    #expect(denoised.dtype == .float64)
                    // The prediction is in single precision, and counts sigma times for epsilon.
                    #expect(try distance(denoised, sample) < 1e-6 * (1 + own.sigma))
                }
            }
        }
    }

    @Test func aPredictionOfAnotherShapeIsRefused() throws {
        let denoiser = Preconditioning(.sample, schedule: RectifiedFlow()) { x, _ in try x.slice(0..<1) }
        #expect(
            throws: DiffusionError.shapeMismatch(
                what: "the network's prediction", expected: [2, 3], found: [1, 3])
        ) { try denoiser.denoised(Tensor.zeros([2, 3]), at: .pureNoise) }
    }
}

@Suite struct GuidanceTests {
    private struct Constant: Denoiser {
        let value: Double
        func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor { try x * 0.0 + value }
    }
    /// The first half of the batch like one denoiser, the second like another.
    private struct Halves: Denoiser {
        let first, second: Double
        func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
            let halves = try x.chunks(2, along: 0)
            return try Tensor.concatenated([halves[0] * 0.0 + first, halves[1] * 0.0 + second])
        }
    }

    @Test func theEstimateGoesBeyondThePositiveOne() throws {
        let x = try Tensor.ones([2, 3])
        let level = RectifiedFlow().level(time: 0.5)
        let choice = GuidanceChoice(scale: 3)
        let together = ClassifierFreeGuidance<CountingDenoiser>(
            .init(Constant(value: .nan)), .together(.init(Halves(first: 2, second: 1))), choice: choice)
        let apart = ClassifierFreeGuidance(
            Constant(value: 2), .apart(negative: Constant(value: 1)), choice: choice)
        let expected = try Tensor.full([2, 3], 1 + 3 * (2 - 1))
        #expect(try distance(together.denoised(x, at: level), expected) < 1e-6)
        #expect(try distance(apart.denoised(x, at: level), expected) < 1e-6)
    }

    @Test func scaleOneIsThePromptAlone() throws {
        let positive = CountingDenoiser(Constant(value: 2))
        let negative = CountingDenoiser(Constant(value: 1))
        let guidance = ClassifierFreeGuidance(positive, .apart(negative: negative), choice: .init(scale: 1))
        let denoised = try guidance.denoised(Tensor.ones([2, 3]), at: .pureNoise)
        #expect(try distance(denoised, Tensor.full([2, 3], 2)) == 0)
        #expect(positive.batches == [2] && negative.batches.isEmpty)
    }

    @Test func outsideOfTheIntervalThePromptAloneIsEvaluated() throws {
        let positive = CountingDenoiser(Constant(value: 2))
        let both = CountingDenoiser(Halves(first: 2, second: 1))
        let guidance = ClassifierFreeGuidance(
            positive, .together(both), choice: .init(scale: 3, interval: 0.25...0.75))
        let flow = RectifiedFlow()
        for time in [1, 0.75, 0.5, 0.25, 0.1] {
            _ = try guidance.denoised(Tensor.ones([2, 3]), at: flow.level(time: time))
            // EDM's scale means the same level.
            let sigma = flow.level(time: time).sigma
            let isInside = time >= 0.25 && time <= 0.75
            #expect(guidance.isOn(at: flow.level(time: time)) == isInside, "\(time), sigma \(sigma)")
        }
        #expect(both.batches == [4, 4, 4])
        #expect(positive.batches == [2, 2])
    }
}
