import Optimizers
import Recipes
import Testing

@Suite struct LearningRateTests {
    private static func schedule(
        peak: Double = 0.01, warmup: Int = 1000, final: Double = 0.1, total: Int = 10_000
    ) -> LearningRateSchedule {
        var plan = LearningRatePlan()
        (plan.peak, plan.warmupImages, plan.finalFraction) = (peak, warmup, final)
        return LearningRateSchedule(plan, totalImages: total)
    }

    @Test func endpointsAndMiddleAreThePlans() {
        let schedule = Self.schedule()
        func isClose(_ images: Int, _ expected: Double) -> Bool {
            abs(schedule.rate(at: images, batch: 100) - expected) < 1e-12
        }
        #expect(isClose(0, 0.001), "the first update has its share of the rise already")
        #expect(isClose(400, 0.005))
        #expect(isClose(900, 0.01))
        #expect(isClose(1000, 0.01))
        #expect(isClose(5500, 0.0055), "half-way between peak and end")
        #expect(isClose(10_000, 0.001))
        #expect(isClose(1_000_000, 0.001), "beyond the end it stays")
    }

    @Test func risesThenFalls() {
        let schedule = Self.schedule()
        let rates = stride(from: 0, through: 10_000, by: 50).map { schedule.rate(at: $0, batch: 50) }
        let top = 1000 / 50
        #expect(zip(rates[..<top], rates[1..<top]).allSatisfy { $0 < $1 })
        #expect(zip(rates[top...], rates[(top + 1)...]).allSatisfy { $0 > $1 })
        #expect(rates.allSatisfy { $0 > 0 && $0 <= 0.01 })
    }

    @Test func extremePlansStayWithinTheirBounds() {
        #expect(Self.schedule(warmup: 0).rate(at: 0, batch: 1) == 0.01)
        #expect(Self.schedule(final: 1).rate(at: 9999, batch: 1) == 0.01)
        let allWarmup = Self.schedule(warmup: 10_000, total: 10_000)
        #expect(abs(allWarmup.rate(at: 4999, batch: 1) - 0.005) < 1e-12)
        for images in [0, 5, 100] {
            let rate = Self.schedule(warmup: 50, total: 0).rate(at: images, batch: 10)
            #expect(rate > 0 && rate <= 0.01)
        }
    }
}
