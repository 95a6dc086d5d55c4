import Layers
import Networks
import Tensors
import TestSupport
import Testing

/// Reused features and merged pixels: off means off, bit for bit; on means what the source says.
@Suite struct EconomyTests {
    private func call(
        _ fixture: LatentFixture, _ unet: ConditionalUNet, scale: Double = 1, reuse: FeatureReuse? = nil,
        _ context: ForwardContext = ForwardContext()
    ) throws -> [Float] {
        let text = try unet.prepare(text: fixture.fixture.tensor("input/text"))
        return try unet(
            fixture.fixture.tensor("input/x") * scale, timestep: fixture.fixture.tensor("input/timestep"),
            text: text, reuse: reuse, context
        ).values()
    }

    @Test func anIntervalOfOneIsOff() throws {
        let fixture = try LatentFixture("unet-sd1")
        let unet = try fixture.unet()
        let reuse = FeatureReuse(interval: 1)
        for scale in [1.0, 0.9] {
            let plain = try call(fixture, unet, scale: scale)
            #expect(try call(fixture, unet, scale: scale, reuse: reuse) == plain)
            reuse.advance()
        }
    }

    @Test func featuresAreReusedBetween() throws {
        let fixture = try LatentFixture("unet-sd1")
        let unet = try fixture.unet()
        let reuse = FeatureReuse(interval: 2)
        let tally = Tally()
        func cost(_ scale: Double) throws -> (values: [Float], operations: Double) {
            let before = tally.counts.operations
            let values = try tally.counting { try call(fixture, unet, scale: scale, reuse: reuse) }
            reuse.advance()
            return (values, tally.counts.operations - before)
        }
        let first = try cost(1)
        #expect(try first.values == call(fixture, unet))
        // The same input has the same deep features, so the cheap call answers the same.
        let second = try cost(1)
        #expect(second.values == first.values && second.operations < first.operations / 2)
        let third = try cost(0.9)
        #expect(third.operations == first.operations)
        #expect(try third.values == call(fixture, unet, scale: 0.9))
        // Another input meets older features.
        let fourth = try cost(0.8)
        #expect(fourth.operations == second.operations)
        #expect(try fourth.values != call(fixture, unet, scale: 0.8))
        // What was forgotten is computed again.
        reuse.forget()
        reuse.advance()
        #expect(try cost(0.8).operations == first.operations)
    }

    @Test func mergingTouchesOnlyTheSizeThatItIsFor() throws {
        let fixture = try LatentFixture("unet-sd1")
        let unet = try fixture.unet()
        let x = try fixture.fixture.tensor("input/x")
        let plain = try call(fixture, unet)
        let pixels = x.size(2) * x.size(3)
        func merged(_ ratio: Double, _ pixels: Int) throws -> [Float] {
            try call(
                fixture, unet, ForwardContext(merging: TokenMerging(ratio: ratio, pixels: pixels)))
        }
        #expect(try merged(0, pixels) == plain)
        #expect(try merged(0.5, pixels * 64) == plain)
        let changed = try merged(0.5, pixels)
        #expect(changed != plain && changed.count == plain.count && changed.allSatisfy(\.isFinite))
    }
}
