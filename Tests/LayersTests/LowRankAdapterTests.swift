import Tensors
import TestSupport
import Testing

@testable import Layers

@Suite struct LowRankAdapterTests {
    private let base = FreshParameters(seed: 1)

    /// A and B both random, so that something is added.
    private struct Shaken: ParameterSource {
        func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
            try FreshParameters(seed: 2).parameter(
                at: path, shape: shape, initializer: .normal(deviation: 0.3))
        }
    }
    /// The base's weights with scale · B · A added to those that have an adapter.
    private struct Merged: ParameterSource {
        let base: FreshParameters
        let alpha: Double
        func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
            let weight = try base.parameter(at: path, shape: shape, initializer: initializer)
            guard path.description.hasSuffix(".weight") else { return weight }
            let module = String(path.description.dropLast(".weight".count))
            let down = try Shaken().parameter(
                at: ParameterPath(module + ".lora_A.weight"), shape: [3] + shape.dropFirst(),
                initializer: .zeros)
            let up = try Shaken().parameter(
                at: ParameterPath(module + ".lora_B.weight"),
                shape: [shape[0], 3] + shape.dropFirst(2).map { _ in 1 }, initializer: .zeros)
            let product = try up.reshaped(shape[0], 3).matmul(down.reshaped(3, down.count / 3))
            return try weight + product.reshaped(to: shape) * (alpha / 3)
        }
    }
    private func input(_ shape: [Int]) throws -> Tensor {
        var random = try RandomStream(seed: 9)
        return try random.normal(shape).squeezed(0)
    }
    private func scopes(alpha: Double) -> (adapted: ParameterScope, merged: ParameterScope) {
        let plan = LowRankPlan(from: Shaken(), rank: 3, alpha: alpha) { _, _ in true }
        return (
            ParameterScope(base, path: "m", lowRank: plan),
            ParameterScope(Merged(base: base, alpha: alpha), path: "m")
        )
    }

    @Test(arguments: [1.5, 6])
    func aLinearMapAddsTheProduct(alpha: Double) throws {
        let (adapted, merged) = scopes(alpha: alpha)
        let (x, residual) = try (input([2, 5, 8]), input([2, 5, 6]))
        let plain = try Linear(ParameterScope(base, path: "m"), from: 8, to: 6)(x, adding: residual)
        let found = try Linear(adapted, from: 8, to: 6)(x, adding: residual)
        try expectClose(found, Linear(merged, from: 8, to: 6)(x, adding: residual))
        #expect(try (found - plain).magnitude().maximum().item() > 0.1)
        let pixels = try Linear(kernels: adapted, from: 8, to: 6)(x)
        try expectClose(pixels, Linear(kernels: merged, from: 8, to: 6)(x))
    }

    @Test(arguments: [(1, Conv2d.Padding.around(1)), (2, .around(1)), (2, .after(1))])
    func aConvolutionAddsTheProduct(stride: Int, padding: Conv2d.Padding) throws {
        let (adapted, merged) = scopes(alpha: 3)
        let x = try input([2, 4, 8, 8])
        func made(_ scope: ParameterScope) throws -> Tensor {
            try Conv2d(scope, from: 4, to: 6, stride: stride, padding: padding)(x)
        }
        try expectClose(made(adapted), made(merged))
    }

    @Test func atTheStartNothingIsAdded() throws {
        let plan = LowRankPlan(from: base, rank: 4, alpha: 4) { _, _ in true }
        let x = try input([3, 8])
        let plain = try Linear(ParameterScope(base), from: 8, to: 6)
        let adapted = try Linear(ParameterScope(base, lowRank: plan), from: 8, to: 6)
        #expect(try adapted(x).bytes() == plain(x).bytes())
        // A is uniform in ± 1/√fanIn.
        let down = try base.parameter(
            at: ParameterPath(LowRankPlan.downName), shape: [4, 8], initializer: .uniform(fanIn: 8))
        let largest = try down.magnitude().maximum().item()
        #expect(largest > 0.2 && largest <= 1 / 8.0.squareRoot())
    }

    @Test func dropoutZeroesInTrainingOnlyAndRepeats() throws {
        let dropout = LowRankDropout(share: 0.5)
        let plan = LowRankPlan(from: Shaken(), rank: 3, alpha: 3, dropout: dropout) { _, _ in true }
        let plain = LowRankPlan(from: Shaken(), rank: 3, alpha: 3) { _, _ in true }
        let layer = try Linear(ParameterScope(base, lowRank: plan), from: 8, to: 6)
        let x = try input([64, 8])
        let whole = try Linear(ParameterScope(base, lowRank: plain), from: 8, to: 6)(x).bytes()
        #expect(try layer(x).bytes() == whole)
        let first = try dropout.active(seed: 5) { try layer(x).bytes() }
        #expect(first != whole)
        #expect(try dropout.active(seed: 5) { try layer(x).bytes() } == first)
        #expect(try dropout.active(seed: 6) { try layer(x).bytes() } != first)
        let ones = try Tensor.full([1000], 1)
        let kept = try dropout.active(seed: 7) { try dropout(ones).values(as: Double.self) }
        #expect(Set(kept) == [0, 2])
        #expect((400...600).contains(kept.count { $0 == 0 }))
    }

    @Test func whatWasAskedForIsNoted() throws {
        let plan = LowRankPlan(from: base, rank: 2, alpha: 2) { path, isLinear in
            isLinear && path.description.hasSuffix("b")
        }
        let scope = ParameterScope(base, lowRank: plan)
        _ = try Linear(scope["a"], from: 4, to: 4)
        _ = try Linear(scope["b"], from: 4, to: 4)
        _ = try Conv2d(scope["c.b"], from: 4, to: 4)
        #expect(plan.places.map(\.path) == ["a", "b", "c.b"])
        #expect(plan.places.map(\.isAdapted) == [false, true, false])
    }

    @Test func frozenParametersAreReadOnce() throws {
        let frozen = FrozenParameters(base)
        let first = try frozen.parameter(at: "w", shape: [2, 2], initializer: .uniform(fanIn: 2))
        let second = try frozen.parameter(at: "w", shape: [2, 2], initializer: .zeros)
        #expect(first === second && !first.requiresGradient)
        #expect(throws: LayerError.shapeConflict("w", expected: [4], found: [2, 2])) {
            try frozen.parameter(at: "w", shape: [4], initializer: .zeros)
        }
    }
}
