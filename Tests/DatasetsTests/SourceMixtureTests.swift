import Datasets
import Testing

@Suite struct SourceMixtureTests {
    @Test func everySourceIsWalkedThroughWithoutGaps() {
        let mixture = SourceMixture(weights: [1, 2.5, 0.004, 7], seed: 3)
        #expect(mixture.shares.reduce(0, +) == 1000 && mixture.shares.allSatisfy { $0 >= 1 })
        var next = [0, 0, 0, 0]
        for place in mixture.places(0..<5000) {
            #expect(place.place == next[place.source])
            next[place.source] += 1
        }
        #expect(next == mixture.shares.map { $0 * 5 })
    }

    @Test func sharesFollowTheWeights() {
        let weights: [Double] = [1, 2, 3, 4, 5]
        let shares = SourceMixture(weights: weights, seed: 0).shares
        for (share, weight) in zip(shares, weights) { #expect(abs(Double(share) - 1000 * weight / 15) < 1) }
        #expect(SourceMixture(weights: [1, 1, 1], seed: 0).shares.sorted() == [333, 333, 334])
        let lopsided = SourceMixture(weights: [1e-9, 1, 1e-9], seed: 0).shares
        #expect(lopsided == [1, 998, 1])
        #expect(
            SourceMixture(weights: [Double](repeating: 1, count: 100), seed: 0).shares.allSatisfy { $0 == 10 }
        )
    }

    @Test func aStretchIsTheSameWhereverItBegins() {
        let mixture = SourceMixture(weights: [3, 1], seed: 8)
        let whole = mixture.places(0..<3500)
        for start in [0, 1, 999, 1000, 1001, 2500] {
            let end = start + 777
            #expect(mixture.places(start..<end) == Array(whole[start..<end]))
        }
        #expect(SourceMixture(weights: [3, 1], seed: 9).places(0..<3500) != whole)
        // Blocks differ, and sources do not come in runs.
        #expect(whole[0..<1000].map(\.source) != whole[1000..<2000].map(\.source))
        #expect(Set(whole[0..<100].map(\.source)) == [0, 1])
    }

    @Test func oneSourceKeepsItsOwnOrder() {
        #expect(SourceMixture(weights: [5], seed: 1).places(70..<75).map(\.place) == [70, 71, 72, 73, 74])
    }
}
