import Tensors
import TestSupport
import Testing

@testable import Evaluation

/// Fewer pictures than features: the distance by singular values against the one by covariances.
@Suite struct FeatureCloudTests {
    private func rows(_ count: Int, seed: UInt64, shift: Double = 0) throws -> Tensor {
        var random = try RandomStream(seed: seed)
        return try random.normal([count, 24]).squeezed(0).reshaped(count, 24).to(.float64) * (1 + shift)
            + shift
    }

    @Test func bothWaysGiveOneDistance() throws {
        let (first, second) = try (rows(10, seed: 1, shift: 0.5), rows(14, seed: 2))
        let expected = try FeatureSpread(of: first).distance(to: FeatureSpread(of: second))
        let found = try FeatureCloud(of: first).distance(to: FeatureCloud(of: second))
        #expect(expected > 5 && abs(found - expected) < 1e-5 * expected, "\(found) \(expected)")
        #expect(try FeatureCloud.distance(first, second) == found)
        #expect(try FeatureCloud(of: first).distance(to: FeatureCloud(of: first)) < 1e-5)
    }

    @Test func aRowThatCountsTwiceIsTwoRows() throws {
        let (first, second) = try (rows(8, seed: 3, shift: 0.2), rows(8, seed: 4))
        let chosen = [5, 0, 0, 7, 5, 5, 2, 1]
        let indices = try Tensor.indices(chosen, shape: [chosen.count])
        let expected = try FeatureSpread(of: first.gathered(indices))
            .distance(to: FeatureSpread(of: second.gathered(indices)))
        let found = try FeatureCloud.distance(first, second, rows: chosen)
        #expect(abs(found - expected) < 1e-5 * expected, "\(found) \(expected)")
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        #expect(throws: EvaluationError.tooFewPictures(found: 1)) {
            try FeatureCloud(of: Tensor.zeros([1, 4]))
        }
        let narrow = try FeatureCloud(of: Tensor.zeros([3, 4]))
        let wide = try FeatureCloud(of: Tensor.zeros([3, 5]))
        #expect(throws: EvaluationError.widthsDiffer(4, 5)) { try narrow.distance(to: wide) }
    }

    /// In features wider than pictures are many, the interval holds the distance and says which features they are.
    @Test func theIntervalHoldsTheDistance() throws {
        let (drawn, real) = try (rows(20, seed: 5, shift: 0.3), rows(20, seed: 6))
        let other = try rows(20, seed: 7)
        let distance = try FeatureDistance(
            drawn: drawn, real: real, other: other, in: .efficientNetLite0, group: 2, seed: 3)
        #expect(distance.low < distance.value && distance.value < distance.high)
        #expect(distance.otherScenes > 0 && distance.features == .efficientNetLite0)
        #expect(distance.features.distanceTitle.contains("FD-ENL0") && distance.features.notice == nil)
        #expect(FeatureSpace.probe.notice?.contains("Scripts/bootstrap") == true)
    }
}
