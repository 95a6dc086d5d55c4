import TestSupport
import Testing

@testable import Tensors

/// Convolutions by Winograd's filtering: values and gradients against libtorch's in double precision, at every level of this
/// processor.
@Suite(.serialized) struct WinogradTests {
    typealias Learning = LearningOperatorTests

    struct Picture: Sendable, CustomTestStringConvertible {
        let batch, input, output, height, width: Int
        var testDescription: String { "\(batch)×\(input)×\(height)×\(width) to \(output)" }
        init(_ batch: Int, _ input: Int, _ output: Int, _ height: Int, _ width: Int) {
            (self.batch, self.input, self.output) = (batch, input, output)
            (self.height, self.width) = (height, width)
        }
    }
    /// Whole tiles and cut ones, more groups of tiles, strips of results, slices of channels than one, and channels that do
    /// not fit.
    static let pictures = [
        Picture(2, 16, 32, 4, 4), Picture(1, 16, 16, 1, 1), Picture(2, 48, 80, 7, 5),
        Picture(3, 144, 16, 9, 2), Picture(1, 80, 208, 23, 21), Picture(5, 16, 16, 33, 31),
        Picture(2, 12, 16, 6, 6), Picture(2, 16, 5, 6, 6),
    ]

    private static func drawn(_ p: Picture) throws -> (x: Tensor, weight: Tensor, bias: Tensor, slope: Tensor)
    {
        var random = try RandomStream(seed: 21)
        let scale = 1 / Double(9 * p.input).squareRoot()
        return try (
            Learning.normal([p.batch, p.input, p.height, p.width], &random).to(.float32).channelsLast(),
            Learning.normal([p.output, p.input, 3, 3], &random, scale: scale).to(.float32),
            Learning.normal([p.output], &random).to(.float32),
            Learning.normal([p.batch, p.output, p.height, p.width], &random).to(.float32)
        )
    }

    @Test(arguments: pictures, Learning.levels)
    func isLibtorchsConvolution(_ picture: Picture, _ level: Engine.KernelLevel) throws {
        let (x, weight, bias, slope) = try Self.drawn(picture)
        try Learning.check([x, weight, bias], level, slope: slope) {
            try $0[0].conv2d(weight: $0[1], bias: $0[2], padding: 1)
        }
        // Without a shift, and where channels lie first.
        try Learning.check([x.contiguous(), weight], level, slope: slope) {
            try $0[0].conv2d(weight: $0[1], bias: nil, padding: 1)
        }
        // Of frozen kernels only the pixels learn.
        try Learning.check([x], level, slope: slope) {
            try $0[0].conv2d(weight: weight.to($0[0].dtype), bias: bias.to($0[0].dtype), padding: 1)
        }
    }

    @Test(arguments: pictures) func aPictureDoesNotDependOnItsBatch(_ picture: Picture) throws {
        let channels = [picture.input, picture.output]
        guard Engine.kernelLevel > .stock, channels.allSatisfy({ $0.isMultiple(of: 16) }) else { return }
        let (x, weight, bias, _) = try Self.drawn(picture)
        let together = try x.conv2d(weight: weight, bias: bias, padding: 1)
        for i in 0..<picture.batch {
            let alone = try x.slice(i..<i + 1, along: 0).conv2d(weight: weight, bias: bias, padding: 1)
            #expect(
                try alone.values(as: Float.self)
                    == together.slice(i..<i + 1, along: 0).values(as: Float.self))
        }
    }

    @Test(arguments: pictures, [DType.float32, .bfloat16])
    func packedKernelsServeAsPlainOnes(_ picture: Picture, _ type: DType) throws {
        let drawn = try Self.drawn(picture)
        let (x, weight, bias) = try (drawn.x.to(type), drawn.weight.to(type), drawn.bias.to(type))
        Engine.multiplyBFloat16(inSingle: true)
        defer { Engine.multiplyBFloat16(inSingle: nil) }
        let packed = try weight.packedForConvolution(stride: 1, padding: 1)
        let fits = picture.input.isMultiple(of: 16) && picture.output.isMultiple(of: 16)
        // Plain kernels of single precision serve as they are: laid out anew they would be held twice for a while.
        #expect((packed.rank == 5) == (type == .bfloat16 && fits && Engine.kernelLevel > .stock))
        let expected = try x.to(.float64).conv2d(
            weight: weight.to(.float64), bias: bias.to(.float64), padding: 1)
        let residual = try drawn.slope.to(type).channelsLast()
        let tolerance = Tolerance(relative: type == .float32 ? 1e-5 : 1e-2)
        let plain = try x.conv2d(packedWeight: packed, bias: bias, stride: 1, padding: 1)
        let sum = try x.conv2d(packedWeight: packed, bias: bias, stride: 1, padding: 1, adding: residual)
        #expect(plain.dtype == type)
        try expectClose(plain.to(.float64), expected, tolerance)
        try expectClose(sum.to(.float64), expected + residual.to(.float64), tolerance)
        guard packed.rank == 5 else { return }
        #expect(throws: TensorError.self) {
            let narrow = try x.slice(0..<picture.input - 1, along: 1)
            return try narrow.conv2d(packedWeight: packed, bias: bias, stride: 1, padding: 1)
        }
        #expect(throws: TensorError.self) {
            let short = try bias.slice(0..<picture.output - 1, along: 0)
            return try x.conv2d(packedWeight: packed, bias: short, stride: 1, padding: 1)
        }
    }

    @Test(arguments: pictures) func threadsChangeNothing(_ picture: Picture) throws {
        let (x, weight, bias, slope) = try Self.drawn(picture)
        let before = Engine.threadCount
        defer { Engine.threadCount = before }
        let found = try [1, 2, 3].map { threads in
            Engine.threadCount = threads
            let leaves = try [x, weight, bias].map { try $0.requiringGradient() }
            let value = try leaves[0].conv2d(weight: leaves[1], bias: leaves[2], padding: 1)
            try (value * slope).sum().backward()
            return try ([value] + leaves.compactMap(\.gradient)).map {
                try $0.detached().values(as: Float.self)
            }
        }
        let channels = [picture.input, picture.output]
        guard Engine.kernelLevel > .stock, channels.allSatisfy({ $0.isMultiple(of: 16) }) else { return }
        #expect(found[0].count == 4 && found[0] == found[1] && found[0] == found[2])
    }

    @Test func convolutionsInTheLowerTypeStayWithLibtorch() throws {
        let (x, weight, bias, _) = try Self.drawn(Self.pictures[0])
        let found = try Autograd.autocast(to: .bfloat16) {
            try x.conv2d(weight: weight, bias: bias, padding: 1)
        }
        #expect(found.dtype == .bfloat16)
    }
}
