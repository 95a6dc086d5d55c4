import Foundation
import Recipes
import Testing

@testable import Training

@Suite(.serialized) struct LearningRateFinderTests {
    private let finder = LearningRateFinder(range: 1e-6...1, steps: 121)

    /// Flat at low rates, falling fastest at 1e-3, blowing up above 0.1.
    private func loss(_ rate: Double) -> Double {
        let fall = 1 / (1 + exp(-3 * log(rate / 1e-3)))
        return 1 - 0.8 * fall + (rate > 0.1 ? 40 * rate : 0)
    }

    @Test func ratesRiseByEqualFactors() {
        #expect(finder.rate(0) == 1e-6)
        #expect(abs(finder.rate(120) - 1) < 1e-12)
        #expect(abs(finder.rate(60) - 1e-3) < 1e-15)
        #expect(LearningRateFinder(steps: 1).steps == 8)
    }

    @Test func theSteepestFallIsSuggested() throws {
        let finding = finder.finding(first: 1, losses: (0..<121).map { loss(finder.rate($0)) })
        let suggestion = try #require(finding.suggestion)
        // The mean over past losses comes a few rates late.
        #expect(suggestion > 7e-4 && suggestion < 3e-3, "\(suggestion)")
        #expect(finding.hasDiverged)
        let last = try #require(finding.points.last)
        #expect(last.rate > 0.1 && last.rate < 0.2, "it stops at the first loss that blew up: \(last)")
        let lowest = try #require(finding.lowest)
        #expect(lowest > 1e-2 && lowest <= 0.1)
    }

    @Test func whereNothingFallsNothingIsSuggested() {
        let rising = finder.finding(first: 1, losses: (0..<121).map { 1 + 0.01 * Double($0) })
        #expect(rising.suggestion == nil && rising.lowest == nil && !rising.hasDiverged)
        let broken = finder.finding(first: 1, losses: [.nan, 0.5])
        #expect(broken.hasDiverged && broken.points.count == 1 && broken.suggestion == nil)
    }

    @Test func aRealRunIsTheSameTwiceAndWritesNothing() throws {
        var recipe = TinyRun.recipe(images: 8, precision: .fp32)
        recipe.initialWeights = nil
        let vocabulary = try TinyRun.vocabulary()
        let short = LearningRateFinder(range: 1e-5...1e-1, steps: 10)
        var heard: [Double] = []
        let first = try short.run(
            recipe, vocabulary: vocabulary, onStep: { _, rate, _ in heard.append(rate) })
        #expect(heard.count == first.points.count && heard.first == 1e-5)
        #expect(Set(first.points.map(\.loss)).count > 5, "the weights move")
        #expect(try short.run(recipe, vocabulary: vocabulary) == first)
        #expect(throws: CancellationError.self) {
            try short.run(recipe, vocabulary: vocabulary, isCancelled: { true })
        }
    }
}
