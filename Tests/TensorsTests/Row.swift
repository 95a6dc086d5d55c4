import Foundation
import TestSupport
import Testing

@testable import Tensors

/// One line of a table of operations: a name for the report, the operation, and what it must give.
struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let expected: [Double]
    let shape: [Int]
    let make: @Sendable () throws -> Tensor

    init(
        _ name: String, _ expected: [Double], _ shape: [Int]? = nil,
        _ make: @escaping @Sendable () throws -> Tensor
    ) {
        (testDescription, self.expected, self.shape, self.make) = (
            name, expected, shape ?? [expected.count], make
        )
    }

    func check() throws { try expectClose(make(), expected, shape: shape, nil, testDescription) }
}

/// A single-precision tensor from literals; without a shape it has one axis.
func tensor(_ values: Double..., shape: [Int]? = nil) throws -> Tensor {
    try Tensor(values.map(Float.init), shape: shape ?? [values.count])
}

/// 0, 1, 2, … in row-major order.
func counting(_ shape: Int...) throws -> Tensor {
    try .range(to: Double(shape.reduce(1, *))).reshaped(to: shape)
}

/// Numbers of both signs without a pattern that an operation could mistake for another, in double precision.
func wavy(_ shape: [Int], phase: Double = 0) throws -> Tensor {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { index in
        let place = Double(index) * 1.7 + phase
        return sin(place) + 0.3 * sin(3.1 * place + 1)
    }
    return try Tensor(values, shape: shape)
}
