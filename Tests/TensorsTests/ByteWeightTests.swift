import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Weights in bytes: rounding within its bound, products of what was rounded, with and without the instructions.
@Suite(.serialized) struct ByteWeightTests {
    private static func drawn(_ shape: [Int], seed: UInt64) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try random.normal(shape).reshaped(to: shape)
    }

    /// The bytes times their scales.
    private static func restored(_ weight: ByteWeight) throws -> Tensor {
        let shape = [weight.bytes.size(0)] + Array(repeating: 1, count: weight.bytes.rank - 1)
        return try weight.bytes.to(.float32) * weight.scale.reshaped(to: shape)
    }

    /// 10 · log₁₀ of signal over error, both as mean squares.
    private static func decibels(_ found: Tensor, _ expected: Tensor) throws -> Double {
        let (found, expected) = (try found.to(.float32), try expected.to(.float32))
        let error = try (found - expected).squared().mean().item()
        return 10 * log10(try expected.squared().mean().item() / max(error, 1e-30))
    }

    @Test func roundingErrsByHalfAStep() throws {
        let matrix = try Self.drawn([130, 40], seed: 1)
        let rounded = try ByteWeight(matrix: matrix, quantizingInputs: false)
        #expect(rounded.bytes.dtype == .int8 && rounded.bytes.shape == [130, 40])
        let error = try (Self.restored(rounded) - matrix).magnitude().maximum(-1)
        let step = try matrix.magnitude().maximum(-1) / 127
        #expect(try (error / step).maximum(0).item() <= 0.501)
    }

    @Test(arguments: [Engine.KernelLevel.amx, .stock], [DType.bfloat16, .float32])
    func productsAreThoseOfTheRoundedWeight(_ level: Engine.KernelLevel, _ type: DType) throws {
        Engine.limitKernels(to: level)
        defer { Engine.limitKernels(to: .amx) }
        let matrix = try Self.drawn([37, 45], seed: 1).to(type)
        let (x, bias) = (
            try Self.drawn([2, 5, 45], seed: 2).to(type), try Self.drawn([37], seed: 3).to(type)
        )
        let residual = try Self.drawn([2, 5, 37], seed: 4).to(type)
        let rounded = try ByteWeight(matrix: matrix, quantizingInputs: false)
        let plain = try x.linear(weight: Self.restored(rounded).to(type), bias: bias)
        try expectClose(rounded.linear(x, bias: bias), plain, Tolerance(relative: 0.01))
        try expectClose(
            rounded.linear(x, bias: bias, adding: residual), residual + plain, Tolerance(relative: 0.01))
        let kernels = try Self.drawn([6, 5, 3, 3], seed: 5).to(type)
        let map = try Self.drawn([2, 5, 7, 8], seed: 6).to(type).channelsLast()
        let small = try ByteWeight(kernels: kernels, stride: 2, padding: 1, quantizingInputs: false)
        try expectClose(
            small.conv2d(map, bias: nil, stride: 2, padding: 1),
            map.conv2d(weight: Self.restored(small).to(type), bias: nil, stride: 2, padding: 1),
            Tolerance(relative: 0.01))
    }

    /// Packed for products in single precision: the rounded weight's products, nothing rounded besides the result.
    @Test(arguments: [DType.bfloat16, .float32]) func bytesInSinglePrecision(_ type: DType) throws {
        func packed(_ make: () throws -> ByteWeight) throws -> (exact: Tensor, packed: ByteWeight) {
            defer {
                Engine.limitKernels(to: .amx)
                Engine.multiplyBFloat16(inSingle: nil)
            }
            Engine.multiplyBFloat16(inSingle: true)
            let packed = try make()
            Engine.limitKernels(to: .stock)
            return (try Self.restored(make()).to(.float64), packed)
        }
        let isFused = Engine.kernelLevel > .stock
        let tolerance = Tolerance(relative: type == .float32 ? 5e-6 : 0.005)
        let bias = try Self.drawn([48], seed: 6)
        let matrix = try Self.drawn([48, 32], seed: 1)
        let x = try Self.drawn([2, 77, 32], seed: 2).to(type)
        let linear = try packed { try ByteWeight(matrix: matrix, quantizingInputs: false) }
        #expect((linear.packed.bytes.rank == 3) == isFused)
        try expectClose(
            linear.packed.linear(x, bias: bias).to(.float64),
            x.to(.float64).linear(weight: linear.exact, bias: bias.to(.float64)), tolerance)
        let map = try Self.drawn([2, 32, 9, 7], seed: 5).to(type).channelsLast()
        for (kernel, padding, rank) in [(3, 1, 5), (1, 0, 3)] {
            let kernels = try Self.drawn([48, 32, kernel, kernel], seed: 4)
            let bytes = try packed {
                try ByteWeight(kernels: kernels, stride: 1, padding: padding, quantizingInputs: false)
            }
            #expect((bytes.packed.bytes.rank == rank) == isFused)
            let found = try bytes.packed.conv2d(map, bias: bias, stride: 1, padding: padding)
            #expect(found.dtype == type && found.isChannelsLast)
            let exact = try map.to(.float64).conv2d(
                weight: bytes.exact, bias: bias.to(.float64), stride: 1, padding: padding)
            try expectClose(found.to(.float64), exact, tolerance)
        }
    }

    /// Rounding what flows too costs more, but stays small; where bytes are not multiplied it is not done.
    @Test(arguments: [Engine.KernelLevel.amx, .stock])
    func inputsInBytes(_ level: Engine.KernelLevel) throws {
        Engine.limitKernels(to: level)
        defer { Engine.limitKernels(to: .amx) }
        let matrix = try Self.drawn([96, 64], seed: 1).to(.bfloat16)
        let (x, bias) = (try Self.drawn([1, 33, 64], seed: 2).to(.bfloat16), try Self.drawn([96], seed: 3))
        let rounded = try ByteWeight(matrix: matrix, quantizingInputs: true)
        let plain = try x.to(.float32).linear(weight: matrix.to(.float32), bias: bias)
        #expect(try Self.decibels(rounded.linear(x, bias: bias), plain) > 35)
        for (stride, padding, kernel) in [(1, 1, 3), (2, 1, 3), (1, 0, 1)] {
            let kernels = try Self.drawn([48, 32, kernel, kernel], seed: 4).to(.bfloat16)
            // All above zero, so that a border of anything but zeros would show.
            let map = try (Self.drawn([2, 32, 9, 8], seed: 5).magnitude() + 1).to(.bfloat16).channelsLast()
            let small = try ByteWeight(
                kernels: kernels, stride: stride, padding: padding, quantizingInputs: true)
            let bias = try Self.drawn([48], seed: 6)
            let expected = try map.to(.float32).conv2d(
                weight: kernels.to(.float32), bias: bias, stride: stride, padding: padding)
            let found = try small.conv2d(map, bias: bias, stride: stride, padding: padding)
            #expect(found.shape == expected.shape)
            #expect(try Self.decibels(found, expected) > 35)
        }
    }
}
