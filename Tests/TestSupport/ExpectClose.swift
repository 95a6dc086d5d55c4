public import Tensors
public import Testing

/// Expects a tensor to equal its reference within a tolerance; the report names the path, the worst element and its
/// place.
/// - Throws: `TensorError` when the values cannot be read.
public func expectClose(
    _ found: Tensor, _ expected: Tensor, _ tolerance: Tolerance? = nil, _ path: String = "the tensor",
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let comparison = try TensorComparison(found, expected, tolerance ?? .of(found.dtype))
    #expect(comparison.isClose, "\(path): \(comparison)", sourceLocation: sourceLocation)
}

/// Expects a tensor to hold these values, in row-major order, and to have this shape.
/// - Throws: `TensorError` when the values cannot be read.
public func expectClose(
    _ found: Tensor, _ expected: [Double], shape: [Int]? = nil, _ tolerance: Tolerance? = nil,
    _ path: String = "the tensor", sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let shape = shape ?? [expected.count]
    try #require(
        shape.reduce(1, *) == expected.count, "\(path): the test's own values do not fit \(shape)",
        sourceLocation: sourceLocation)
    let comparison = TensorComparison(
        try found.values(as: Double.self), found.shape, expected, shape, tolerance ?? .of(found.dtype))
    #expect(comparison.isClose, "\(path): \(comparison)", sourceLocation: sourceLocation)
}
