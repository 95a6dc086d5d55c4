import Diagnostics
import Foundation
import Layers
import Optimizers
import Recipes
import TestSupport
import Testing

@testable import Tensors

@Suite struct MovingAverageTests {
    private static func plan(halfLife: Double = 1000, ramp: Double = 1) -> WeightAverage {
        var plan = WeightAverage()
        (plan.halfLifeImages, plan.rampShare) = (halfLife, ramp)
        return plan
    }
    private static func store() throws -> ParameterStore {
        let store = ParameterStore(from: FreshParameters(seed: 1))
        _ = try store.parameter(at: "w", shape: [2], initializer: .ones)
        _ = try store.parameter(at: "k", shape: [2, 2, 3, 3], initializer: .ones)
        return store
    }
    private static func set(_ store: ParameterStore, to value: Double) throws {
        try Autograd.disabled {
            for leaf in store.tensors { try leaf.overwrite(with: .full(leaf.shape, value)) }
        }
    }

    @Test func theAverageFollowsByItsWeight() throws {
        let store = try Self.store()
        let average = try MovingAverage(store, plan: Self.plan())
        #expect(average.paths == ["w", "k"])
        try expectClose(average.tensors[0], [1, 1], nil, "it starts where the weights are")
        try Self.set(store, to: 9)
        try expectClose(average.tensors[0], [1, 1], nil, "it is a copy")
        try average.update(imagesSeen: 5000, batch: 500)
        let expected = 9 - 8 * pow(0.5, 0.5)
        try expectClose(average.tensors[0], [expected, expected])
        try expectClose(average.tensors[1], .full([2, 2, 3, 3], expected))
        // Half a half-life more: the old value's share is a half.
        try average.update(imagesSeen: 5500, batch: 500)
        try expectClose(average.tensors[0], [5, 5])
        try average.update(imagesSeen: 0, batch: 500)
        try expectClose(average.tensors[0], [9, 9], nil, "without a past it is the present")
        #expect(average.tensors.allSatisfy { !$0.requiresGradient })
    }

    @Test func anAverageIsASourceOfParameters() throws {
        let store = try Self.store()
        let average = try MovingAverage(store, plan: Self.plan())
        try Self.set(store, to: 3)
        try expectClose(average.parameter(at: "w", shape: [2], initializer: .zeros), [1, 1])
        let missing = OptimizerError.noAverage("x")
        #expect(throws: missing) { try average.parameter(at: "x", shape: [2], initializer: .zeros) }
        let misshapen = OptimizerError.averageShape("w", expected: [3], found: [2])
        #expect(throws: misshapen) { try average.parameter(at: "w", shape: [3], initializer: .zeros) }
        try average.restore { name, shape in
            #expect(["w", "k"].contains(name))
            return try .full(shape, 4)
        }
        try expectClose(average.parameter(at: "w", shape: [2], initializer: .zeros), [4, 4])
    }

    @Test func errorsHaveTheirTexts() {
        let advice = "\n  → Build the network with the recipe that it was trained with."
        #expect(
            OptimizerError.noAverage("a.b").description
                == "`a.b` has no moving average: it is not among the trained parameters." + advice)
        #expect(
            OptimizerError.averageShape("a", expected: [2], found: [3]).description
                == "`a`: this network needs shape [2], but its moving average has shape [3]." + advice)
        #expect(
            OptimizerError.noGradients.description
                == "An update needs gradients, but no parameter has one.\n"
                + "  → Call `backward()` on a loss that depends on the parameters first.")
    }
}
