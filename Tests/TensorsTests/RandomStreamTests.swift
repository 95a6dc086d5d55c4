import TestSupport
import Testing

@testable import Tensors

@Suite struct RandomStreamTests {
    /// `torch.randn(6, generator=torch.Generator().manual_seed(42))`, PyTorch 2.11.
    static let pyTorch42: [Float] = [0.3367, 0.1288, 0.2345, 0.2303, -1.1229, -0.1863]

    @Test func seed42GivesPyTorchsNumbers() throws {
        var stream = try RandomStream(seed: 42)
        let values = try stream.normal([6]).values(as: Float.self)
        #expect(zip(values, Self.pyTorch42).allSatisfy { abs($0 - $1) < 1e-4 }, "\(values)")
    }

    /// `torch.randn(20, …)` of the same seed, and four more: from 16 numbers on PyTorch draws them another way.
    static let pyTorch42Longer: [Double] = [
        1.926915, 1.487284, 0.900717, -2.105521, -0.758131, 1.078318, 0.800801, 1.680621, 0.35586, -0.686623,
        -0.493356, 0.241488, -0.231624, 0.041759, -0.251575, 0.859859, -0.309727, -0.39571, 0.803409,
        -0.621595,
    ]
    static let pyTorch42Next: [Double] = [-0.765839, -0.750622, 1.352548, 0.686322]

    @Test func longerDrawsGivePyTorchsNumbers() throws {
        let rounding = Tolerance(relative: 0, absolute: 1e-6)
        var stream = try RandomStream(seed: 42)
        try expectClose(stream.normal([20]), Self.pyTorch42Longer, shape: [1, 20], rounding)
        try expectClose(stream.normal([4]), Self.pyTorch42Next, shape: [1, 4], rounding)
        var largest = try RandomStream(seed: .max)
        try expectClose(
            largest.normal([6]), [1.219763, -0.392979, 1.023075, -0.373421, -0.07551, -1.258228],
            shape: [1, 6],
            rounding)
    }

    /// `torch.randn(3 * 64 * 64, …)` of seed 42: a whole picture by its sum, its sum of squares and its last number.
    @Test func aPictureOfNoiseIsPyTorchs() throws {
        var stream = try RandomStream(seed: 42)
        let noise = try stream.normal([3, 64, 64]).to(.float64)
        #expect(noise.shape == [1, 3, 64, 64])
        #expect(try abs(noise.sum().item() - 140.33729510830744) < 1e-3)
        #expect(try abs(noise.squared().sum().item() - 12306.95493363779) < 1e-2)
        #expect(try abs(noise.flattened().selected(-1).item() - 0.9924377202987671) < 1e-6)
    }

    /// `torch.rand(20, …)` of seed 42.
    @Test func uniformNumbersArePyTorchsToo() throws {
        var stream = try RandomStream(seed: 42)
        let expected = [
            0.882269, 0.915004, 0.382864, 0.959306, 0.390448, 0.600895, 0.256572, 0.793641, 0.940771,
            0.133186,
            0.934598, 0.59358, 0.869404, 0.567715, 0.741094, 0.429404, 0.885443, 0.573904, 0.26658, 0.627449,
        ]
        try expectClose(
            stream.uniform([20]), expected, shape: [1, 20], Tolerance(relative: 0, absolute: 1e-6))
        let many = try stream.uniform([10_000])
        #expect(try many.minimum().item() >= 0 && many.maximum().item() < 1)
        #expect(try abs(many.mean().item() - 0.5) < 0.02)
    }

    @Test func aStreamStartsAnewWithItsSeed() throws {
        var (first, second) = try (RandomStream(seeds: [5, 6]), RandomStream(seeds: [5, 6]))
        #expect(first.count == 2 && first.seeds == [5, 6])
        #expect(try first.normal([4]).bytes() == second.normal([4]).bytes())
        #expect(try first.uniform([4]).bytes() == second.uniform([4]).bytes())
        #expect(try first.normal([4]).bytes() != second.uniform([4]).bytes())
    }

    @Test func anImageDoesNotDependOnItsBatch() throws {
        var alone = try RandomStream(seed: 7)
        var batch = try RandomStream(seeds: [3, 7, 11])
        let expected = try alone.normal([3, 8, 8]).values(as: Float.self)
        let found = try batch.normal([3, 8, 8]).selected(1).values(as: Float.self)
        #expect(expected == found)
        let second = try batch.normal([3, 8, 8]).selected(1).values(as: Float.self)
        #expect(second == (try alone.normal([3, 8, 8]).values(as: Float.self)))
        #expect(second != found)
    }

    @Test func derivedSeedsDifferByEachPart() {
        let seeds = Set([
            RandomStream.derivedSeed(1, purpose: "noise", index: 0),
            RandomStream.derivedSeed(2, purpose: "noise"),
            RandomStream.derivedSeed(1, purpose: "level"),
            RandomStream.derivedSeed(1, purpose: "noise", index: 1),
        ])
        #expect(seeds.count == 4)
        #expect(
            RandomStream.derivedSeed(1, purpose: "noise") == RandomStream.derivedSeed(1, purpose: "noise"))
    }
}
