import Tensors
import TestSupport
import Testing

/// The comparison that all golden tests lean on.
@Suite struct TensorComparisonTests {
    private let tolerance = Tolerance(relative: 0.01)

    @Test func namesTheWorstElementAndItsPlace() throws {
        var found = (1...24).map(Double.init)
        let expected = found
        found[6] += 1  // [0, 1, 2] of [2, 3, 4]
        found[23] += 3
        let comparison = TensorComparison(found, [2, 3, 4], expected, [2, 3, 4], tolerance)
        #expect(!comparison.isClose)
        #expect(comparison.outliers == 2)
        let worst = try #require(comparison.worst)
        #expect(worst.index == [1, 2, 3])
        #expect((worst.found, worst.expected) == (27, 24))
        #expect(comparison.description.contains("2 of 24 elements are off, worst at [1, 2, 3]: found 27.0"))
    }

    @Test func smallElementsMayCarryTheRoundingOfLargeOnes() {
        let expected = [100, 100, 0.001]
        #expect(TensorComparison([100, 100, 0.5], [3], expected, [3], tolerance).isClose)
        #expect(!TensorComparison([100, 100, 1.0], [3], expected, [3], tolerance).isClose)
        #expect(!TensorComparison([100, 102, 0.001], [3], expected, [3], tolerance).isClose)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatIsNotFiniteIsCloseToNoNumber(_ value: Double) {
        #expect(!TensorComparison([value], [1], [1], [1], tolerance).isClose)
        #expect(
            !TensorComparison([value, 0], [2], [0, 0], [2], Tolerance(relative: 1, absolute: 1)).isClose)
    }

    @Test func otherShapesDiffer() {
        let comparison = TensorComparison([1, 2], [2, 1], [1, 2], [1, 2], tolerance)
        #expect(!comparison.isClose)
        #expect(comparison.description == "has shape [2, 1], expected [1, 2]")
    }

    @Test func exactTypesAllowNothing() {
        for dtype in DType.allCases where !dtype.isFloatingPoint {
            #expect(!TensorComparison([2], [1], [1], [1], .of(dtype)).isClose)
            #expect(TensorComparison([1], [1], [1], [1], .of(dtype)).isClose)
        }
    }

    @Test func missingFixturesSayWhatToDo() {
        let error = #expect(throws: FixtureError.self) { try Fixture("no such", in: .module) }
        #expect(error?.summary.contains("no such.safetensors") == true)
        #expect(error?.advice.first?.contains("make fixtures") == true)
    }
}
