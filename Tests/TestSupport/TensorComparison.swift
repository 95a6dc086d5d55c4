public import Tensors

/// Two lists of numbers laid side by side, and where they disagree most.
public struct TensorComparison: Sendable, CustomStringConvertible {
    /// The element with the largest excess over what its tolerance allows; nil for empty tensors.
    public struct Worst: Sendable, Equatable {
        /// Position along each axis.
        public let index: [Int]
        /// The computed and the reference value.
        public let found, expected: Double
        /// What the tolerance allows here.
        public let allowed: Double
    }
    /// The shapes of both.
    public let foundShape, expectedShape: [Int]
    /// Elements outside the tolerance.
    public let outliers: Int
    /// The worst element, inside the tolerance or outside.
    public let worst: Worst?

    /// True when the shapes are equal and no element lies outside the tolerance; NaN is close to nothing.
    public var isClose: Bool { foundShape == expectedShape && outliers == 0 }

    /// Compares two tensors.
    /// - Throws: `TensorError` when the values cannot be read.
    public init(_ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance) throws {
        self.init(
            try found.values(as: Double.self), found.shape, try expected.values(as: Double.self),
            expected.shape,
            tolerance)
    }

    /// Compares values in row-major order.
    public init(
        _ found: [Double], _ foundShape: [Int], _ expected: [Double], _ expectedShape: [Int],
        _ tolerance: Tolerance
    ) {
        (self.foundShape, self.expectedShape) = (foundShape, expectedShape)
        guard foundShape == expectedShape, !expected.isEmpty else {
            (outliers, worst) = (0, nil)
            return
        }
        let meanSquare = expected.reduce(0) { $0 + $1 * $1 } / Double(expected.count)
        let typical = meanSquare.squareRoot()
        var outliers = 0
        var worst: (position: Int, excess: Double, allowed: Double) = (0, -.infinity, 0)
        for (position, (found, expected)) in zip(found, expected).enumerated() {
            let allowed = tolerance.absolute + tolerance.relative * max(abs(expected), typical)
            let difference = found == expected ? 0 : abs(found - expected)
            let excess = difference.isNaN ? .infinity : difference - allowed
            if excess > 0 { outliers += 1 }
            if excess > worst.excess { worst = (position, excess, allowed) }
        }
        self.outliers = outliers
        self.worst = Worst(
            index: Self.index(of: worst.position, in: foundShape), found: found[worst.position],
            expected: expected[worst.position], allowed: worst.allowed)
    }

    /// One line for a test's report.
    public var description: String {
        guard foundShape == expectedShape else { return "has shape \(foundShape), expected \(expectedShape)" }
        guard let worst else { return "is empty, as expected" }
        let count = foundShape.reduce(1, *)
        return
            "\(outliers) of \(count) elements are off, worst at \(worst.index): found \(worst.found), expected "
            + "\(worst.expected), off by \(abs(worst.found - worst.expected)), allowed \(worst.allowed)"
    }

    private static func index(of position: Int, in shape: [Int]) -> [Int] {
        var rest = position
        var index: [Int] = []
        for size in shape.reversed() {
            index.insert(rest % size, at: 0)
            rest /= size
        }
        return index
    }
}
