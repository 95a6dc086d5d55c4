import Foundation
import TestSupport
import Testing

@testable import Tensors

/// The fused operators that networks learn with, and their gradients, at every level of this processor and in both types,
/// against libtorch's in double precision.
@Suite(.serialized) struct LearningOperatorTests {
    static let levels = FusedOperatorTests.levels
    static let types: [DType] = [.float32, .bfloat16]

    /// What a function of some tensors gives, and its gradients for a slope that is drawn.
    private struct Outcome {
        let value: Tensor
        let gradients: [Tensor]

        init(_ inputs: [Tensor], as type: DType? = nil, slope: Tensor, _ body: ([Tensor]) throws -> Tensor)
            throws
        {
            let leaves = try inputs.map { try (type.map($0.to) ?? $0).requiringGradient() }
            value = try body(leaves)
            try (value * slope.to(value.dtype)).sum().backward()
            gradients = try leaves.map { try #require($0.gradient) }
        }
    }

    static func at<R>(_ level: Engine.KernelLevel, _ body: () throws -> R) rethrows -> R {
        Engine.limitKernels(to: level)
        defer { Engine.limitKernels(to: .amx) }
        return try body()
    }

    /// Compares value, gradients and the value without gradients with double precision.
    static func check(
        _ inputs: [Tensor], _ level: Engine.KernelLevel, isFused: Bool = true, slope: Tensor,
        sourceLocation: SourceLocation = #_sourceLocation, _ body: ([Tensor]) throws -> Tensor
    ) throws {
        let type = inputs[0].dtype
        let found = try at(level) { try Outcome(inputs, slope: slope, body) }
        let drawn = try at(level) { try Autograd.disabled { try body(inputs) } }
        let reference = try Outcome(inputs, as: .float64, slope: slope, body)
        #expect(found.value.dtype == type && found.value.shape == reference.value.shape)
        // libtorch rounds to bf16 after every operator, the fused ones once. A gradient may vanish, as that of a shift of
        // all keys does: what is left of it is measured beside 1.
        let limit = type == .float32 ? 5e-6 : level > .stock && isFused ? 6e-3 : 8e-2
        let pairs =
            [(found.value, reference.value), (drawn, reference.value)]
            + zip(found.gradients, reference.gradients)
        for (index, (found, reference)) in pairs.enumerated() {
            let error = try (found.to(.float64) - reference).squared().mean().item()
            let size = try reference.squared().mean().item()
            #expect(
                error.squareRoot() <= limit * max(size.squareRoot(), 1),
                "number \(index): \(error.squareRoot()) of \(size.squareRoot())",
                sourceLocation: sourceLocation)
        }
    }

    static func normal(
        _ shape: [Int], _ random: inout RandomStream, scale: Double = 1, shift: Double = 0
    ) throws
        -> Tensor
    {
        try random.normal(shape).reshaped(to: shape) * scale + shift
    }

    struct Rows: Sendable, CustomTestStringConvertible {
        let shape: [Int]
        let isModulated, isActivated: Bool
        var testDescription: String {
            "\(shape)\(isModulated ? ", modulated" : "")\(isActivated ? ", activated" : "")"
        }
    }
    static let rows = [[3, 5, 7, 40], [2, 64], [4, 33, 56], [2, 3, 100], [1, 700, 16]].flatMap { shape in
        [(false, false), (true, false), (false, true), (true, true)].map {
            Rows(shape: shape, isModulated: $0.0, isActivated: $0.1)
        }
    }

    @Test(arguments: rows, levels) func layerNorm(_ rows: Rows, _ level: Engine.KernelLevel) throws {
        for type in Self.types {
            var random = try RandomStream(seed: 11)
            let width = rows.shape.last!
            let x = try Self.normal(rows.shape, &random, scale: 2, shift: 1).to(type)
            let weight = try Self.normal([width], &random, scale: 0.3, shift: 1)
            let bias = try Self.normal([width], &random, scale: 0.3)
            let modulation = try Self.normal([rows.shape[0], 2 * width], &random, scale: 0.5).to(type)
            let slope = try Self.normal(rows.shape, &random).to(type)
            try Self.check([x, weight, bias] + (rows.isModulated ? [modulation] : []), level, slope: slope) {
                try $0[0].layerNorm(
                    scale: $0[1], shift: $0[2], epsilon: 1e-5, modulation: rows.isModulated ? $0[3] : nil,
                    thenSiLU: rows.isActivated)
            }
        }
    }

    @Test(arguments: levels) func tanhGELU(_ level: Engine.KernelLevel) throws {
        for type in Self.types {
            var random = try RandomStream(seed: 12)
            let x = try Self.normal([37, 21], &random, scale: 3).to(type)
            let slope = try Self.normal([37, 21], &random).to(type)
            try Self.check([x], level, slope: slope) { try $0[0].tanhGELU() }
            // The same elements where the axes have changed places.
            try Self.check([x.transposed(0, 1).contiguous()], level, slope: slope.transposed(0, 1)) {
                try $0[0].transposed(0, 1).tanhGELU().transposed(0, 1)
            }
        }
        let far = try Self.at(level) {
            let x = try Tensor([-1e4, -60, 60, 1e4], shape: [4]).requiringGradient()
            let y = try x.tanhGELU()
            try y.sum().backward()
            return try (y.values(as: Float.self), #require(x.gradient).values(as: Float.self))
        }
        #expect(far.0 == [0, 0, 60, 1e4] && far.1 == [0, 0, 1, 1])
    }

    struct Heads: Sendable, CustomTestStringConvertible {
        let batch, heads, queries, keys, width: Int
        let isBiased: Bool
        var testDescription: String {
            "\(batch)×\(queries)×\(keys), \(heads) heads of \(width)\(isBiased ? ", biased" : "")"
        }
        init(_ batch: Int, _ heads: Int, _ queries: Int, _ keys: Int, _ width: Int, biased: Bool = false) {
            (self.batch, self.heads, self.queries, self.keys, self.width) = (
                batch, heads, queries, keys, width
            )
            isBiased = biased
        }
    }
    static let attentions = [
        Heads(2, 4, 48, 48, 64, biased: true), Heads(3, 2, 5, 7, 12), Heads(2, 4, 64, 48, 32),
        Heads(2, 4, 16, 64, 56),
        Heads(1, 3, 17, 33, 20, biased: true), Heads(2, 1, 100, 256, 128), Heads(2, 2, 1, 1, 8),
        Heads(1, 2, 20, 257, 16),
    ]

    @Test(arguments: attentions, levels) func normedAttention(_ h: Heads, _ level: Engine.KernelLevel) throws
    {
        for type in Self.types {
            var random = try RandomStream(seed: 13)
            let width = h.heads * h.width
            let query = try Self.normal([h.batch, h.queries, width], &random, scale: 2).to(type)
            let both = try Self.normal([h.batch, h.keys, 2 * width], &random).to(type)
            let norms = try (0..<4).map {
                try Self.normal([h.width], &random, scale: 0.3, shift: $0 % 2 == 0 ? 1 : 0)
            }
            var bias: Tensor?
            if h.isBiased {
                // Words to come are out of sight.
                let future = try Tensor.full([h.queries, h.keys], -.infinity).upperTriangle(above: 1)
                bias = try (Self.normal([1, h.heads, h.queries, h.keys], &random) + future).contiguous()
            }
            let slope = try Self.normal([h.batch, h.queries, width], &random).to(type)
            // Longer sequences than these are left to libtorch.
            let isFused = h.keys <= 256
            try Self.check([query, both] + norms, level, isFused: isFused, slope: slope) { inputs in
                let halves = try inputs[1].chunks(2, along: -1)
                return try Tensor.normedAttention(
                    query: inputs[0], key: halves[0], value: halves[1], heads: h.heads,
                    queryNorm: (inputs[2], inputs[3]), keyNorm: (inputs[4], inputs[5]), epsilon: 1e-5,
                    bias: bias)
            }
        }
    }

    @Test func gradientsDoNotDependOnThreads() throws {
        var random = try RandomStream(seed: 14)
        let x = try Self.normal([6, 300, 48], &random)
        let (weight, bias) = try (Self.normal([48], &random), Self.normal([48], &random))
        let slope = try Self.normal([6, 300, 48], &random)
        let before = Engine.threadCount
        defer { Engine.threadCount = before }
        let found = try [1, 2].map { threads in
            Engine.threadCount = threads
            return try Outcome([x, weight, bias], slope: slope) {
                try $0[0].layerNorm(scale: $0[1], shift: $0[2], epsilon: 1e-5, thenSiLU: true)
            }.gradients.flatMap { try $0.values(as: Float.self) }
        }
        #expect(found[0] == found[1])
    }

    @Test func whatDoesNotFitIsSaid() throws {
        let x = try Tensor.ones([2, 4, 6])
        let ones = try Tensor.ones([6])
        #expect(throws: TensorError.self) {
            try x.layerNorm(scale: ones, shift: ones, epsilon: 1e-5, modulation: .ones([2, 6]))
        }
        let three = try Tensor.ones([3])
        for (key, heads) in try [(x, 4), (x, 0), (Tensor.ones([1, 4, 6]), 2), (Tensor.ones([2, 4, 8]), 2)] {
            #expect(throws: TensorError.self) {
                try Tensor.normedAttention(
                    query: x, key: key, value: key, heads: heads, queryNorm: (three, three),
                    keyNorm: (three, three),
                    epsilon: 1e-5)
            }
        }
    }

    @Test func whetherBFloat16GainsIsTheSameWhoeverAsks() {
        #expect(Engine.gainsByBFloat16 == Device.cpu.gainsByBFloat16)
        #expect(Engine.multipliesBFloat16 || !Engine.gainsByBFloat16)
    }
}
