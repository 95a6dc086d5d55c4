internal import CTorchShim

/// An n-dimensional array on a device.
///
/// A tensor never changes once made: operations return new tensors, so a tensor may cross tasks (libtorch's reference
/// count is atomic). The few operations that work in place (optimiser step, averaging, loading) are `package` API,
/// used on the thread that owns the parameters; a network under training therefore stays with its trainer.
public final class Tensor: Sendable {
    nonisolated(unsafe) let handle: OpaquePointer

    init(adopting handle: OpaquePointer) { self.handle = handle }
    deinit { ct_tensor_free(handle) }

    /// Sizes of the axes; empty for a scalar.
    public var shape: [Int] {
        (0..<ct_tensor_rank(handle)).map { Int(ct_tensor_size(handle, $0)) }
    }
    /// Number of axes.
    public var rank: Int { Int(ct_tensor_rank(handle)) }
    /// Number of elements.
    public var count: Int { Int(ct_tensor_count(handle)) }
    /// Type of the elements.
    public var dtype: DType { DType(rawValue: ct_tensor_dtype(handle)) ?? .float32 }
    /// Where the elements live.
    public var device: Device {
        Device(typeNumber: ct_tensor_device_type(handle), index: ct_tensor_device_index(handle))
    }
    /// True when a rank-4 tensor is stored channels last (and not also contiguous).
    public var isChannelsLast: Bool { ct_tensor_is_channels_last(handle) != 0 }

    /// The size of one axis, zero when there is no such axis; negative axes count from the end.
    public func size(_ axis: Int) -> Int {
        let index = axis < 0 ? rank + axis : axis
        return index >= 0 && index < rank ? Int(ct_tensor_size(handle, Int64(index))) : 0
    }
}

// MARK: - From and to Swift values

extension Tensor {
    /// A tensor from values in row-major order.
    /// - Throws: `TensorError` when the number of values does not fit the shape.
    public convenience init<Element: TensorElement>(
        _ values: [Element], shape: [Int]
    ) throws(TensorError) {
        let made = values.withUnsafeBytes { bytes in
            Result { () throws(TensorError) in
                try Tensor.handle(bytes: bytes, shape: shape, dtype: Element.dtype)
            }
        }
        self.init(adopting: try made.get())
    }

    /// A tensor from raw little-endian bytes in row-major order.
    /// - Throws: `TensorError` when the number of bytes does not fit shape and type.
    public convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws(TensorError) {
        self.init(adopting: try Tensor.handle(bytes: bytes, shape: shape, dtype: dtype))
    }

    private static func handle(
        bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType
    ) throws(TensorError) -> OpaquePointer {
        Engine.prepare()
        var error = CTError()
        let sizes = shape.map(Int64.init)
        guard
            let handle = ct_tensor_from_bytes(
                bytes.baseAddress, Int64(bytes.count), sizes, Int64(sizes.count), dtype.rawValue, &error)
        else { throw TensorError(taking: &error, operation: "Tensor.init", shapes: [shape]) }
        return handle
    }

    /// A tensor over memory that `owner` keeps alive, without copying; it is for reading only.
    ///
    /// The first byte must lie at a multiple of the element's size.
    /// - Throws: `TensorError` when the number of bytes does not fit shape and type.
    package convenience init(
        borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject, shape: [Int], dtype: DType
    ) throws(TensorError) {
        Engine.prepare()
        var error = CTError()
        let sizes = shape.map(Int64.init)
        let owner = Unmanaged.passRetained(owner)
        guard
            let handle = ct_tensor_borrow(
                bytes.baseAddress, Int64(bytes.count), sizes, Int64(sizes.count), dtype.rawValue,
                owner.toOpaque(),
                { owner in owner.map { Unmanaged<AnyObject>.fromOpaque($0).release() } }, &error)
        else {
            owner.release()
            throw TensorError(taking: &error, operation: "Tensor.init", shapes: [shape])
        }
        self.init(adopting: handle)
    }

    /// The elements in row-major order, converted to `Element` if need be.
    public func values<Element: TensorElement>(as type: Element.Type = Element.self) throws(TensorError)
        -> [Element]
    {
        // The engine copies first, so that a view larger than the memory is an error and not a failed allocation here.
        let host = try to(.cpu, Element.dtype).contiguous()
        let count = host.count
        var error = CTError()
        var written: Int64 = 0
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            written = ct_tensor_to_bytes(host.handle, bytes.baseAddress, Int64(bytes.count), &error)
            initialized = written >= 0 ? count : 0
        }
        guard written >= 0 else {
            throw TensorError(taking: &error, operation: "Tensor.values", shapes: [shape])
        }
        return values
    }

    /// The elements' bytes, little-endian and row-major, in the tensor's own type.
    public func bytes() throws(TensorError) -> [UInt8] {
        let host = try to(.cpu).contiguous()
        let size = host.count * dtype.byteCount
        var error = CTError()
        var written: Int64 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            written = ct_tensor_to_bytes(host.handle, buffer.baseAddress, Int64(size), &error)
            initialized = written >= 0 ? size : 0
        }
        guard written >= 0 else {
            throw TensorError(taking: &error, operation: "Tensor.bytes", shapes: [shape])
        }
        return bytes
    }

    /// The one element of a tensor as a number.
    /// - Throws: `TensorError` when there is not exactly one element.
    public func item() throws(TensorError) -> Double {
        var error = CTError()
        var value = 0.0
        guard ct_tensor_item(handle, &value, &error) == 0 else {
            throw TensorError(taking: &error, operation: "Tensor.item", shapes: [shape])
        }
        return value
    }
}

// MARK: - Making

extension Tensor {
    private static let fullOperator = Operator("aten::full")
    private static let arangeOperator = Operator("aten::arange", "start_step")

    /// A tensor of one value.
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try fullOperator(.ints(shape), .double(value), .dtype(dtype), .none, .device(device))
    }
    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor { try full(shape, 0, dtype: dtype, device: device) }
    /// A tensor of ones.
    public static func ones(
        _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor { try full(shape, 1, dtype: dtype, device: device) }
    /// `start, start + step, …` below `end`, single precision.
    public static func range(
        from start: Double = 0, to end: Double, by step: Double = 1, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try arangeOperator(
            .double(start), .double(end), .double(step), .dtype(.float32), .none, .device(device))
    }
    /// Row-major indices as a tensor of 64-bit integers.
    public static func indices(_ values: [Int], shape: [Int]) throws(TensorError) -> Tensor {
        try Tensor(values.map(Int64.init), shape: shape)
    }
}
