import Foundation
import TestSupport
import Testing

@testable import Tensors

/// The operations that networks are made of, against formulas written out in plain Swift, in double precision.
@Suite struct NetworkOperationTests {
    @Test func linearIsAMatrixProductAndAShift() throws {
        let x = try tensor(1, 2, 3, 4, 5, 6, shape: [1, 2, 3])
        let weight = try tensor(1, 0, -1, 2, 1, 0, shape: [2, 3])
        try expectClose(x.linear(weight: weight, bias: tensor(10, 20)), [8, 24, 8, 33], shape: [1, 2, 2])
        try expectClose(x.linear(weight: weight, bias: nil), [-2, 4, -2, 13], shape: [1, 2, 2])
    }

    struct Convolution: Sendable {
        var batch = 2, input = 3, output = 4, height = 6, width = 5, kernel = 3, stride = 1, padding = 1
        var hasBias = true
    }
    static let convolutions = [
        Convolution(), Convolution(stride: 2), Convolution(padding: 0, hasBias: false),
        Convolution(kernel: 1, padding: 0), Convolution(batch: 1, input: 1, output: 1, kernel: 5, padding: 2),
    ]
    @Test(arguments: convolutions) func conv2dIsASumOverTheWindow(_ c: Convolution) throws {
        let x = try wavy([c.batch, c.input, c.height, c.width])
        let weight = try wavy([c.output, c.input, c.kernel, c.kernel], phase: 5)
        let bias = try wavy([c.output], phase: 9)
        let (picture, kernels, shifts): ([Double], [Double], [Double]) = try (
            x.values(), weight.values(), c.hasBias ? bias.values() : [Double](repeating: 0, count: c.output)
        )
        let rows = (c.height + 2 * c.padding - c.kernel) / c.stride + 1
        let columns = (c.width + 2 * c.padding - c.kernel) / c.stride + 1
        var expected: [Double] = []
        for b in 0..<c.batch {
            for o in 0..<c.output {
                for row in 0..<rows {
                    for column in 0..<columns {
                        var sum = shifts[o]
                        for i in 0..<c.input {
                            for ky in 0..<c.kernel {
                                for kx in 0..<c.kernel {
                                    let (y, x) = (
                                        row * c.stride + ky - c.padding, column * c.stride + kx - c.padding
                                    )
                                    guard (0..<c.height).contains(y), (0..<c.width).contains(x) else {
                                        continue
                                    }
                                    let pixel = picture[((b * c.input + i) * c.height + y) * c.width + x]
                                    sum +=
                                        pixel * kernels[((o * c.input + i) * c.kernel + ky) * c.kernel + kx]
                                }
                            }
                        }
                        expected.append(sum)
                    }
                }
            }
        }
        let shape = [c.batch, c.output, rows, columns]
        let shift = c.hasBias ? bias : nil
        let found = try x.conv2d(weight: weight, bias: shift, stride: c.stride, padding: c.padding)
        try expectClose(found, expected, shape: shape, Tolerance(relative: 1e-12))
        // Single precision, channels last: the fast path of training.
        let fast = try x.to(.float32).channelsLast().conv2d(
            weight: weight.to(.float32).channelsLast(), bias: shift?.to(.float32), stride: c.stride,
            padding: c.padding)
        try expectClose(fast, expected, shape: shape)
    }

    @Test func embeddingNamesRows() throws {
        let table = try tensor(1, 2, 3, 4, 5, 6, shape: [3, 2])
        let rows = try Tensor.indices([2, 0, 2], shape: [1, 3]).embedded(in: table)
        try expectClose(rows, [5, 6, 1, 2, 5, 6], shape: [1, 3, 2])
    }

    /// (x − mean) / √(variance + ε) · weight + bias over runs of `length` elements.
    static func normalized(
        _ x: [Double], length: Int, epsilon: Double, affine: (Int) -> (Double, Double)
    ) -> [Double] {
        var result: [Double] = []
        for start in stride(from: 0, to: x.count, by: length) {
            let run = x[start..<start + length]
            let mean = run.reduce(0, +) / Double(length)
            let variance = run.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
            for (offset, value) in run.enumerated() {
                let (scale, shift) = affine(start + offset)
                result.append((value - mean) / (variance + epsilon).squareRoot() * scale + shift)
            }
        }
        return result
    }

    @Test func layerNormIsOverTheLastAxis() throws {
        let x = try wavy([2, 3, 5])
        let (weight, bias) = try (wavy([5], phase: 1), wavy([5], phase: 2))
        let (scales, shifts): ([Double], [Double]) = try (weight.values(), bias.values())
        let exact = Tolerance(relative: 1e-12)
        let plain = try Self.normalized(x.values(), length: 5, epsilon: 1e-5) { _ in (1, 0) }
        try expectClose(x.layerNorm(), plain, shape: [2, 3, 5], exact)
        let affine = try Self.normalized(x.values(), length: 5, epsilon: 0.5) {
            (scales[$0 % 5], shifts[$0 % 5])
        }
        try expectClose(
            x.layerNorm(weight: weight, bias: bias, epsilon: 0.5), affine, shape: [2, 3, 5], exact)
    }

    @Test func groupNormIsOverChannelsOfAGroup() throws {
        let x = try wavy([2, 4, 3, 2])
        let (weight, bias) = try (wavy([4], phase: 1), wavy([4], phase: 2))
        let (scales, shifts): ([Double], [Double]) = try (weight.values(), bias.values())
        let expected = try Self.normalized(x.values(), length: 2 * 3 * 2, epsilon: 1e-5) {
            (scales[$0 / 6 % 4], shifts[$0 / 6 % 4])
        }
        try expectClose(
            x.groupNorm(groups: 2, weight: weight, bias: bias), expected, shape: [2, 4, 3, 2],
            Tolerance(relative: 1e-12))
    }

    @Test func rmsNormDividesByTheRootMeanSquare() throws {
        let weight = try tensor(1, 2)
        let root = (12.5 + 1e-6).squareRoot()
        try expectClose(
            tensor(3, 4, shape: [1, 2]).rmsNorm(weight: weight), [3 / root, 8 / root], shape: [1, 2])
        try expectClose(tensor(0, 0).rmsNorm(epsilon: 1), [0, 0])
    }

    @Test(arguments: ["none", "added", "kept where true"]) func attentionIsASoftmaxOfProducts(_ kind: String)
        throws
    {
        let (queries, keys, width) = (3, 4, 2)
        let query = try wavy([1, 2, queries, width])
        let key = try wavy([1, 2, keys, width], phase: 3)
        let value = try wavy([1, 2, keys, width], phase: 6)
        // The last key is masked for every query.
        let added = (0..<queries * keys).map { $0 % keys == keys - 1 ? -Double.infinity : Double($0) / 10 }
        let kept = (0..<queries * keys).map { $0 % keys == keys - 1 ? 0 : 1 as UInt8 }
        let mask: Tensor? =
            switch kind {
            case "added": try Tensor(added, shape: [queries, keys])
            case "kept where true": try Tensor(kept, shape: [queries, keys]).to(.bool)
            default: nil
            }
        let (q, k, v): ([Double], [Double], [Double]) = try (query.values(), key.values(), value.values())
        var expected: [Double] = []
        for head in 0..<2 {
            for i in 0..<queries {
                let weights = (0..<keys).map { j in
                    let products = (0..<width).map {
                        q[(head * queries + i) * width + $0] * k[(head * keys + j) * width + $0]
                    }
                    let score = products.reduce(0, +) / Double(width).squareRoot()
                    switch kind {
                    case "added": return exp(score + added[i * keys + j])
                    case "kept where true": return kept[i * keys + j] == 1 ? exp(score) : 0
                    default: return exp(score)
                    }
                }
                let total = weights.reduce(0, +)
                for d in 0..<width {
                    expected.append(
                        (0..<keys).reduce(0) { $0 + weights[$1] / total * v[(head * keys + $1) * width + d] })
                }
            }
        }
        try expectClose(
            .attention(query: query, key: key, value: value, mask: mask), expected,
            shape: [1, 2, queries, width],
            Tolerance(relative: 1e-12))
    }

    @Test func upsamplingRepeatsEachPixel() throws {
        try expectClose(
            tensor(1, 2, 3, 4, shape: [1, 1, 2, 2]).upsampledNearest(2),
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4], shape: [1, 1, 4, 4])
    }
}
