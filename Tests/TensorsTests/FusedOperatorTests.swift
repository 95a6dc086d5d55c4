import Foundation
import TestSupport
import Testing

@testable import Tensors

/// The operators of our own, at every level that this processor has, against libtorch's in double precision.
@Suite(.serialized) struct FusedOperatorTests {
    /// Levels to test; each runs with what the processor offers limited to it.
    static let levels = Engine.KernelLevel.allCases.filter { $0 <= Engine.kernelLevel }

    static func drawn(
        _ shape: [Int], seed: UInt64, scale: Double = 1, shift: Double = 0, as type: DType = .bfloat16
    ) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try (random.normal(shape).reshaped(to: shape) * scale + shift).to(type)
    }
    static func at<R>(
        _ level: Engine.KernelLevel, inSingle: Bool? = nil, _ body: () throws -> R
    ) rethrows -> R {
        Engine.limitKernels(to: level)
        Engine.multiplyBFloat16(inSingle: inSingle)
        defer {
            Engine.limitKernels(to: .amx)
            Engine.multiplyBFloat16(inSingle: nil)
        }
        return try body()
    }
    /// Power of the reference over power of the error; rounding the result to bf16 alone leaves 55.6.
    static func decibels(_ found: Tensor, _ reference: Tensor) throws -> Double {
        let error = try (found.to(.float64) - reference).squared().mean().item()
        return try error == 0 ? .infinity : 10 * log10(reference.squared().mean().item() / error)
    }

    struct Heads: Sendable, CustomTestStringConvertible {
        let batch, queries, keys, heads, width: Int
        let sharpness: Double
        var testDescription: String {
            "\(batch)×\(queries)×\(keys), \(heads) heads of \(width), \(sharpness)"
        }

        init(_ batch: Int, _ queries: Int, _ keys: Int, _ heads: Int, _ width: Int, _ sharpness: Double = 1) {
            (self.batch, self.queries, self.keys, self.heads, self.width) = (
                batch, queries, keys, heads, width
            )
            self.sharpness = sharpness
        }
    }
    static let attentions = [
        Heads(2, 256, 256, 8, 40), Heads(2, 256, 77, 2, 40), Heads(1, 100, 333, 3, 24, 2),
        Heads(1, 7, 5, 2, 8),
        Heads(3, 33, 1, 2, 16), Heads(1, 1, 300, 1, 64), Heads(1, 13, 47, 1, 48), Heads(1, 97, 95, 5, 88, 3),
        Heads(2, 64, 64, 2, 160), Heads(1, 50, 129, 2, 200), Heads(1, 57, 257, 1, 256, 4),
        Heads(1, 40, 70, 1, 512), Heads(1, 20, 33, 2, 12), Heads(1, 6, 9, 1, 520),
        Heads(1, 120, 600, 1, 64, 20),
    ]

    @Test(arguments: attentions, levels)
    func attentionIsASoftmaxOfProducts(_ h: Heads, _ level: Engine.KernelLevel) throws {
        let width = h.heads * h.width
        let query = try Self.drawn([h.batch, h.queries, width], seed: 1, scale: h.sharpness)
        // Keys and values as one projection gives them: strided halves of one tensor.
        let both = try Self.drawn([h.batch, h.keys, 2 * width], seed: 2)
        let (key, value) = try (both.slice(0..<width, along: 2), both.slice(width..<2 * width, along: 2))
        let found = try [false, true].map { inSingle in
            try Self.at(level, inSingle: inSingle) {
                try Tensor.attention(query: query, key: key, value: value, heads: h.heads)
            }
        }
        #expect(found.allSatisfy { $0.shape == query.shape && $0.dtype == .bfloat16 })
        func split(_ x: Tensor) throws -> Tensor {
            try x.to(.float64).reshaped(h.batch, x.size(1), h.heads, h.width).transposed(1, 2)
        }
        let scores = try split(query).matmul(split(key).transposed(-2, -1)) / Double(h.width).squareRoot()
        let reference = try scores.softmax(along: -1).matmul(split(value)).transposed(1, 2).reshaped(
            to: query.shape)
        // Weights are rounded to bf16 once and the result once more: 52.6 where many keys count alike.
        for found in found { #expect(try Self.decibels(found, reference) > 52) }
    }

    @Test(arguments: [false, true], [DType.bfloat16, .float32])
    func attentionDoesNotDependOnThreads(_ inSingle: Bool, _ type: DType) throws {
        let x = try Self.drawn([3, 301, 80], seed: 9, as: type)
        let before = Engine.threadCount
        defer { Engine.threadCount = before }
        let found = try [1, 2, 3].map { threads in
            Engine.threadCount = threads
            return try Self.at(.amx, inSingle: inSingle) {
                try Tensor.attention(query: x, key: x, value: x, heads: 2).values(as: Float.self)
            }
        }
        #expect(found[0] == found[1] && found[0] == found[2])
    }

    @Test(arguments: levels, [false, true])
    func attentionKeepsToItsRow(_ level: Engine.KernelLevel, _ inSingle: Bool) throws {
        try Self.at(level, inSingle: inSingle) {
            // One query is not a number, one key far outweighs the others: neither may be seen in other rows.
            var values = [Float](repeating: 0.5, count: 40 * 16)
            values[3 * 16] = .nan
            let query = try Tensor(values, shape: [1, 40, 16]).to(.bfloat16)
            var keys = [Float](repeating: 0, count: 50 * 16)
            for i in 0..<16 { keys[49 * 16 + i] = 1e4 }
            let key = try Tensor(keys, shape: [1, 50, 16]).to(.bfloat16)
            let value = try Tensor.range(to: 50).reshaped(1, 50, 1).expanded(1, 50, 16).to(.bfloat16)
            let found: [Float] = try Tensor.attention(query: query, key: key, value: value, heads: 1).values()
            for row in 0..<40 {
                let numbers = found[row * 16..<(row + 1) * 16]
                #expect(
                    row == 3 ? numbers.allSatisfy(\.isNaN) : numbers.allSatisfy { $0 == 49 }, "row \(row)")
            }
            // A score beyond all numbers gives none either; a value beyond all numbers stays.
            let huge = try Tensor.full([1, 2, 16], 1e38).to(.bfloat16)
            let one = try Tensor.ones([1, 2, 16]).to(.bfloat16)
            let lost = try Tensor.attention(query: huge, key: huge, value: one, heads: 1)
            #expect(try lost.values(as: Float.self).allSatisfy(\.isNaN))
            let infinite = try Tensor.full([1, 2, 16], .infinity).to(.bfloat16)
            let kept = try Tensor.attention(query: one, key: one, value: infinite, heads: 1)
            #expect(try kept.values(as: Float.self).allSatisfy { $0 == .infinity })
        }
    }

    @Test func attentionOfOneKeyIsItsValue() throws {
        let value = try Self.drawn([2, 1, 80], seed: 3)
        let query = try Self.drawn([2, 9, 80], seed: 4)
        let found = try Tensor.attention(query: query, key: value, value: value, heads: 2)
        try expectClose(found, value.expanded(2, 9, 80), Tolerance(relative: 0))
    }

    @Test func attentionSaysWhatDoesNotFit() throws {
        let x = try Tensor.ones([1, 4, 6])
        for (other, heads) in try [
            (x, 4), (x, 0), (Tensor.ones([2, 4, 6]), 2), (Tensor.ones([1, 4, 8]), 2),
        ] {
            #expect(throws: TensorError.self) {
                try Tensor.attention(query: x, key: other, value: other, heads: heads)
            }
        }
        #expect(throws: TensorError.self) {
            try Tensor.attention(query: x, key: x, value: .ones([1, 3, 6]), heads: 2)
        }
        #expect(
            try Tensor.attention(
                query: .ones([0, 4, 6]), key: .ones([0, 4, 6]), value: .ones([0, 4, 6]), heads: 2
            ).count == 0)
    }

    struct Picture: Sendable, CustomTestStringConvertible {
        let batch, channels, height, width, groups: Int
        var testDescription: String { "\(batch)×\(channels)×\(height)×\(width) in \(groups)" }
        init(_ b: Int, _ c: Int, _ h: Int, _ w: Int, _ g: Int) {
            (batch, channels, height, width, groups) = (b, c, h, w, g)
        }
    }
    static let pictures = [
        Picture(2, 320, 16, 16, 32), Picture(1, 32, 3, 5, 32), Picture(3, 40, 5, 7, 4),
        Picture(1, 36, 1, 1, 4),
        Picture(1, 5, 9, 2, 1), Picture(2, 960, 8, 9, 32), Picture(1, 112, 33, 31, 8),
    ]

    @Test(arguments: pictures, levels)
    func groupNormalisation(_ p: Picture, _ level: Engine.KernelLevel) throws {
        // A mean far from zero, so that squares would cancel.
        let x = try (Self.drawn([p.batch, p.channels, p.height, p.width], seed: 5, shift: 30)).channelsLast()
        let (weight, bias) = try (Self.drawn([p.channels], seed: 6), Self.drawn([p.channels], seed: 7))
        let before = try Self.drawn([p.batch, p.channels], seed: 8)
        for (shift, isActivated) in [(nil, false), (nil, true), (before, false), (before, true)] {
            let found = try Self.at(level) {
                try x.groupNorm(
                    groups: p.groups, weight: weight, bias: bias, epsilon: 1e-5, adding: shift,
                    thenSiLU: isActivated)
            }
            #expect(found.isChannelsLast == x.isChannelsLast)
            let mixed = try Self.at(level) {
                try x.groupNorm(
                    groups: p.groups, weight: weight.to(.float32), bias: bias.to(.float32), epsilon: 1e-5,
                    adding: shift, thenSiLU: isActivated)
            }
            try expectClose(mixed, found, Tolerance(relative: 0.01))
            let shifted = try shift.map { try x.to(.float64) + $0.to(.float64).unsqueezed(-1).unsqueezed(-1) }
            let normal = try (shifted ?? x.to(.float64)).contiguous().groupNorm(
                groups: p.groups, weight: weight.to(.float64), bias: bias.to(.float64))
            let reference = try isActivated ? normal.silu() : normal
            // libtorch rounds between the steps, and x + shift to steps of 1/4 at 30.
            let least = level == .stock ? (shift == nil ? 40.0 : 15.0) : 53
            #expect(try Self.decibels(found, reference) > least)
        }
    }

    @Test(arguments: [1, 7, 16, 37, 320, 1280], levels)
    func layerNormalisation(_ width: Int, _ level: Engine.KernelLevel) throws {
        let x = try Self.drawn([3, 11, width], seed: 9, scale: 2, shift: 5)
        let (weight, bias) = try (Self.drawn([width], seed: 10), Self.drawn([width], seed: 11))
        let found = try Self.at(level) { try x.layerNorm(weight: weight, bias: bias, epsilon: 1e-5) }
        // Models keep these parameters in single precision beside bf16 matrices.
        let mixed = try Self.at(level) {
            try x.layerNorm(weight: weight.to(.float32), bias: bias.to(.float32), epsilon: 1e-5)
        }
        #expect(mixed.dtype == .bfloat16)
        try expectClose(mixed, found, Tolerance(relative: 0.01))
        let reference = try x.to(.float64).layerNorm(weight: weight.to(.float64), bias: bias.to(.float64))
        #expect(try Self.decibels(found, reference) > 53)
    }

    @Test(arguments: [1, 16, 37, 320], levels)
    func gatedGELU(_ half: Int, _ level: Engine.KernelLevel) throws {
        let x = try Self.drawn([2, 199, 2 * half], seed: 12, scale: 2)
        let found = try Self.at(level) { try x.gatedGELU() }
        let parts = try (
            x.slice(0..<half, along: 2).to(.float64), x.slice(half..<2 * half, along: 2).to(.float64)
        )
        #expect(try Self.decibels(found, parts.0 * parts.1.gelu()) > (level == .stock ? 51 : 53))
        #expect(throws: TensorError.self) { try Tensor.ones([2, 3]).gatedGELU() }
    }

    /// Every bf16 number between -13 and 13 that is not tiny: at most one step of the last place from the exact value.
    @Test func gatedGELUIsExactToTheLastPlace() throws {
        let inputs = (0..<UInt32(65536)).map { Float(bitPattern: $0 << 16) }.filter {
            abs($0) < 13 && abs($0) > 1e-30
        }
        let pairs = try Tensor(inputs.flatMap { [1, $0] }, shape: [inputs.count, 2]).to(.bfloat16)
        let found: [Float] = try pairs.gatedGELU().values()
        var apart = 0
        for (x, y) in zip(inputs, found) {
            let exact = Double(x) * 0.5 * erfc(-Double(x) / 2.0.squareRoot())
            let step = max(exp2(Double(exact == 0 ? -126 : Double(ilogb(exact))) - 7), exp2(-126))
            #expect(abs(Double(y) - exact) <= step, "gelu(\(x)) = \(y), exactly \(exact)")
            if abs(Double(y) - exact) > 0.51 * step { apart += 1 }
        }
        #expect(apart < inputs.count / 100, "nearly always the nearest")
    }

    @Test(arguments: levels) func whatIsNoNumberStaysNone(_ level: Engine.KernelLevel) throws {
        try Self.at(level) {
            var values = [Float](repeating: 1, count: 4 * 64)
            values[70] = .nan
            let x = try Tensor(values, shape: [4, 64]).to(.bfloat16)
            let ones = try Tensor.ones([64]).to(.bfloat16)
            let normal: [Float] = try x.layerNorm(weight: ones, bias: ones).values()
            #expect((0..<256).allSatisfy { normal[$0].isNaN == (64..<128).contains($0) })
            let gated: [Float] = try x.gatedGELU().values()
            #expect((0..<128).allSatisfy { gated[$0].isNaN == ($0 == 38) })
            let picture = try x.reshaped(1, 4, 8, 8).channelsLast()
            let four = try Tensor.ones([4]).to(.bfloat16)
            let group: [Float] = try picture.groupNorm(
                groups: 2, weight: four, bias: four, epsilon: 1e-5, adding: nil, thenSiLU: true
            ).values()
            #expect((0..<256).allSatisfy { group[$0].isNaN == ($0 < 128) })
        }
    }

    /// Where gradients are wanted, libtorch's operators compute and record them.
    @Test func gradientsAreRecorded() throws {
        let leaf = try Self.drawn([1, 8, 32], seed: 13).requiringGradient()
        let (ones, zeros) = try (Tensor.ones([32]).to(.bfloat16), Tensor.zeros([32]).to(.bfloat16))
        for result in try [
            leaf.gatedGELU(), leaf.layerNorm(weight: ones, bias: zeros),
            .attention(query: leaf, key: leaf, value: leaf, heads: 2),
            leaf.reshaped(1, 32, 4, 2).channelsLast().groupNorm(
                groups: 4, weight: ones, bias: zeros, epsilon: 1e-5, adding: nil, thenSiLU: true),
        ] {
            leaf.clearGradient()
            #expect(result.requiresGradient)
            try result.squared().sum().backward()
            #expect(try #require(leaf.gradient).norm().item() > 0)
        }
        let unrecorded = try Autograd.disabled { () throws(TensorError) in try leaf.gatedGELU() }
        #expect(!unrecorded.requiresGradient)
    }
}
