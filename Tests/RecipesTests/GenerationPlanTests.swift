import Recipes
import Testing

/// Seconds follow from work and speed.
@Suite struct GenerationPlanTests {
    private let work = GenerationPlan.Work(
        calls: 3, pictures: 2, networkOperations: 600, networkBytes: 40, decodingOperations: 900,
        decodingBytes: 20)

    @Test func productsAndBytesAreTimedEachByItsSpeed() {
        let seconds = work.seconds(operationsASecond: 100, bytesASecond: 10)
        #expect(seconds.call == 6 + 4)
        #expect(seconds.decode == 2 * (9 + 2))
        #expect(seconds.total == 3 * seconds.call + seconds.decode)
    }

    @Test func aNetworkOfAnotherTypeHasASpeedOfItsOwn() {
        let seconds = work.seconds(operationsASecond: 100, networkOperationsASecond: 300, bytesASecond: 10)
        #expect(seconds.call == 2 + 4)
        #expect(seconds.decode == 2 * (9 + 2))
    }
}
