import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// Guidance compared with the same formulas on plain lists of numbers.
@Suite struct GuidanceRuleTests {
    private let flow = RectifiedFlow()

    /// Two images of six numbers: with the prompt, without, and x.
    private func estimates() throws -> (towards: Tensor, away: Tensor, x: Tensor) {
        var random = try RandomStream(seeds: [1, 2])
        return try (
            random.normal([2, 3]).to(.float64) + 0.4, random.normal([2, 3]).to(.float64),
            random.normal([2, 3]).to(.float64)
        )
    }

    private func rows(_ tensor: Tensor) throws -> [[Double]] {
        let values = try tensor.values(as: Double.self)
        return [Array(values[..<6]), Array(values[6...])]
    }

    private func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    private func expectEqual(_ found: Tensor, _ expected: [[Double]]) throws {
        let wanted = try Tensor(expected.flatMap(\.self), shape: found.shape)
        #expect(try distance(found, wanted) < 1e-10)
    }

    private func plain(_ towards: Tensor, _ away: Tensor, _ scale: Double) throws -> Tensor {
        try away + (towards - away) * scale
    }

    @Test func projectionWithEtaOneIsPlainGuidance() throws {
        let (towards, away, x) = try estimates()
        let rule = GuidanceRule(.init(scale: 4, method: .projected(.none)))
        for time in [0.9, 0.5] {
            let guided = try rule.guided(towards, away: away, x: x, at: flow.level(time: time))
            #expect(try distance(guided, plain(towards, away, 4)) < 1e-12)
        }
    }

    @Test func projectionIsThePapers() throws {
        let (towards, away, x) = try estimates()
        let (eta, momentum, threshold, scale) = (0.3, -0.5, 1.7, 5.0)
        let rule = GuidanceRule(
            .init(
                scale: scale,
                method: .projected(.init(eta: eta, momentum: momentum, threshold: threshold))))
        var kept = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 2)
        var shortened = 0
        for factor in [1.0, 0.4, 2.0] {
            // Other estimates in every call, so that momentum has something to remember.
            let other = try away * factor
            let guided = try rule.guided(towards, away: other, x: x, at: flow.level(time: 0.5))
            let expected = try zip(rows(towards), rows(other)).enumerated().map { index, pair in
                let (ahead, behind) = pair
                var difference = zip(ahead, behind).map { $0 - $1 }
                difference = zip(difference, kept[index]).map { $0 + momentum * $1 }
                kept[index] = difference
                let length = dot(difference, difference).squareRoot()
                if length > threshold {
                    difference = difference.map { $0 * threshold / length }
                    shortened += 1
                }
                let unit = dot(ahead, ahead).squareRoot()
                let along = ahead.map { $0 / unit * dot(difference, ahead) / unit }
                return zip(ahead, zip(difference, along)).map { ahead, parts in
                    ahead + (scale - 1) * (parts.0 - parts.1 + eta * parts.1)
                }
            }
            try expectEqual(guided, expected)
        }
        #expect(shortened > 0)
    }

    @Test func withoutEtaNothingIsAddedAlongThePromptsEstimate() throws {
        let (towards, away, x) = try estimates()
        let rule = GuidanceRule(.init(scale: 9, method: .projected(.init(eta: 0, momentum: 0))))
        let guided = try rule.guided(towards, away: away, x: x, at: flow.level(time: 0.5))
        for (ahead, guided) in try zip(rows(towards), rows(guided)) {
            #expect(abs(dot(guided, ahead) / dot(ahead, ahead) - 1) < 1e-12)
        }
    }

    @Test func optimizedScaleIsThePapers() throws {
        let (towards, away, x) = try estimates()
        let rule = GuidanceRule(.init(scale: 3, method: .optimizedScale(zeroSteps: 0)))
        let time = 0.7
        let guided = try rule.guided(towards, away: away, x: x, at: flow.level(time: time))
        let expected = try zip(rows(x), zip(rows(towards), rows(away))).map { x, pair in
            // Velocities of the straight path: epsilon − sample = (x − sample) / time.
            let fast = zip(x, pair.0).map { ($0 - $1) / time }
            let slow = zip(x, pair.1).map { ($0 - $1) / time }
            let fit = dot(fast, slow) / dot(slow, slow)
            let velocity = zip(fast, slow).map { fit * $1 + 3 * ($0 - fit * $1) }
            return zip(x, velocity).map { $0 - time * $1 }
        }
        try expectEqual(guided, expected)
    }

    @Test func equalEstimatesAreLeftAlone() throws {
        let (towards, _, x) = try estimates()
        for method in [
            GuidanceMethod.classifierFree, .projected(.init()), .optimizedScale(zeroSteps: 0),
        ] {
            let rule = GuidanceRule(.init(scale: 7, method: method))
            let guided = try rule.guided(towards, away: towards, x: x, at: flow.level(time: 0.4))
            #expect(try distance(guided, towards) < 1e-10, "\(method.id)")
        }
    }

    @Test func imagesDoNotDependOnTheirBatch() throws {
        let (towards, away, x) = try estimates()
        for method in [GuidanceMethod.projected(.init(threshold: 1)), .optimizedScale(zeroSteps: 0)] {
            let choice = GuidanceChoice(scale: 3, rescale: 0.5, method: method)
            let level = flow.level(time: 0.4)
            let both = try GuidanceRule(choice).guided(towards, away: away, x: x, at: level)
            let alone = try GuidanceRule(choice).guided(
                towards.slice(1..<2), away: away.slice(1..<2), x: x.slice(1..<2), at: level)
            #expect(try distance(both.slice(1..<2), alone) < 1e-14)
        }
    }

    @Test func rescalingBringsTheSpreadBack() throws {
        let (towards, away, x) = try estimates()
        let level = flow.level(time: 0.5)
        func spread(_ row: [Double]) -> Double {
            let mean = row.reduce(0, +) / 6
            return row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
        }
        let whole = try GuidanceRule(.init(scale: 6, rescale: 1)).guided(towards, away: away, x: x, at: level)
        for (before, after) in try zip(rows(towards), rows(whole)) {
            #expect(abs(spread(before) - spread(after)) < 1e-10)
        }
        let plain = try plain(towards, away, 6)
        let half = try GuidanceRule(.init(scale: 6, rescale: 0.5)).guided(
            towards, away: away, x: x, at: level)
        #expect(try distance(half, (plain + whole) * 0.5) < 1e-10)
    }

    /// The mean weight over all shares of noise is that of the constant schedule; the ends are nothing and twice as much.
    @Test(arguments: GuidanceSchedule.allCases)
    func schedulesHaveTheSameMean(schedule: GuidanceSchedule) {
        let rule = GuidanceRule(.init(scale: 4, schedule: schedule))
        let count = 2000
        let weights = (0..<count).map { index in
            rule.scale(at: flow.level(time: (Double(index) + 0.5) / Double(count)))
        }
        #expect(abs(weights.reduce(0, +) / Double(count) - 4) < 1e-6)
        guard schedule != .constant else { return }
        #expect(abs(rule.scale(at: .pureNoise) - 1) < 1e-12 && abs(rule.scale(at: .clean) - 7) < 1e-12)
        #expect(zip(weights, weights.dropFirst()).allSatisfy(>))
        #expect(abs(rule.scale(at: flow.level(time: 0.5)) - 4) < 1e-12)
        #expect(!rule.isOn(at: .pureNoise))
    }

    @Test func cosineIsSlowAtBothEnds() {
        let rule = GuidanceRule(.init(scale: 3, schedule: .cosine))
        #expect(abs(rule.scale(at: flow.level(time: 0.75)) - (1 + 2 * (1 - cos(.pi / 4)))) < 1e-12)
    }

    @Test func firstStepsOfZeroGuidanceDoNotMove() throws {
        let levels = try TrailingSpacing().levels(steps: 4, over: flow)
        let base = CountingDenoiser(MixtureProblem.gaussian)
        let other = CountingDenoiser(MixtureProblem(centre: 0, deviation: 1))
        let guidance = ClassifierFreeGuidance(
            base, .apart(negative: other), choice: .init(scale: 2, method: .optimizedScale(zeroSteps: 2)),
            along: levels)
        var random = try RandomStream(seed: 1)
        let start = try random.normal([5]).to(.float64)
        var seen: [Tensor] = []
        _ = try EulerSampler().sample(guidance, from: start, along: levels, random: &random) {
            seen.append($0.x)
        }
        #expect(try distance(seen[1], start) < 1e-12 && distance(seen[2], start) < 1e-12)
        #expect(try distance(seen[3], start) > 1e-3)
        #expect(base.batches.count == 2 && other.batches.count == 2)
        // However many steps are asked for, the last one moves.
        let rule = GuidanceRule(
            .init(scale: 2, method: .optimizedScale(zeroSteps: 99)), along: levels)
        #expect(rule.isStill(at: levels[2]) && !rule.isStill(at: levels[3]))
        #expect(
            !GuidanceRule(.init(scale: 1, method: .optimizedScale(zeroSteps: 9)), along: levels).isStill(
                at: .pureNoise))
    }

    @Test(arguments: [GuidanceMethod.projected(.init()), .optimizedScale(zeroSteps: 1)])
    func scaleOneIsThePromptAloneWhateverTheMethod(method: GuidanceMethod) throws {
        let levels = try TrailingSpacing().levels(steps: 4, over: flow)
        let base = CountingDenoiser(MixtureProblem.gaussian)
        let other = CountingDenoiser(MixtureProblem.mixture)
        let guidance = ClassifierFreeGuidance(
            base, .apart(negative: other), choice: .init(scale: 1, method: method), along: levels)
        let x = try estimates().x
        let guided = try guidance.denoised(x, at: levels[1])
        #expect(try distance(guided, MixtureProblem.gaussian.denoised(x, at: levels[1])) == 0)
        #expect(other.batches.isEmpty)
    }

    /// Two Gaussians that differ in width, the guide the wider one: their guided estimate is narrower than either.
    @Test func aWeakerModelSharpens() throws {
        let levels = try TrailingSpacing().levels(steps: 200, over: flow)
        var random = try RandomStream(seed: 1)
        let start = try random.normal([4000]).to(.float64)
        func deviation(_ scale: Double) throws -> Double {
            let guidance = ClassifierFreeGuidance(
                MixtureProblem.gaussian, .apart(negative: MixtureProblem(centre: 0, deviation: 1)),
                choice: .init(scale: scale))
            let end = try EulerSampler().sample(guidance, from: start, along: levels, random: &random) { _ in
            }
            return try end.variance().item().squareRoot()
        }
        #expect(try abs(deviation(1) - 0.6) < 0.03)
        #expect(try deviation(2) < 0.45)
    }
}
