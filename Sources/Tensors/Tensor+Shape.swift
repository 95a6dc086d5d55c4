/// Shape, order and type; none of these touch the values.
extension Tensor {
    private static let reshapeOperator = Operator("aten::reshape")
    private static let transposeOperator = Operator("aten::transpose", "int")
    private static let permuteOperator = Operator("aten::permute")
    private static let expandOperator = Operator("aten::expand")
    private static let squeezeOperator = Operator("aten::squeeze", "dim")
    private static let unsqueezeOperator = Operator("aten::unsqueeze")
    private static let catOperator = Operator("aten::cat")
    private static let stackOperator = Operator("aten::stack")
    private static let chunkOperator = Operator("aten::chunk")
    private static let sliceOperator = Operator("aten::slice", "Tensor")
    private static let selectOperator = Operator("aten::select", "int")
    private static let indexSelectOperator = Operator("aten::index_select")
    private static let flattenOperator = Operator("aten::flatten", "using_ints")
    private static let contiguousOperator = Operator("aten::contiguous")
    private static let toCopyOperator = Operator("aten::to", "dtype_layout")
    private static let detachOperator = Operator("aten::detach")
    private static let pixelUnshuffleOperator = Operator("aten::pixel_unshuffle")
    private static let pixelShuffleOperator = Operator("aten::pixel_shuffle")
    private static let upperTriangleOperator = Operator("aten::triu")
    private static let flipOperator = Operator("aten::flip")
    private static let repeatInterleaveOperator = Operator("aten::repeat_interleave", "self_int")

    /// The same elements under another shape; one size may be −1.
    public func reshaped(_ shape: Int...) throws(TensorError) -> Tensor { try reshaped(to: shape) }
    /// The same elements under another shape; one size may be −1.
    public func reshaped(to shape: [Int]) throws(TensorError) -> Tensor {
        try Self.reshapeOperator(.tensor(self), .ints(shape))
    }
    /// Two axes exchanged.
    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        try Self.transposeOperator(.tensor(self), .int(first), .int(second))
    }
    /// All axes in a new order.
    public func permuted(_ axes: Int...) throws(TensorError) -> Tensor {
        try Self.permuteOperator(.tensor(self), .ints(axes))
    }
    /// Axes of size one repeated without copying; −1 keeps a size.
    public func expanded(_ shape: Int...) throws(TensorError) -> Tensor { try expanded(to: shape) }
    /// Axes of size one repeated without copying; −1 keeps a size.
    public func expanded(to shape: [Int]) throws(TensorError) -> Tensor {
        try Self.expandOperator(.tensor(self), .ints(shape))
    }
    /// Without the axis, which must be of size one.
    public func squeezed(_ axis: Int) throws(TensorError) -> Tensor {
        try Self.squeezeOperator(.tensor(self), .int(axis))
    }
    /// With a new axis of size one before `axis`.
    public func unsqueezed(_ axis: Int) throws(TensorError) -> Tensor {
        try Self.unsqueezeOperator(.tensor(self), .int(axis))
    }
    /// Axes from `first` to `last` merged into one.
    public func flattened(from first: Int = 0, through last: Int = -1) throws(TensorError) -> Tensor {
        try Self.flattenOperator(.tensor(self), .int(first), .int(last))
    }
    /// Tensors joined along an axis.
    public static func concatenated(_ tensors: [Tensor], along axis: Int = 0) throws(TensorError) -> Tensor {
        try catOperator(.tensors(tensors), .int(axis))
    }
    /// Tensors of one shape joined along a new axis.
    public static func stacked(_ tensors: [Tensor], along axis: Int = 0) throws(TensorError) -> Tensor {
        try stackOperator(.tensors(tensors), .int(axis))
    }
    /// Equal parts along an axis, the last one smaller where `count` does not divide it; fewer of a short axis.
    public func chunks(_ count: Int, along axis: Int) throws(TensorError) -> [Tensor] {
        try Self.chunkOperator.call(
            [.tensor(self), .int(count), .int(axis)], capacity: max(1, min(count, size(axis))))
    }
    /// Elements `range` of an axis; what lies beyond its end is left out.
    public func slice(_ range: Range<Int>, along axis: Int = 0) throws(TensorError) -> Tensor {
        try Self.sliceOperator(.tensor(self), .int(axis), .int(range.lowerBound), .int(range.upperBound))
    }
    /// One element of an axis; the axis disappears.
    public func selected(_ index: Int, along axis: Int = 0) throws(TensorError) -> Tensor {
        try Self.selectOperator(.tensor(self), .int(axis), .int(index))
    }
    /// The rows of an axis that `indices` (64-bit integers, one axis) names.
    public func gathered(_ indices: Tensor, along axis: Int = 0) throws(TensorError) -> Tensor {
        try Self.indexSelectOperator(.tensor(self), .int(axis), .tensor(indices))
    }
    /// Each element of an axis `count` times in a row.
    public func repeated(_ count: Int, along axis: Int = 0) throws(TensorError) -> Tensor {
        try Self.repeatInterleaveOperator(.tensor(self), .int(count), .int(axis))
    }
    /// The order of some axes reversed.
    public func flipped(_ axes: Int...) throws(TensorError) -> Tensor {
        try Self.flipOperator(.tensor(self), .ints(axes))
    }
    /// The last two axes as a matrix, zero below the diagonal; `above` counts diagonals upwards from the main one.
    public func upperTriangle(above: Int = 0) throws(TensorError) -> Tensor {
        try Self.upperTriangleOperator(.tensor(self), .int(above))
    }
    /// Space to depth: `[b, c, h·f, w·f]` → `[b, c·f², h, w]`.
    public func pixelUnshuffled(_ factor: Int) throws(TensorError) -> Tensor {
        try Self.pixelUnshuffleOperator(.tensor(self), .int(factor))
    }
    /// Depth to space: `[b, c·f², h, w]` → `[b, c, h·f, w·f]`.
    public func pixelShuffled(_ factor: Int) throws(TensorError) -> Tensor {
        try Self.pixelShuffleOperator(.tensor(self), .int(factor))
    }

    /// Row-major in memory.
    public func contiguous() throws(TensorError) -> Tensor { try Self.contiguousOperator(.tensor(self)) }
    /// `[batch, channel, height, width]` with the channels next to each other in memory; what convolutions like best.
    public func channelsLast() throws(TensorError) -> Tensor {
        try Self.contiguousOperator(.tensor(self), .int(2))
    }
    /// Converted to another element type; itself when it has it already.
    public func to(_ dtype: DType) throws(TensorError) -> Tensor { try converted(dtype: dtype, device: nil) }
    /// Converted to another element type and laid out channels last in one pass over the memory.
    public func channelsLast(_ dtype: DType) throws(TensorError) -> Tensor {
        try Self.toCopyOperator(
            .tensor(self), .dtype(dtype), .none, .none, .none, .bool(false), .bool(false), .int(2))
    }
    /// On another device; itself when it is there already.
    public func to(_ device: Device) throws(TensorError) -> Tensor {
        try converted(dtype: nil, device: device)
    }
    /// Both at once.
    public func to(_ device: Device, _ dtype: DType) throws(TensorError) -> Tensor {
        try converted(dtype: dtype, device: device)
    }
    private func converted(dtype: DType?, device: Device?) throws(TensorError) -> Tensor {
        try Self.toCopyOperator(
            .tensor(self), dtype.map(Value.dtype) ?? .none, .none, device.map(Value.device) ?? .none)
    }
    /// The same values, cut off from the gradient graph.
    public func detached() throws(TensorError) -> Tensor { try Self.detachOperator(.tensor(self)) }
}
