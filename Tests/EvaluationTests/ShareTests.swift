import Foundation
import Testing

@testable import Evaluation

@Suite struct ShareTests {
    /// Numbers of the closed form, computed apart.
    @Test func wilsonsInterval() throws {
        let some = try #require(Share.wilson(right: 15, of: 100))
        #expect(some.value == 0.15 && some.count == 100)
        #expect(abs(some.low - 0.09305985283656631) < 1e-12)
        #expect(abs(some.high - 0.23283559590832364) < 1e-12)
        let none = try #require(Share.wilson(right: 0, of: 20))
        #expect(none.low == 0 && abs(none.high - 0.16112515805281938) < 1e-12)
        let all = try #require(Share.wilson(right: 20, of: 20))
        #expect(abs(all.low - 0.8388748419471806) < 1e-12 && all.high == 1)
        #expect(Share.wilson(right: 0, of: 0) == nil)
    }

    /// At its ends the share found lies exactly 1.96 standard errors away.
    @Test(arguments: [(3, 40), (39, 40), (200, 600)]) func wilsonSolvesItsEquation(right: Int, count: Int)
        throws
    {
        let share = try #require(Share.wilson(right: right, of: count))
        for end in [share.low, share.high] {
            let error = (end * (1 - end) / Double(count)).squareRoot()
            #expect(abs(abs(share.value - end) / error - Share.quantile) < 1e-9)
        }
    }

    @Test func singleAnswersAreIndependent() throws {
        let groups = (0..<100).map { [$0 < 15] }
        #expect(try Share.grouped(groups, seed: 1) == Share.wilson(right: 15, of: 100))
        // Groups without an answer do not count.
        #expect(try Share.grouped(groups + [[], []], seed: 1) == Share.wilson(right: 15, of: 100))
        #expect(try Share.grouped([[], []], seed: 1) == nil)
    }

    /// Four equal answers of one prompt say no more than one.
    @Test func answersOfOnePromptHangTogether() throws {
        let single = (0..<200).map { $0.isMultiple(of: 4) }
        let share = try #require(try Share.grouped(single.map { [$0, $0, $0, $0] }, seed: 7))
        let half = Share.quantile * (0.25 * 0.75 / 200).squareRoot()
        #expect(share.value == 0.25 && share.count == 800)
        #expect(abs(share.low - (0.25 - half)) < 0.012 && abs(share.high - (0.25 + half)) < 0.012)
        // Answers that differ within a prompt as much as between prompts give an interval half as wide.
        let mixed = try #require(
            try Share.grouped((0..<200).map { _ in [true, false, false, false] }, seed: 7))
        #expect(mixed.low == 0.25 && mixed.high == 0.25)
        #expect(try Share.grouped(single.map { [$0, !$0] }, seed: 7)?.value == 0.5)
        // The same seed draws the same sets.
        #expect(
            try Share.grouped(single.map { [$0, $0] }, seed: 3)
                == Share.grouped(single.map { [$0, $0] }, seed: 3))
    }

    @Test func whereAllAnswersAreAlikeThereIsStillDoubt() throws {
        let share = try #require(try Share.grouped((0..<20).map { _ in [true, true, true] }, seed: 1))
        #expect(share.value == 1 && share.high == 1 && share.count == 60)
        #expect(abs(share.low - 0.8388748419471806) < 1e-12)
    }

    @Test func everyGroupIsDrawnAboutAsOften() throws {
        var counts = [Int](repeating: 0, count: 10)
        _ = try Resampling(groups: 10, times: 1_000, seed: 5).map { chosen in
            #expect(chosen.count == 10)
            for group in chosen { counts[group] += 1 }
        }
        #expect(counts.allSatisfy { (880...1120).contains($0) }, "\(counts)")
    }
}
