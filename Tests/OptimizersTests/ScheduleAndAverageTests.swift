import Foundation
import Layers
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Optimizers

/// The learning rate over images seen, and the memory of the moving average.
@Suite struct ScheduleAndAverageTests {
    private let plan: LearningRatePlan = {
        var plan = LearningRatePlan()
        (plan.peak, plan.warmupImages, plan.finalFraction) = (2e-3, 1000, 0.1)
        return plan
    }()

    @Test func risesStraightThenFallsAlongHalfACosine() {
        let schedule = LearningRateSchedule(plan, totalImages: 9000)
        func rate(_ images: Int) -> Double { schedule.rate(at: images, batch: 100) }
        #expect(abs(rate(0) - 2e-4) < 1e-12, "the first batch already counts")
        #expect(abs(rate(400) - 1e-3) < 1e-12)
        #expect(abs(rate(1000) - 2e-3) < 1e-12)
        #expect(abs(rate(5000) - 1.1e-3) < 1e-12, "half way down: the mean of peak and end")
        #expect(abs(rate(9000) - 2e-4) < 1e-12)
        #expect(abs(rate(50_000) - 2e-4) < 1e-12, "and stays there")
    }

    @Test func neverRisesAgainAndStaysPositive() {
        let schedule = LearningRateSchedule(plan, totalImages: 9000)
        let rates = stride(from: 1000, through: 12_000, by: 37).map { schedule.rate(at: $0, batch: 100) }
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(rates.allSatisfy { $0 > 0 })
    }

    @Test func extremePlansGiveNumbers() {
        var odd = plan
        for (warmup, total) in [(0, 1), (10, 1), (0, 0), (1000, 1000)] {
            odd.warmupImages = warmup
            let rate = LearningRateSchedule(odd, totalImages: total).rate(at: 5, batch: 1)
            #expect(rate.isFinite && rate >= 0 && rate <= odd.peak, "\(warmup), \(total)")
        }
    }

    @Test func afterOneHalfLifeHalfIsKept() {
        var average = WeightAverage()
        (average.halfLifeImages, average.rampShare) = (1000, 0.05)
        let late = MovingAverage.decay(average, imagesSeen: 1_000_000, batch: 1000)
        #expect(abs(late - 0.5) < 1e-12)
        let kept = (0..<10).reduce(1.0) { kept, _ in
            kept * MovingAverage.decay(average, imagesSeen: 1_000_000, batch: 100)
        }
        #expect(abs(kept - 0.5) < 1e-12, "whatever the batch")
        let early = MovingAverage.decay(average, imagesSeen: 2000, batch: 100)
        #expect(abs(early - 0.5) < 1e-12, "early on the half-life is a share of what was seen")
        #expect(
            MovingAverage.decay(average, imagesSeen: 0, batch: 100) == 0,
            "at the start nothing is worth keeping")
    }

    @Test func theAverageServesAsParametersAndNamesWhatItLacks() throws {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        _ = try ParameterScope(store)["layer"].parameter("weight", [2, 2], .uniform(fanIn: 2))
        let average = try MovingAverage(store, plan: WeightAverage())
        let scope = ParameterScope(average)["layer"]
        let found = try scope.parameter("weight", [2, 2], .zeros)
        try expectClose(found, #require(store["layer.weight"]))
        #expect(!found.requiresGradient, "pictures are drawn without gradients")
        #expect(throws: OptimizerError.noAverage("layer.bias")) { try scope.parameter("bias", [2], .zeros) }
        let error = OptimizerError.noAverage("layer.bias")
        #expect(
            error.summary == "`layer.bias` has no moving average: it is not among the trained parameters.")
        #expect(error.advice == ["Build the network with the recipe that it was trained with."])
    }

    @Test func theAverageDoesNotShareStorageWithTheWeights() throws {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        let weight = try ParameterScope(store).parameter("weight", [8], .ones)
        let average = try MovingAverage(store, plan: WeightAverage())
        try Autograd.disabled { try weight.overwrite(with: Tensor.zeros([8])) }
        #expect(try average.tensors[0].values(as: Float.self) == Array(repeating: 1, count: 8))
        try average.update(imagesSeen: 0, batch: 32)
        #expect(try average.tensors[0].values(as: Float.self) == Array(repeating: 0, count: 8))
    }
}
