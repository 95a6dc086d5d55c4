import Foundation
import Layers
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Optimizers

/// The optimiser and the average against six updates of PyTorch's.
@Suite struct AdamWTests {
    static let shapes: [(name: String, shape: [Int])] = [
        ("matrix", [3, 4]), ("kernel", [2, 3, 3, 3]), ("bias", [5]),
    ]
    static let rates = [1e-3, 2e-3, 5e-3, 5e-3, 1e-2, 1e-4]
    static let batch = 8
    static let plan: WeightAverage = {
        var plan = WeightAverage()
        (plan.halfLifeImages, plan.rampShare) = (20, 0.25)
        return plan
    }()

    /// A store with the fixture's start values.
    private struct Start: ParameterSource {
        let fixture: Fixture
        func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
            guard initializer == .zeros else { return try .ones(shape) }
            return try fixture.tensor("start/" + path.description)
        }
    }
    private func makeStore(_ fixture: Fixture) throws -> ParameterStore {
        let store = ParameterStore(from: Start(fixture: fixture))
        for (name, shape) in Self.shapes {
            _ = try ParameterScope(store).parameter(name, shape, .zeros)
        }
        return store
    }
    /// Leaves the fixture's gradients of a step at the parameters.
    private func backward(_ step: Int, _ store: ParameterStore, _ fixture: Fixture, times factor: Double = 1)
        throws
    {
        for path in store.paths {
            let gradient = try fixture.tensor("gradient/\(step)/\(path)")
            try (#require(store[path]) * (gradient * factor)).sum().backward()
        }
    }

    @Test func sixUpdatesEqualPyTorchs() throws {
        let fixture = try Fixture("adamw", in: .module)
        let store = try makeStore(fixture)
        let optimizer = try AdamW(store, betas: (0.9, 0.95), weightDecay: 0.1)
        let average = try MovingAverage(store, plan: Self.plan)
        for (step, rate) in Self.rates.enumerated() {
            try backward(step, store, fixture)
            let outcome = try optimizer.step(learningRate: rate, clippingAt: 1)
            let norm = try fixture.tensor("norm/\(step)").item()
            #expect(outcome.isApplied)
            #expect(abs(outcome.gradientNorm - norm) < 1e-5 * norm, "step \(step)")
            try average.update(imagesSeen: (step + 1) * Self.batch, batch: Self.batch)

            let moments = Dictionary(uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) })
            #expect(moments.count == 2 * Self.shapes.count)
            for (index, path) in average.paths.enumerated() {
                let leaf = try #require(store[path])
                #expect(leaf.gradient == nil, "gradients are cleared")
                let moment = try #require(moments["\(path).average"])
                let squared = try #require(moments["\(path).squared_average"])
                let place = "\(step)/\(path)"
                for (group, found) in [
                    ("parameter", leaf), ("moment", moment), ("squared", squared),
                    ("ema", average.tensors[index]),
                ] {
                    try expectClose(found, fixture.tensor("\(group)/\(place)"), nil, "\(group)/\(place)")
                }
            }
        }
        #expect(optimizer.updates == Self.rates.count)
    }

    @Test func aRestoredStateGoesOnAsIfUnbroken() throws {
        let fixture = try Fixture("adamw", in: .module)
        let (unbroken, broken) = (try makeStore(fixture), try makeStore(fixture))
        let first = try AdamW(unbroken, weightDecay: 0.1)
        for step in 0..<3 {
            try backward(step, unbroken, fixture)
            _ = try first.step(learningRate: Self.rates[step], clippingAt: 1)
        }
        let second = try AdamW(broken, weightDecay: 0.1)
        let state = Dictionary(uniqueKeysWithValues: first.state().map { ($0.name, $0.tensor) })
        try second.restore(updates: first.updates) { name, shape in
            let tensor = try #require(state[name])
            #expect(tensor.shape == shape)
            return tensor
        }
        try Autograd.disabled {
            for path in unbroken.paths {
                try #require(broken[path]).overwrite(with: #require(unbroken[path]))
            }
        }
        for step in 3..<Self.rates.count {
            for (store, optimizer) in [(unbroken, first), (broken, second)] {
                try backward(step, store, fixture)
                _ = try optimizer.step(learningRate: Self.rates[step], clippingAt: 1)
            }
        }
        for path in unbroken.paths {
            let (left, right) = (try #require(unbroken[path]), try #require(broken[path]))
            #expect(try left.values(as: Float.self) == right.values(as: Float.self), "\(path), bit for bit")
        }
    }

    @Test(arguments: [Double.nan, .infinity])
    func aGradientThatIsNotFiniteChangesNothing(_ factor: Double) throws {
        let fixture = try Fixture("adamw", in: .module)
        let store = try makeStore(fixture)
        let optimizer = try AdamW(store)
        try backward(0, store, fixture, times: factor)
        let outcome = try optimizer.step(learningRate: 1, clippingAt: 1)
        #expect(!outcome.isApplied)
        #expect(!outcome.gradientNorm.isFinite)
        #expect(optimizer.updates == 0)
        for path in store.paths {
            let leaf = try #require(store[path])
            #expect(try leaf.values(as: Float.self) == fixture.tensor("start/\(path)").values(as: Float.self))
            #expect(leaf.gradient == nil, "a bad gradient must not be added to the next one")
        }
    }

    @Test func whatTookNoPartInTheLossStays() throws {
        let fixture = try Fixture("adamw", in: .module)
        let store = try makeStore(fixture)
        let bystander = try store.parameter(at: "bystander", shape: [2, 3], initializer: .ones)
        let optimizer = try AdamW(store, weightDecay: 0.1)
        for step in 0..<2 {
            for path in store.paths where path != "bystander" {
                let gradient = try fixture.tensor("gradient/\(step)/\(path)")
                try (#require(store[path]) * gradient).sum().backward()
            }
            #expect(try optimizer.step(learningRate: 0.1, clippingAt: 1).isApplied)
        }
        #expect(try bystander.values(as: Float.self) == Array(repeating: 1, count: 6), "no decay either")
        let state = Dictionary(uniqueKeysWithValues: optimizer.state().map { ($0.name, $0.tensor) })
        #expect(
            try #require(state["bystander.average"]).values(as: Float.self) == Array(repeating: 0, count: 6))
    }
}
