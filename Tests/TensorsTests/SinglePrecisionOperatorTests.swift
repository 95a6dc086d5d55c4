import Foundation
import TestSupport
import Testing

@testable import Tensors

/// The operators of our own in single precision, at every level that this processor has, against libtorch's in double precision.
@Suite(.serialized) struct SinglePrecisionOperatorTests {
    typealias Fused = FusedOperatorTests
    /// Power of the reference over power of the error; the result's own rounding alone leaves 152.
    private static let least = 115.0

    @Test(arguments: Fused.attentions, Fused.levels)
    func attention(_ h: Fused.Heads, _ level: Engine.KernelLevel) throws {
        let width = h.heads * h.width
        let query = try Fused.drawn([h.batch, h.queries, width], seed: 1, scale: h.sharpness, as: .float32)
        let both = try Fused.drawn([h.batch, h.keys, 2 * width], seed: 2, as: .float32)
        let (key, value) = try (both.slice(0..<width, along: 2), both.slice(width..<2 * width, along: 2))
        let found = try Fused.at(level) {
            try Tensor.attention(query: query, key: key, value: value, heads: h.heads)
        }
        #expect(found.shape == query.shape && found.dtype == .float32)
        let reference = try Fused.at(.stock) {
            try Tensor.attention(
                query: query.to(.float64), key: key.to(.float64), value: value.to(.float64), heads: h.heads)
        }
        // Scores of sharp heads are large, and so are their roundings.
        #expect(try Fused.decibels(found, reference) > Self.least - 20 * log10(h.sharpness))
    }

    @Test(arguments: Fused.pictures, Fused.levels)
    func groupNormalisation(_ p: Fused.Picture, _ level: Engine.KernelLevel) throws {
        let shape = [p.batch, p.channels, p.height, p.width]
        let x = try Fused.drawn(shape, seed: 5, shift: 3, as: .float32).channelsLast()
        let weight = try Fused.drawn([p.channels], seed: 6, as: .float32)
        let bias = try Fused.drawn([p.channels], seed: 7, as: .float32)
        let before = try Fused.drawn([p.batch, p.channels], seed: 8, as: .float32)
        let found = try Fused.at(level) {
            try x.groupNorm(
                groups: p.groups, weight: weight, bias: bias, epsilon: 1e-5, adding: before, thenSiLU: true)
        }
        #expect(found.dtype == .float32 && found.isChannelsLast == x.isChannelsLast)
        let shifted = try x.to(.float64) + before.to(.float64).unsqueezed(-1).unsqueezed(-1)
        let reference = try shifted.contiguous().groupNorm(
            groups: p.groups, weight: weight.to(.float64), bias: bias.to(.float64)
        ).silu()
        // libtorch's sums of squares lose some digits.
        #expect(try Fused.decibels(found, reference) > (level == .stock ? 100 : Self.least))
    }

    @Test(arguments: [1, 16, 37, 320], Fused.levels)
    func gatedGELU(_ half: Int, _ level: Engine.KernelLevel) throws {
        let x = try Fused.drawn([2, 199, 2 * half], seed: 12, scale: 2, as: .float32)
        let found = try Fused.at(level) { try x.gatedGELU() }
        let gate = try x.slice(half..<2 * half, along: 2).to(.float64)
        let reference = try x.slice(0..<half, along: 2).to(.float64) * gate.gelu()
        #expect(found.dtype == .float32)
        #expect(try Fused.decibels(found, reference) > Self.least)
    }
}
