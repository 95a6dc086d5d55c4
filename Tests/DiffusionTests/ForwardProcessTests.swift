import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

@Suite struct ForwardProcessTests {
    /// The chain of steps multiplies to the closed form: kept signal and accumulated variance, at every level.
    @Test func stepsComposeToTheClosedForm() throws {
        for schedule in [try VariancePreserving.linear(), RectifiedFlow()] as [any NoiseSchedule] {
            var (kept, variance) = (1.0, 0.0)
            var level = NoiseLevel.clean
            for index in 0...200 {
                let next = schedule.level(atPosition: Double(index) / 200)
                let factors = try ForwardProcess.stepFactors(from: level, to: next)
                kept *= factors.kept
                variance = factors.kept * factors.kept * variance + factors.added * factors.added
                level = next
                #expect(abs(kept - level.signal) < 1e-12)
                #expect(abs(variance - level.noise * level.noise) < 1e-12)
            }
        }
    }

    @Test func stepsOfTheDiscreteProcessAreItsBetas() throws {
        let schedule = try VariancePreserving.linear()
        for timestep in [1, 10, 500, 999] {
            let factors = try ForwardProcess.stepFactors(
                from: schedule.level(at: Double(timestep - 1)), to: schedule.level(at: Double(timestep)))
            #expect(abs(factors.kept * factors.kept - (1 - schedule.betas[timestep])) < 1e-12)
            #expect(abs(factors.added * factors.added - schedule.betas[timestep]) < 1e-12)
        }
    }

    /// 30,000 pixels noised in 50 steps and in one stroke have the same distribution function.
    @Test func stepwiseAndClosedFormAreEqualInDistribution() throws {
        let schedule = try VariancePreserving.cosine()
        let count = 30_000
        var random = try RandomStream(seed: 11)
        // Two values, so that the distribution is not Gaussian from the start.
        let sample = try (random.uniform([count]).isGreater(than: 0.3).to(.float32) * 2.0 - 1.0)
        let levels = (0...50).map { schedule.level(atPosition: Double($0) / 100) }
        var x = sample
        var level = NoiseLevel.clean
        for next in levels {
            x = try ForwardProcess.step(x, from: level, to: next, epsilon: random.normal([count]))
            level = next
        }
        let closed = try ForwardProcess.noised(sample, at: level, epsilon: random.normal([count]))
        let stepwise = try x.values(as: Float.self).sorted()
        let direct = try closed.values(as: Float.self).sorted()
        // Two samples of one distribution: the Kolmogorov-Smirnov distance exceeds 1.95 √(2/n) once in a thousand.
        #expect(kolmogorovSmirnov(stepwise, direct) < 1.95 * (2 / Double(count)).squareRoot())
        // The measure does see a wrong variance.
        #expect(
            kolmogorovSmirnov(stepwise.map { $0 * 1.05 }, direct) > 1.95 * (2 / Double(count)).squareRoot())
    }

    private func kolmogorovSmirnov(_ left: [Float], _ right: [Float]) -> Double {
        var (i, j, greatest) = (0, 0, 0.0)
        while i < left.count, j < right.count {
            if left[i] <= right[j] { i += 1 } else { j += 1 }
            greatest = max(greatest, abs(Double(i) / Double(left.count) - Double(j) / Double(right.count)))
        }
        return greatest
    }

    @Test func backwardStepsAreRefused() throws {
        let flow = RectifiedFlow()
        let error = DiffusionError.notForward(from: flow.level(time: 0.5), to: flow.level(time: 0.2))
        #expect(throws: error) {
            try ForwardProcess.stepFactors(from: flow.level(time: 0.5), to: flow.level(time: 0.2))
        }
        #expect(
            error.summary == "the forward process adds noise: expected a sigma of at least 1.0, found 0.25")
        #expect(throws: DiffusionError.self) {
            try ForwardProcess.stepFactors(from: .pureNoise, to: .pureNoise)
        }
    }
}

@Suite struct DiffusionErrorTests {
    @Test func messagesSayWhatToDo() {
        let open = DiffusionError.undetermined(wanted: "sample", from: .epsilon, level: .pureNoise)
        #expect(
            open.summary
                == "a prediction of epsilon does not determine the sample at the noise level (signal 0, noise 1)"
        )
        #expect(open.advice.count == 2)
        #expect(
            DiffusionError.undetermined(wanted: "epsilon", from: .sample, level: .clean).advice
                == ["leave out the level without noise"])
        let levels = DiffusionError.invalidLevels(problem: "expected at least 2, found 1")
        #expect(levels.summary == "noise levels: expected at least 2, found 1")
        #expect(levels.advice == ["make levels with a StepSpacing"])
        let count = DiffusionError.imageCount(expected: 3, found: 2, what: "random streams")
        #expect(count.summary == "random streams: expected one for each of 3 images, found 2")
        #expect(count.advice == ["make the random streams for 3 images"])
        #expect(
            DiffusionError.shapeMismatch(what: "epsilon", expected: [2, 3], found: [1]).summary
                == "epsilon: expected the shape [2, 3], found [1]")
    }
}
