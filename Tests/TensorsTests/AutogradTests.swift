import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct AutogradTests {
    /// A function of some tensors whose gradient is compared with differences.
    struct Differentiable: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shapes: [[Int]]
        let apply: @Sendable ([Tensor]) throws -> Tensor
        init(_ name: String, _ shapes: [Int]..., apply: @escaping @Sendable ([Tensor]) throws -> Tensor) {
            (testDescription, self.shapes, self.apply) = (name, shapes, apply)
        }
    }
    static let functions: [Differentiable] = [
        Differentiable("sum, difference, product", [2, 3], [3], [2, 1]) {
            try ($0[0] + $0[1] - $0[2]) * $0[1]
        },
        Differentiable("quotient", [4], [4]) { try $0[0] / ($0[1].squared() + 1) - 2 / ($0[0].exp() + 1) },
        Differentiable("adding", [2, 3], [2, 3], [3]) {
            try $0[0].adding($0[1], times: $0[2] + 1, scale: 0.5)
        },
        Differentiable("lerp", [4], [4]) { try $0[0].lerp(to: $0[1], weight: 0.3) },
        Differentiable("power, log, root", [5]) {
            let positive = try $0[0].squared() + 0.5
            return try positive.log() + positive.squareRoot() + positive.reciprocalSquareRoot()
                + positive.power(1.5)
        },
        Differentiable("sine, cosine, tanh, sigmoid", [5]) {
            try $0[0].sin() + $0[0].cos() * $0[0].tanh() - $0[0].sigmoid()
        },
        Differentiable("activations", [7]) {
            try $0[0].silu() + $0[0].gelu() * $0[0].gelu(approximate: true)
        },
        Differentiable("reductions", [3, 4]) {
            try $0[0].mean(1) + $0[0].sum(1) + $0[0].norm(1) + $0[0].variance()
        },
        Differentiable("linear", [2, 3, 4], [5, 4], [5]) { try $0[0].linear(weight: $0[1], bias: $0[2]) },
        Differentiable("matmul, softmax", [2, 3, 4], [2, 4, 3]) {
            try $0[0].matmul($0[1]).softmax(along: -1)
        },
        Differentiable("conv2d", [2, 3, 5, 4], [2, 3, 3, 3], [2]) {
            try $0[0].conv2d(weight: $0[1], bias: $0[2], padding: 1)
        },
        Differentiable("conv2d, stride 2, channels last", [1, 2, 6, 6], [3, 2, 3, 3], [3]) {
            try $0[0].channelsLast().conv2d(weight: $0[1].channelsLast(), bias: $0[2], stride: 2, padding: 1)
        },
        Differentiable("layerNorm", [3, 5], [5], [5]) { try $0[0].layerNorm(weight: $0[1], bias: $0[2]) },
        Differentiable("groupNorm", [2, 4, 2, 2], [4], [4]) {
            try $0[0].groupNorm(groups: 2, weight: $0[1], bias: $0[2])
        },
        Differentiable("rmsNorm", [3, 5], [5]) { try $0[0].rmsNorm(weight: $0[1]) },
        Differentiable("attention", [1, 2, 3, 4], [1, 2, 5, 4], [1, 2, 5, 4]) {
            try .attention(query: $0[0], key: $0[1], value: $0[2])
        },
        Differentiable("embedding", [4, 3]) {
            try Tensor.indices([1, 3, 1], shape: [3]).embedded(in: $0[0])
        },
        Differentiable("upsampling", [1, 2, 2, 3]) { try $0[0].upsampledNearest(2) },
        Differentiable("space to depth and back", [1, 2, 4, 4]) {
            try $0[0].pixelUnshuffled(2).squared().pixelShuffled(2)
        },
        Differentiable("parts", [2, 6], [2, 1]) {
            let halves = try $0[0].chunks(2, along: 1)
            let joined = try Tensor.concatenated([halves[1] * 2, halves[0]], along: 1)
            return try joined.slice(1..<5, along: 1) * $0[1].expanded(2, 4)
                + $0[0].gathered(
                    .indices([0, 0, 5, 2], shape: [4]), along: 1)
        },
        Differentiable("order", [2, 3, 4]) {
            let turned = try $0[0].permuted(2, 0, 1).transposed(0, 2).flipped(1)
            return try turned.reshaped(6, 4).unsqueezed(0).repeated(2)
                + Tensor.stacked([$0[0].reshaped(6, 4)])
        },
    ]

    /// The weighted sum of the result: a scalar that depends on each element differently.
    static func loss(_ function: Differentiable, _ inputs: [Tensor]) throws -> Tensor {
        let result = try function.apply(inputs)
        return try (result * wavy(result.shape, phase: 20)).sum()
    }

    @Test(arguments: functions) func gradientsEqualDifferences(_ function: Differentiable) throws {
        let starts = try function.shapes.enumerated().map { try wavy($1, phase: Double($0) * 4 + 0.5) }
        let leaves = try starts.map { try $0.requiringGradient() }
        try Self.loss(function, leaves).backward()
        for (argument, start) in starts.enumerated() {
            let values: [Double] = try start.values()
            let step = 1e-5
            let differences = try values.indices.map { place in
                let sides = try [step, -step].map { shift in
                    var moved = values
                    moved[place] += shift
                    var inputs = starts
                    inputs[argument] = try Tensor(moved, shape: start.shape)
                    return try Self.loss(function, inputs).item()
                }
                return (sides[0] - sides[1]) / (2 * step)
            }
            let gradient = try #require(leaves[argument].gradient)
            try expectClose(
                gradient, differences, shape: start.shape, Tolerance(relative: 1e-7, absolute: 1e-9),
                "\(function.testDescription), argument \(argument)")
        }
    }

    @Test func gradientsAddUpUntilTheyAreCleared() throws {
        let x = try tensor(1, 2).requiringGradient()
        #expect(x.requiresGradient && x.gradient == nil)
        for _ in 1...2 { try x.squared().sum().backward() }
        try expectClose(#require(x.gradient), [4, 8])
        x.clearGradient()
        #expect(x.gradient == nil)
        try (x.detached() * x).sum().backward()
        try expectClose(#require(x.gradient), [1, 2], nil, "what is detached counts as constant")
    }

    @Test func aLeafSharesItsStorage() throws {
        let x = try tensor(1, 2)
        let leaf = try x.requiringGradient()
        #expect(!x.requiresGradient)
        try Autograd.disabled { try leaf.overwrite(with: tensor(5, 6)) }
        try expectClose(x, [5, 6])
        #expect(throws: TensorError.self, "autograd guards its leaves") {
            try leaf.overwrite(with: tensor(1, 1))
        }
    }

    struct Stop: Error {}

    @Test func disabledRecordsNothingAndEndsWithItsClosure() throws {
        let x = try tensor(1, 2).requiringGradient()
        try Autograd.disabled {
            #expect(try !(x * 2).requiresGradient)
            try Autograd.disabled { try #expect(!(x * 2).requiresGradient) }
            #expect(try !(x * 2).requiresGradient)
        }
        #expect(try (x * 2).requiresGradient)
        #expect(throws: Stop.self) { try Autograd.disabled { throw Stop() } }
        #expect(try (x * 2).requiresGradient, "also when the closure throws")
    }

    @Test func inferenceTensorsStayOutOfTraining() throws {
        let x = try tensor(1, 2).requiringGradient()
        let inferred = try Autograd.inference { try x * 2 }
        #expect(!inferred.requiresGradient)
        try expectClose(inferred, [2, 4])
        let error = #expect(throws: TensorError.self) { try (x * inferred).sum().backward() }
        #expect(error?.summary.contains("Inference tensors cannot be saved for backward") == true)
        #expect(throws: Stop.self) { try Autograd.inference { throw Stop() } }
        #expect(try (x * 2).requiresGradient)
    }

    @Test func backwardWantsAScalarThatDependsOnALeaf() throws {
        let x = try tensor(1, 2).requiringGradient()
        let many = #expect(throws: TensorError.self) { try (x * 2).backward() }
        #expect(many?.operation == "backward" && many?.shapes == [[2]])
        #expect(many?.summary == "`backward` on [2]: grad can be implicitly created only for scalar outputs")
        #expect(throws: TensorError.self) { try tensor(1).sum().backward() }
        #expect(throws: TensorError.self) { try Tensor([1] as [Int64], shape: [1]).requiringGradient() }
    }
}
