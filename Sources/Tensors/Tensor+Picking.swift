/// Elements picked, placed and averaged by index along the middle axis of `[batch, rows, width]`.
extension Tensor {
    private static let maxOperator = Operator("aten::max", "dim")
    private static let sortOperator = Operator("aten::argsort", "stable")
    private static let gatherOperator = Operator("aten::gather")
    private static let scatterOperator = Operator("aten::scatter", "src")
    private static let reduceOperator = Operator("aten::scatter_reduce", "two")

    /// The largest element along an axis and its index, that axis gone.
    package func largest(along axis: Int) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        let results = try Self.maxOperator.all(.tensor(self), .int(axis), .bool(false))
        guard results.count == 2 else {
            throw TensorError(
                kind: .unknown, operation: "max", engineMessage: "gave \(results.count) tensors")
        }
        return (results[0], results[1])
    }
    /// Indices along the last axis, the largest element's first; equal ones keep their order.
    package func ranking() throws(TensorError) -> Tensor {
        try Self.sortOperator(.tensor(self), .bool(true), .int(-1), .bool(true))
    }
    /// The element of row `indices[b, i, j]` at `[b, i, j]`.
    package func picked(_ indices: Tensor) throws(TensorError) -> Tensor {
        try Self.gatherOperator(.tensor(self), .int(1), .tensor(indices))
    }
    /// This with `values[b, i, j]` in row `indices[b, i, j]`.
    package func placing(_ values: Tensor, at indices: Tensor) throws(TensorError) -> Tensor {
        try Self.scatterOperator(.tensor(self), .int(1), .tensor(indices), .tensor(values))
    }
    /// The mean of each row and all values that go into it.
    package func averaging(_ values: Tensor, into indices: Tensor) throws(TensorError) -> Tensor {
        try Self.reduceOperator(
            .tensor(self), .int(1), .tensor(indices), .tensor(values), .string("mean"), .bool(true))
    }
}
