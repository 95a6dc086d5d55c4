import Layers
import Tensors
import TestSupport
import Testing

/// Pixels that are merged and spread again.
@Suite struct TokenMergingTests {
    private func drawn(_ shape: [Int]) throws -> Tensor {
        var random = try RandomStream(seed: 3)
        return try random.normal(shape).reshaped(to: shape)
    }

    @Test func nothingIsMergedAtZeroOrAtOtherSizes() throws {
        let x = try drawn([1, 24, 5])
        #expect(try TokenMerging(ratio: 0, pixels: 24).merge(x, height: 4, width: 6) == nil)
        #expect(try TokenMerging(ratio: 0.5, pixels: 96).merge(x, height: 4, width: 6) == nil)
    }

    @Test(arguments: [0.25, 0.5, 0.75]) func asManyAsAskedForAreGone(_ ratio: Double) throws {
        let x = try drawn([2, 24, 5])
        let merged = try #require(try TokenMerging(ratio: ratio, pixels: 24).merge(x, height: 4, width: 6))
        #expect(merged.tokens.shape == [2, 24 - Int(24 * ratio), 5])
        #expect(try merged.restored(merged.tokens).shape == [2, 24, 5])
    }

    /// Squares of equal pixels come back as they were.
    @Test func equalPixelsAreMergedWithoutLoss() throws {
        let coarse = try drawn([1, 4, 2, 3])
        let x = try coarse.upsampledNearest(2).flattened(from: 2).transposed(1, 2)
        let merged = try #require(try TokenMerging(ratio: 0.75, pixels: 24).merge(x, height: 4, width: 6))
        #expect(merged.tokens.shape == [1, 6, 4])
        try expectClose(merged.restored(merged.tokens), x, Tolerance(relative: 1e-6, absolute: 1e-6))
    }

    /// Two places and six others worked out by hand: the two likest are averaged, the rest stay.
    @Test func theLikestAreAveraged() throws {
        // Rows of a 2 × 4 map; places are pixels 0 and 2.
        let values: [[Float]] = [
            [1, 0], [0.9, 0.3], [0, 1], [-1, 0], [2, 0], [1, -1], [0.6, 0.6], [0, 3],
        ]
        let x = try Tensor(values.flatMap { $0 }, shape: [1, 8, 2])
        let merged = try #require(try TokenMerging(ratio: 0.25, pixels: 8).merge(x, height: 2, width: 4))
        // Pixel 4 points like place 0, pixel 7 like place 2.
        var expected = values
        (expected[0], expected[4]) = ([1.5, 0], [1.5, 0])
        (expected[2], expected[7]) = ([0, 2], [0, 2])
        try expectClose(
            merged.restored(merged.tokens), Tensor(expected.flatMap { $0 }, shape: [1, 8, 2]),
            Tolerance(relative: 1e-6, absolute: 1e-6))
    }
}
