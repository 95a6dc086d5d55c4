import Layers
import Tensors
import TestSupport
import Testing

/// Layers whose scope packs weights give what plain layers give.
@Suite struct PackedLayerTests {
    /// Fresh parameters in bf16, as a model for inference has them.
    private struct Rounded: ParameterSource {
        func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
            try FreshParameters(seed: 1).parameter(at: path, shape: shape, initializer: initializer).to(
                .bfloat16)
        }
    }
    private static var plain: ParameterScope { ParameterScope(Rounded()) }
    private static var packed: ParameterScope { ParameterScope(Rounded(), packsWeights: true) }

    private static func drawn(_ shape: [Int]) throws -> Tensor {
        var random = try RandomStream(seed: 2)
        return try random.normal(shape).reshaped(to: shape).to(.bfloat16)
    }

    @Test func scopesHandItDown() {
        #expect(Self.packed["a"][0].packsWeights && !Self.plain["a"][0].packsWeights)
    }

    @Test(arguments: [true, false]) func linear(_ hasBias: Bool) throws {
        let x = try Self.drawn([2, 5, 24])
        func result(_ scope: ParameterScope, adding residual: Tensor?) throws -> Tensor {
            try Linear(scope["a"], from: 24, to: 40, bias: hasBias)(x, adding: residual)
        }
        let residual = try Self.drawn([2, 5, 40])
        for residual in [nil, residual] {
            try expectClose(
                result(Self.packed, adding: residual), result(Self.plain, adding: residual),
                Tolerance(relative: 0.01))
        }
    }

    @Test(arguments: [(3, 1), (3, 2), (1, 1)], [nil, Conv2d.Padding.after(1)])
    func convolution(_ shape: (kernel: Int, stride: Int), _ padding: Conv2d.Padding?) throws {
        let x = try Self.drawn([2, 24, 8, 9]).channelsLast()
        func result(_ scope: ParameterScope, adding residual: Tensor?) throws -> Tensor {
            try Conv2d(
                scope["b"], from: 24, to: 40, kernel: shape.kernel, stride: shape.stride, padding: padding)(
                    x, adding: residual)
        }
        let bare = try result(Self.plain, adding: nil)
        let residual = try Self.drawn(bare.shape).channelsLast()
        try expectClose(result(Self.packed, adding: nil), bare, Tolerance(relative: 0.01))
        try expectClose(
            result(Self.packed, adding: residual), result(Self.plain, adding: residual),
            Tolerance(relative: 0.01))
    }
}
