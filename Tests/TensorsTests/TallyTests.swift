import TestSupport
import Testing

@testable import Tensors

/// A tally counts the same on shapes as on numbers, and what closed forms say.
@Suite struct TallyTests {
    private func shaped(_ shape: Int..., on device: Device = .meta) throws -> Tensor {
        try .full(shape, 0.5, device: device)
    }

    @Test func productsAreCountedByTheirClosedForms() throws {
        let (x, matrix) = (try shaped(2, 5, 8), try shaped(12, 8))
        let (picture, kernels) = (try shaped(2, 3, 9, 7), try shaped(4, 3, 3, 3))
        let tally = Tally()
        let shapes = try tally.counting {
            let y = try x.linear(weight: matrix, bias: nil)
            let map = try picture.conv2d(weight: kernels, bias: nil, stride: 2, padding: 1)
            let seen = try Tensor.attention(query: x, key: x, value: x, heads: 2)
            return [y.shape, map.shape, seen.shape]
        }
        #expect(shapes == [[2, 5, 12], [2, 4, 5, 4], [2, 5, 8]])
        let linear = 2.0 * 2 * 5 * 12 * 8
        let convolution = 2.0 * 2 * 4 * 5 * 4 * 27
        let attention = 4.0 * 2 * 5 * 5 * 8
        #expect(tally.counts.operations == linear + convolution + attention)
        #expect(tally.counts.movedBytes == 0)
    }

    @Test func memoryIsWhatLivesAtOnce() throws {
        let x = try shaped(1000)
        let tally = Tally()
        tally.ignore(x)
        try tally.counting {
            // Two sums are alive while the second is made; the view adds nothing.
            var y = try x + x
            y = try y + x
            _ = try y.reshaped(10, 100)
            y = try y + x
        }
        #expect(tally.counts.peakBytes == 2 * 4000)
        #expect(tally.counts.movedBytes == 3 * 3 * 4000)
    }

    /// The same function on shapes and on numbers.
    @Test func shapesCostWhatNumbersCost() throws {
        func cost(on device: Device) throws -> (Tally.Counts, [Int]) {
            let x = try shaped(1, 8, 6, 6, on: device).channelsLast()
            let kernels = try shaped(8, 8, 3, 3, on: device)
            let scale = try shaped(8, on: device)
            let tally = Tally()
            for known in [x, kernels, scale] { tally.ignore(known) }
            let shape = try tally.counting {
                var h = try x.conv2d(weight: kernels, bias: scale, padding: 1)
                h = try h.groupNorm(
                    groups: 2, weight: scale, bias: scale, epsilon: 1e-5, adding: nil, thenSiLU: true)
                let tokens = try h.flattened(from: 2).transposed(1, 2)
                let seen = try Tensor.attention(query: tokens, key: tokens, value: tokens, heads: 2)
                return try (seen + tokens).gatedGELU().shape
            }
            return (tally.counts, shape)
        }
        let (shapes, numbers) = (try cost(on: .meta), try cost(on: .cpu))
        #expect(shapes.0 == numbers.0 && shapes.1 == numbers.1)
        #expect(shapes.0.operations > 0 && shapes.0.peakBytes > 0)
    }

    @Test func nothingIsCountedOutside() throws {
        let tally = Tally()
        _ = try tally.counting { try shaped(4) * 2 }
        let before = tally.counts
        _ = try shaped(400) * 2
        #expect(tally.counts == before && before.peakBytes > 0)
    }
}
