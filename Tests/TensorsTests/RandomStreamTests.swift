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
