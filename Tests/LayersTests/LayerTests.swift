import Diagnostics
import Foundation
import Layers
import Synchronization
import Tensors
import TestSupport
import Testing

@Suite struct LayerTests {
    private typealias Request = GivenParameters.Request

    @Test func linearAsksForItsMatrixAndShift() throws {
        let source = GivenParameters(["fc.weight": [1, 0, -1, 2, 1, 0], "fc.bias": [10, 20]])
        let scope = ParameterScope(source)["fc"]
        let layer = try Linear(scope, from: 3, to: 2)
        #expect(layer.path == "fc")
        let x = try Tensor([1, 2, 3] as [Float], shape: [1, 3])
        try expectClose(layer(x), [8, 24], shape: [1, 2])
        try expectClose(Linear(scope, from: 3, to: 2, bias: false)(x), [-2, 4], shape: [1, 2])
        try expectClose(layer(x, adding: .ones([1, 2])), [9, 25], shape: [1, 2])
        _ = try Linear(scope, from: 3, to: 2, initializer: .zeros)
        #expect(
            source.requests == [
                Request(path: "fc.weight", shape: [2, 3], initializer: .uniform(fanIn: 3)),
                Request(path: "fc.bias", shape: [2], initializer: .uniform(fanIn: 3)),
                Request(path: "fc.weight", shape: [2, 3], initializer: .uniform(fanIn: 3)),
                Request(path: "fc.weight", shape: [2, 3], initializer: .zeros),
                Request(path: "fc.bias", shape: [2], initializer: .zeros),
            ])
    }

    @Test func aConvolutionKeepsTheSizeAtStrideOne() throws {
        let sums = [Double](repeating: 1, count: 9)
        let source = GivenParameters(["c.weight": sums, "c.bias": [0.5]])
        let scope = ParameterScope(source)["c"]
        let x = try Tensor.ones([1, 1, 3, 3])
        // A kernel of ones counts the neighbours that exist.
        try expectClose(
            Conv2d(scope, from: 1, to: 1)(x), [4.5, 6.5, 4.5, 6.5, 9.5, 6.5, 4.5, 6.5, 4.5],
            shape: [1, 1, 3, 3])
        try expectClose(
            Conv2d(scope, from: 1, to: 1, stride: 2)(x), [4.5, 4.5, 4.5, 4.5], shape: [1, 1, 2, 2])
        #expect(
            source.requests[0]
                == Request(path: "c.weight", shape: [1, 1, 3, 3], initializer: .uniform(fanIn: 9)))
        // Zeros at the right and the bottom only.
        try expectClose(
            Conv2d(scope, from: 1, to: 1, stride: 2, padding: .after(1))(.ones([1, 1, 4, 4])),
            [9.5, 6.5, 6.5, 4.5], shape: [1, 1, 2, 2])
        try expectClose(
            Conv2d(scope, from: 1, to: 1, padding: .around(0), bias: false)(x, adding: .ones([1, 1, 1, 1])),
            [10], shape: [1, 1, 1, 1])
        let single = ParameterScope(GivenParameters(["weight": [2, 3], "bias": [1]]))
        try expectClose(
            Conv2d(single, from: 2, to: 1, kernel: 1)(.ones([1, 2, 1, 2])), [6, 6], shape: [1, 1, 1, 2])
    }

    @Test func normsCentreAndScale() throws {
        let source = GivenParameters(["weight": [2, 3], "bias": [10, 20]])
        let unit = 1 / (1 + 1e-5).squareRoot()
        let layer = try LayerNorm(ParameterScope(source), width: 2)
        let rows = try Tensor([1, 3, 5, 5] as [Float], shape: [2, 2])
        try expectClose(layer(rows), [10 - 2 * unit, 20 + 3 * unit, 10, 20], shape: [2, 2])
        let plain = try LayerNorm(ParameterScope(GivenParameters([:])), width: 2, affine: false)
        #expect(plain.weight == nil && plain.bias == nil)
        try expectClose(plain(rows), [-unit, unit, 0, 0], shape: [2, 2])
        try expectClose(
            LayerNorm(ParameterScope(source), width: 2, epsilon: 3)(rows), [9, 21.5, 10, 20], shape: [2, 2])
        // The same numbers as channels of two pixels.
        let channels = try ChannelNorm(ParameterScope(source), channels: 2)
        let picture = try rows.transposed(0, 1).reshaped(1, 2, 1, 2)
        let expected = [10 - 2 * unit, 10, 20 + 3 * unit, 20]
        try expectClose(channels(picture), expected, shape: [1, 2, 1, 2])
        let last = try channels(Tensor.ones([2, 2, 4, 4]).channelsLast())
        #expect(last.isChannelsLast && last.shape == [2, 2, 4, 4])
    }

    @Test func sinusoidsSlowDownGeometrically() throws {
        let embedding = try SinusoidalEmbedding(width: 4)
        #expect(embedding.width == 4)
        try expectClose(
            embedding(Tensor([0, 2] as [Float], shape: [2])),
            [1, 1, 0, 0, cos(2), cos(0.02), sin(2), sin(0.02)], shape: [2, 4])
        let wide = try SinusoidalEmbedding(width: 256)(Tensor([7] as [Float], shape: [1]))
        let frequencies = (0..<128).map { pow(10_000, -Double($0) / 128) }
        try expectClose(
            wide, frequencies.map { cos(7 * $0) } + frequencies.map { sin(7 * $0) }, shape: [1, 256])
    }

    @Test(arguments: [-2, 0, 1, 7]) func anUnevenWidthIsRefused(_ width: Int) {
        #expect(throws: LayerError.unevenWidth(width)) { try SinusoidalEmbedding(width: width) }
    }
    @Test func theRefusalSaysWhatToUse() {
        #expect(
            LayerError.unevenWidth(7).description
                == "A sinusoidal embedding needs an even width of at least 2; found 7.\n  → Use 8 instead.")
        #expect(LayerError.unevenWidth(-3).advice == ["Use 2 instead."])
    }

    /// Notes the paths and doubles what passes.
    private final class Doubling: Probe {
        let paths = Mutex<[ParameterPath]>([])
        func visit(_ activation: Tensor, at path: ParameterPath) throws -> Tensor {
            paths.withLock { $0.append(path) }
            return try activation * 2
        }
    }
    @Test func aProbeSeesAndReplaces() throws {
        let x = try Tensor.ones([2])
        #expect(try ForwardContext().observe(x, at: "a") === x)
        let probe = Doubling()
        try expectClose(ForwardContext(probe: probe).observe(x, at: "a.b"), [2, 2])
        #expect(probe.paths.withLock { $0 } == ["a.b"])
    }
}
