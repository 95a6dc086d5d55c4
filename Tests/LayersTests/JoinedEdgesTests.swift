import Tensors
import TestSupport
import Testing

@testable import Layers

/// Convolutions of pictures whose opposite edges are one.
@Suite struct JoinedEdgesTests {
    private static let all: [JoinedEdges] = [
        .leftAndRight, .topAndBottom, [.leftAndRight, .topAndBottom],
    ]

    private func drawn(_ shape: [Int], seed: UInt64 = 2) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try random.normal(shape).reshaped(to: shape)
    }

    /// The middle of what the same kernels make of three pictures in a row, one of them on joined edges only.
    @Test(
        arguments: all,
        [(3, 1, false), (5, 1, false), (3, 2, false), (3, 2, true), (1, 1, false)])
    func isTheMiddleOfManyPictures(
        _ edges: JoinedEdges, _ shape: (kernel: Int, stride: Int, after: Bool)
    ) throws {
        let x = try drawn([2, 3, 6, 8])
        func convolution(_ edges: JoinedEdges) throws -> Conv2d {
            try Conv2d(
                ParameterScope(FreshParameters(seed: 1), joinedEdges: edges)["a"], from: 3, to: 4,
                kernel: shape.kernel, stride: shape.stride, padding: shape.after ? .after(1) : nil)
        }
        var many = x
        if edges.contains(.leftAndRight) { many = try .concatenated([many, many, many], along: 3) }
        if edges.contains(.topAndBottom) { many = try .concatenated([many, many, many], along: 2) }
        var expected = try convolution([])(many)
        let (height, width) = (6 / shape.stride, 8 / shape.stride)
        if edges.contains(.leftAndRight) { expected = try expected.slice(width..<2 * width, along: 3) }
        if edges.contains(.topAndBottom) { expected = try expected.slice(height..<2 * height, along: 2) }
        let found = try convolution(edges)(x)
        try expectClose(found, expected, nil, "the middle")
        let plain = try convolution([])(x)
        let differs = try (found - plain).norm().item() > 1e-3
        #expect(differs == (shape.kernel > 1), "a margin of zeros is something else")
    }

    /// A picture narrower than the margin is seen more than once.
    @Test func aMarginWiderThanThePictureGoesRoundAgain() throws {
        let row = try Tensor([1, 2] as [Float], shape: [1, 1, 1, 2])
        let margined = try JoinedEdges.leftAndRight.margined(row, before: 3, after: 2)
        #expect(margined.shape == [1, 1, 6, 7])
        try expectClose(margined.slice(3..<4, along: 2), [2, 1, 2, 1, 2, 1, 2], shape: [1, 1, 1, 7])
        #expect(try margined.slice(0..<3, along: 2).norm().item() == 0, "zeros above")
    }

    /// The layouts that the processor multiplies fastest give the same.
    @Test(arguments: all, [1, 2]) func packedWeightsHold(_ edges: JoinedEdges, _ stride: Int) throws {
        struct Rounded: ParameterSource {
            func parameter(
                at path: ParameterPath, shape: [Int], initializer: Initializer
            ) throws -> Tensor {
                let fresh = FreshParameters(seed: 1)
                return try fresh.parameter(at: path, shape: shape, initializer: initializer).to(.bfloat16)
            }
        }
        let x = try drawn([2, 24, 8, 10]).to(.bfloat16).channelsLast()
        func result(packed: Bool, adding residual: Tensor?) throws -> Tensor {
            let scope = ParameterScope(Rounded(), packsWeights: packed, joinedEdges: edges)
            return try Conv2d(scope["b"][0], from: 24, to: 40, stride: stride)(x, adding: residual)
        }
        let plain = try result(packed: false, adding: nil)
        try expectClose(result(packed: true, adding: nil), plain, Tolerance(relative: 0.01))
        let residual = try drawn(plain.shape, seed: 3).to(.bfloat16).channelsLast()
        try expectClose(
            result(packed: true, adding: residual), result(packed: false, adding: residual),
            Tolerance(relative: 0.01))
    }

    @Test func scopesHandThemDown() {
        let scope = ParameterScope(FreshParameters(seed: 1), joinedEdges: .topAndBottom)
        #expect(scope["a"][0].joinedEdges == .topAndBottom)
        #expect(ParameterScope(FreshParameters(seed: 1))["a"].joinedEdges.isEmpty)
    }
}
