import TestSupport
import Testing

@testable import Tensors

/// Packed weights give what plain weights give.
@Suite struct PackedWeightTests {
    private static func drawn(_ shape: [Int], seed: UInt64) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try random.normal(shape).reshaped(to: shape).to(.bfloat16)
    }
    static let maps = [(1, 4, 4), (2, 320, 1280), (77, 768, 320), (130, 64, 31), (5, 7, 3), (200, 144, 80)]

    @Test(arguments: maps) func linear(_ rows: Int, _ input: Int, _ output: Int) throws {
        let (x, weight) = try (Self.drawn([1, rows, input], seed: 1), Self.drawn([output, input], seed: 2))
        let (bias, residual) = try (Self.drawn([output], seed: 3), Self.drawn([1, rows, output], seed: 4))
        let before: [Float] = try residual.values()
        let packed = try Self.inSingle(false) { try weight.packedForLinear() }
        for bias in [nil, bias] {
            let plain = try x.linear(weight: weight, bias: bias)
            try expectClose(x.linear(packedWeight: packed, bias: bias), plain, Tolerance(relative: 0.01))
            let sum = try residual + plain
            try expectClose(
                x.linear(packedWeight: packed, bias: bias, adding: residual), sum, Tolerance(relative: 0.01))
        }
        #expect(try residual.values() == before, "the residual is as before")
    }

    /// What products are made in, whatever is faster here.
    private static func inSingle<R>(_ answer: Bool, _ body: () throws -> R) rethrows -> R {
        Engine.multiplyBFloat16(inSingle: answer)
        defer { Engine.multiplyBFloat16(inSingle: nil) }
        return try body()
    }

    /// Packed for products in single precision: within one rounding of the exact result, on any number of threads.
    @Test(arguments: maps) func linearInSingle(_ rows: Int, _ input: Int, _ output: Int) throws {
        let (x, weight) = try (Self.drawn([2, rows, input], seed: 1), Self.drawn([output, input], seed: 2))
        let (bias, residual) = try (Self.drawn([output], seed: 3), Self.drawn([2, rows, output], seed: 4))
        let packed = try Self.inSingle(true) { try weight.packedForLinear() }
        let fits = input.isMultiple(of: 16) && output.isMultiple(of: 16)
        #expect((packed.rank == 3) == (fits && Engine.kernelLevel > .stock))
        for bias in [nil, bias] {
            let exact = try x.to(.float64).linear(weight: weight.to(.float64), bias: bias?.to(.float64))
            let found = try x.linear(packedWeight: packed, bias: bias)
            let sum = try x.linear(packedWeight: packed, bias: bias, adding: residual)
            #expect(found.dtype == .bfloat16)
            try expectClose(found.to(.float64), exact, Tolerance(relative: 0.005))
            try expectClose(sum.to(.float64), exact + residual.to(.float64), Tolerance(relative: 0.01))
        }
        guard packed.rank == 3 else { return }
        let before = Engine.threadCount
        defer { Engine.threadCount = before }
        let found = try [1, 2, 3].map { threads in
            Engine.threadCount = threads
            return try x.linear(packedWeight: packed, bias: bias).values(as: Float.self)
        }
        #expect(found[0] == found[1] && found[0] == found[2])
        #expect(throws: TensorError.self) {
            try x.slice(0..<input - 1, along: 2).linear(packedWeight: packed, bias: nil)
        }
        #expect(throws: TensorError.self) {
            try x.linear(packedWeight: packed, bias: bias.slice(0..<output - 1, along: 0))
        }
    }

    struct Kernel: Sendable {
        var batch = 2, input = 32, output = 48, size = 9, kernel = 3, stride = 1, padding = 1
    }
    static let kernels = [
        Kernel(), Kernel(batch: 1, input: 4, output: 320), Kernel(input: 320, output: 4), Kernel(stride: 2),
        Kernel(size: 10, stride: 2, padding: 0), Kernel(kernel: 1, padding: 0),
        Kernel(size: 8, kernel: 1, stride: 2, padding: 0), Kernel(input: 3, output: 5, size: 1),
    ]
    @Test(arguments: kernels, [false, true]) func convolution(_ k: Kernel, _ inSingle: Bool) throws {
        let x = try Self.drawn([k.batch, k.input, k.size, k.size], seed: 1).channelsLast()
        let weight = try Self.drawn([k.output, k.input, k.kernel, k.kernel], seed: 2)
        let bias = try Self.drawn([k.output], seed: 3)
        let packed = try Self.inSingle(inSingle) {
            try weight.packedForConvolution(stride: k.stride, padding: k.padding)
        }
        let plain = try x.conv2d(weight: weight, bias: bias, stride: k.stride, padding: k.padding)
        let found = try x.conv2d(packedWeight: packed, bias: bias, stride: k.stride, padding: k.padding)
        try expectClose(found, plain, Tolerance(relative: 0.01))
        let residual = try Self.drawn(plain.shape, seed: 4).channelsLast()
        let before: [Float] = try residual.values()
        let sum = try x.conv2d(
            packedWeight: packed, bias: bias, stride: k.stride, padding: k.padding, adding: residual)
        try expectClose(sum, residual + plain, Tolerance(relative: 0.01))
        #expect(try residual.values() == before, "the residual is as before")
        #expect(
            sum.isChannelsLast || k.size == 1 || Engine.kernelLevel == .stock, "channels stay last")
        // Other sizes of picture serve as well.
        let small = try x.slice(0..<1, along: 0)
        try expectClose(
            small.conv2d(packedWeight: packed, bias: bias, stride: k.stride, padding: k.padding),
            plain.slice(0..<1, along: 0), Tolerance(relative: 0.01))
    }

    /// Types that are not packed go through unchanged.
    @Test func otherTypesStayPlain() throws {
        let weight = try wavy([3, 4])
        let packed = try weight.packedForLinear()
        try expectClose(packed, weight)
        let x = try wavy([2, 4], phase: 1)
        try expectClose(x.linear(packedWeight: packed, bias: nil), x.linear(weight: weight, bias: nil))
        let kernels = try wavy([3, 4, 1, 1])
        let picture = try wavy([1, 4, 2, 2])
        try expectClose(
            picture.conv2d(
                packedWeight: kernels.packedForConvolution(stride: 1, padding: 0), bias: nil, stride: 1,
                padding: 0),
            picture.conv2d(weight: kernels, bias: nil))
    }

    @Test func theWrongInputIsAnError() throws {
        let weight = try Self.drawn([8, 16], seed: 1).packedForLinear()
        #expect(throws: TensorError.self) {
            try Self.drawn([2, 15], seed: 2).linear(packedWeight: weight, bias: nil)
        }
        #expect(throws: TensorError.self) {
            try Tensor.ones([2, 16]).linear(packedWeight: weight, bias: nil)
        }
        let residual = try Self.drawn([1, 8], seed: 3)
        #expect(throws: TensorError.self) {
            try Self.drawn([2, 16], seed: 2).linear(packedWeight: weight, bias: nil, adding: residual)
        }
        let kernels = try Self.drawn([8, 16, 3, 3], seed: 1).packedForConvolution(stride: 1, padding: 1)
        #expect(throws: TensorError.self) {
            try Self.drawn([1, 15, 4, 4], seed: 2).conv2d(
                packedWeight: kernels, bias: nil, stride: 1, padding: 1)
        }
        #expect(throws: TensorError.self) { try Tensor.ones([3]).packedForLinear() }
    }
}
