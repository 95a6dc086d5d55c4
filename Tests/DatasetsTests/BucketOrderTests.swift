import Foundation
import Testing

@testable import Datasets

/// Which bucket each batch is taken from.
@Suite struct BucketOrderTests {
    private static let weights = [3.0, 1, 0, 6]

    private func order(_ stretches: [BucketOrder.Stretch], seed: UInt64 = 9) -> BucketOrder {
        BucketOrder(weights: Self.weights, stretches: stretches, seed: seed)
    }

    @Test func bucketsComeAsOftenAsTheirShare() {
        let order = order([.init(start: 0, batch: 4)])
        var counts = [0, 0, 0, 0]
        var buckets: [Int] = []
        for batch in 0..<500 {
            let (bucket, place) = order.bucket(at: 4 * batch)
            // A bucket's examples follow each other: none is left out, none comes twice.
            #expect(place == 4 * counts[bucket])
            counts[bucket] += 1
            buckets.append(bucket)
            for (count, weight) in zip(counts, Self.weights) {
                let share: Double = Double(batch + 1) * weight / 10
                let apart: Double = abs(Double(count) - share)
                #expect(apart < 2)
            }
        }
        #expect(counts[2] == 0 && counts.reduce(0, +) == 500)
        // Not one pattern again and again.
        let patterns: Set<[Int]> = Set((0..<50).map { Array(buckets[$0 * 10..<$0 * 10 + 10]) })
        #expect(patterns.count > 10)
        let other = self.order([.init(start: 0, batch: 4)], seed: 10)
        let others: [Int] = (0..<500).map { other.bucket(at: 4 * $0).bucket }
        #expect(others != buckets)
    }

    @Test func everyPlaceOfABatchBelongsToItsBucket() {
        let order = order([.init(start: 0, batch: 5)])
        for batch in 0..<40 {
            let first = order.bucket(at: 5 * batch)
            for offset in 1..<5 {
                let here = order.bucket(at: 5 * batch + offset)
                #expect(here.bucket == first.bucket && here.place == first.place + offset)
            }
        }
    }

    @Test func farPlacesAreFoundDirectly() {
        let order = order([.init(start: 0, batch: 32)])
        let far = 32 * 1_000_000_000
        var last = [Int?](repeating: nil, count: 4)
        for batch in 0..<100 {
            let (bucket, place) = order.bucket(at: far + 32 * batch)
            if let before = last[bucket] { #expect(place == before + 32) }
            last[bucket] = place
            let share: Double = Double(far) * Self.weights[bucket] / 10
            let apart: Double = abs(Double(place) - share)
            #expect(apart < 6400)
        }
    }

    @Test func batchSizesMayChangeAndTheLastBeCutShort() {
        // Batches of 4 until 10, the third of them cut to 2; then of 3.
        let order = order([.init(start: 0, batch: 4), .init(start: 10, batch: 3)])
        var next = [0, 0, 0, 0]
        var start = 0
        while start < 400 {
            let count = start < 10 ? min(4, 10 - start) : 3
            let (bucket, place) = order.bucket(at: start)
            #expect(place == next[bucket], "at \(start)")
            next[bucket] += count
            start += count
        }
    }

    @Test func oneBucketHasEverything() {
        let order = BucketOrder(weights: [0, 2], stretches: [.init(start: 0, batch: 8)], seed: 1)
        for place in [0, 7, 8, 999] {
            let (bucket, found) = order.bucket(at: place)
            #expect(bucket == 1 && found == place)
        }
    }
}
