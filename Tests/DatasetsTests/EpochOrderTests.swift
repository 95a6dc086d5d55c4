import Datasets
import Foundation
import Testing

@Suite struct EpochOrderTests {
    @Test func everyEpochVisitsEveryExampleOnce() {
        for count in Array(1...130) + [255, 256, 257, 1000, 4097] {
            var order = EpochOrder(count: count, seed: 7)
            for _ in 0..<2 { #expect(Set(order.next(count)) == Set(0..<count), "count \(count)") }
            #expect(order.epoch == 2)
            #expect(order.position == 0)
        }
    }

    @Test func theOrderIsShuffledAndDependsOnSeedAndEpoch() {
        var order = EpochOrder(count: 1000, seed: 1)
        let first = order.next(1000)
        let second = order.next(1000)
        var other = EpochOrder(count: 1000, seed: 2)
        let another = other.next(1000)
        #expect(first != second)
        #expect(first != another)
        for sequence in [first, second, another] {
            let fixed = zip(sequence, 0...).filter { $0 == $1 }.count
            let rising = zip(sequence, sequence.dropFirst()).filter { $0 < $1 }.count
            #expect(fixed < 10)
            #expect((430...570).contains(rising))
        }
    }

    @Test func aSavedOrderGoesOnWhereItStopped() throws {
        var whole = EpochOrder(count: 97, seed: 3)
        let expected = whole.next(300)
        var order = EpochOrder(count: 97, seed: 3)
        var found: [Int] = []
        for length in [1, 40, 55, 1, 1, 2, 96, 104] {
            found += order.next(length)
            order = try JSONDecoder().decode(EpochOrder.self, from: JSONEncoder().encode(order))
        }
        #expect(found == expected)
        #expect(order == whole)
    }

    @Test func positionsMayBeAskedWithoutMoving() {
        var order = EpochOrder(count: 50, seed: 9, epoch: 3, position: 20)
        let ahead = (20..<50).map { order.index(at: $0, epoch: 3) }
        #expect(order.next(30) == ahead)
        #expect(order.epoch == 4)
    }

    @Test func hugeCountsStayInRange() {
        for count in [Int.max, 1 << 62, 1_000_000_000_000] {
            var order = EpochOrder(count: count, seed: 5)
            let found = order.next(200)
            #expect(Set(found).count == 200)
            #expect(found.allSatisfy { (0..<count).contains($0) })
        }
    }

    @Test(arguments: [
        #"{"seed":1,"count":0,"epoch":0,"position":0}"#, #"{"seed":1,"count":5,"epoch":0,"position":5}"#,
        #"{"seed":1,"count":5,"epoch":-1,"position":0}"#, #"{"seed":1,"count":5,"epoch":0,"position":-1}"#,
    ])
    func brokenOrdersAreRefused(text: String) {
        #expect(throws: DatasetError.self) {
            try JSONDecoder().decode(EpochOrder.self, from: Data(text.utf8))
        }
    }
}
