/// Sums, means, extremes and products of matrices.
extension Tensor {
    private static let sumOperator = Operator("aten::sum", "dim_IntList")
    private static let meanOperator = Operator("aten::mean", "dim")
    private static let varOperator = Operator("aten::var", "correction")
    private static let maxOperator = Operator("aten::amax")
    private static let minOperator = Operator("aten::amin")
    private static let argmaxOperator = Operator("aten::argmax")
    private static let topkOperator = Operator("aten::topk")
    private static let normOperator = Operator("aten::linalg_vector_norm")
    private static let matmulOperator = Operator("aten::matmul")
    private static let softmaxOperator = Operator("aten::softmax", "int")
    private static let logSoftmaxOperator = Operator("aten::log_softmax", "int")
    private static let allOperator = Operator("aten::all")
    private static let foreachNormOperator = Operator("aten::_foreach_norm", "Scalar")

    /// The sum over some axes, or over all when none is named.
    public func sum(_ axes: Int..., keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try Self.sumOperator(.tensor(self), axes.isEmpty ? .none : .ints(axes), .bool(keepingAxes))
    }
    /// The mean over some axes, or over all when none is named.
    public func mean(_ axes: Int..., keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try Self.meanOperator(.tensor(self), axes.isEmpty ? .none : .ints(axes), .bool(keepingAxes))
    }
    /// The variance over all elements, divided by n (not n − 1).
    public func variance() throws(TensorError) -> Tensor {
        try Self.varOperator(.tensor(self), .none, .int(0))
    }
    /// The largest element over some axes, or of all.
    public func maximum(_ axes: Int...) throws(TensorError) -> Tensor {
        try Self.maxOperator(.tensor(self), .ints(axes))
    }
    /// The smallest element over some axes, or of all.
    public func minimum(_ axes: Int...) throws(TensorError) -> Tensor {
        try Self.minOperator(.tensor(self), .ints(axes))
    }
    /// Index of the largest element along an axis.
    public func indexOfMaximum(along axis: Int) throws(TensorError) -> Tensor {
        try Self.argmaxOperator(.tensor(self), .int(axis))
    }
    /// The `count` largest elements along the last axis and their indices, largest first.
    public func largest(_ count: Int) throws(TensorError) -> (values: Tensor, indices: Tensor) {
        let results = try Self.topkOperator.all(.tensor(self), .int(count))
        return (results[0], results[1])
    }
    /// The Euclidean norm over some axes, or of all elements.
    public func norm(_ axes: Int..., keepingAxes: Bool = false) throws(TensorError) -> Tensor {
        try Self.normOperator(
            .tensor(self), .double(2), axes.isEmpty ? .none : .ints(axes), .bool(keepingAxes))
    }
    /// True (one element) when every element is true.
    public func allTrue() throws(TensorError) -> Tensor { try Self.allOperator(.tensor(self)) }
    /// The matrix product of the last two axes, batched over the others.
    public func matmul(_ other: Tensor) throws(TensorError) -> Tensor {
        try Self.matmulOperator(.tensor(self), .tensor(other))
    }
    /// Exponentials along an axis, normalised to sum to one; in the tensor's own type, under autocast too.
    public func softmax(along axis: Int) throws(TensorError) -> Tensor {
        try Self.softmaxOperator(.tensor(self), .int(axis), .dtype(dtype))
    }
    /// The logarithm of `softmax`, exact where that would round to zero.
    public func logSoftmax(along axis: Int) throws(TensorError) -> Tensor {
        try Self.logSoftmaxOperator(.tensor(self), .int(axis), .dtype(dtype))
    }
    /// The Euclidean norms of many tensors in one call.
    package static func norms(_ tensors: [Tensor]) throws(TensorError) -> [Tensor] {
        try foreachNormOperator.call([.tensors(tensors), .double(2)], capacity: tensors.count)
    }
}
