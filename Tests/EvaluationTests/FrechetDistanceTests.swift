import Foundation
import Tensors
import TestSupport
import Testing

@testable import Evaluation

@Suite struct FrechetDistanceTests {
    private func spread(_ mean: [Double], _ covariance: [Double]) throws -> FeatureSpread {
        let width = mean.count
        return FeatureSpread(
            mean: try Tensor(mean, shape: [width]), covariance: try Tensor(covariance, shape: [width, width]))
    }

    /// Of normal distributions on a line it is (μ₁ − μ₂)² + (σ₁ − σ₂)².
    @Test func onALine() throws {
        let distance = try spread([1], [4]).distance(to: spread([4], [25]))
        #expect(abs(distance - (9 + 9)) < 1e-12)
    }

    @Test func alongAxesItIsTheSum() throws {
        let first = try spread([0, 0, 1], [1, 0, 0, 0, 9, 0, 0, 0, 0])
        let second = try spread([0, 2, 1], [4, 0, 0, 0, 4, 0, 0, 0, 16])
        #expect(try abs(first.distance(to: second) - (4 + 1 + 1 + 16)) < 1e-12)
        #expect(try abs(second.distance(to: first) - 22) < 1e-12)
        #expect(try first.distance(to: first) < 1e-12)
    }

    /// Of 2 × 2 matrices tr (Σ₁Σ₂)^½ is the root of tr Σ₁Σ₂ + 2 (det Σ₁ det Σ₂)^½, also where they do not commute.
    @Test func inThePlaneAgainstTheClosedForm() throws {
        let (a, b) = ([2, 0.9, 0.9, 1.0], [0.7, -0.4, -0.4, 3.0])
        let trace = a[0] * b[0] + a[1] * b[2] + a[2] * b[1] + a[3] * b[3]
        func determinant(_ m: [Double]) -> Double { m[0] * m[3] - m[1] * m[2] }
        let root = (trace + 2 * (determinant(a) * determinant(b)).squareRoot()).squareRoot()
        let expected = 0.25 + 4 + a[0] + a[3] + b[0] + b[3] - 2 * root
        #expect(try abs(spread([0, 1], a).distance(to: spread([0.5, -1], b)) - expected) < 1e-10)
    }

    @Test func meanAndCovarianceOfRows() throws {
        let rows = try Tensor([1, 2, 3, 6, 5, 10] as [Float], shape: [3, 2])
        let spread = try FeatureSpread(of: rows)
        try expectClose(spread.mean, [3, 6])
        try expectClose(spread.covariance, [4, 8, 8, 16], shape: [2, 2])
    }

    @Test func whatCannotBeComparedIsRefused() throws {
        #expect(throws: EvaluationError.tooFewPictures(found: 1)) {
            try FeatureSpread(of: Tensor.zeros([1, 4]))
        }
        #expect(throws: EvaluationError.widthsDiffer(1, 2)) {
            try spread([1], [1]).distance(to: spread([1, 1], [1, 0, 0, 1]))
        }
    }

    /// Samples of two known distributions come near their distance, and the interval holds it.
    @Test func ofSamplesWithAnInterval() throws {
        var random = try RandomStream(seed: 2)
        let (drawn, real) = try (
            random.normal([800, 3]).squeezed(0) * 2 + 1, random.normal([800, 3]).squeezed(0)
        )
        let other = try random.normal([800, 3]).squeezed(0)
        let distance = try FeatureDistance(drawn: drawn, real: real, other: other, group: 2, seed: 1)
        // Three axes, each (1 − 0)² + (2 − 1)².
        #expect((5.2...6.8).contains(distance.value))
        #expect((distance.low...distance.high).contains(6) && distance.high - distance.low < 2.5)
        #expect(distance.otherScenes < 0.1)
        #expect(try distance == FeatureDistance(drawn: drawn, real: real, other: other, group: 2, seed: 1))
    }
}
