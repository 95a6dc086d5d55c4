/// The element type of a tensor; raw values are libtorch's `ScalarType` numbers.
public enum DType: Int32, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// Unsigned 8-bit integer.
    case uint8 = 0
    /// Signed 8-bit integer.
    case int8 = 1
    /// Signed 16-bit integer.
    case int16 = 2
    /// Signed 32-bit integer.
    case int32 = 3
    /// Signed 64-bit integer; indices are of this type.
    case int64 = 4
    /// IEEE half precision.
    case float16 = 5
    /// IEEE single precision.
    case float32 = 6
    /// IEEE double precision.
    case float64 = 7
    /// True or false, one byte each.
    case bool = 11
    /// Brain floating point: 8 bits of exponent, 8 of significand.
    case bfloat16 = 15

    /// Bytes an element takes.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    /// True for the floating-point types.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .bfloat16, .float32, .float64: true
        default: false
        }
    }

    /// The type's short name, such as `bf16` or `fp32`.
    public var description: String {
        switch self {
        case .uint8: "u8"
        case .int8: "i8"
        case .int16: "i16"
        case .int32: "i32"
        case .int64: "i64"
        case .float16: "fp16"
        case .float32: "fp32"
        case .float64: "fp64"
        case .bool: "bool"
        case .bfloat16: "bf16"
        }
    }
}

/// A Swift element type that tensors can be made from and read into.
public protocol TensorElement: BitwiseCopyable, Sendable {
    /// The tensor type with the same memory layout.
    static var dtype: DType { get }
}
extension UInt8: TensorElement {
    /// Unsigned bytes.
    public static var dtype: DType { .uint8 }
}
extension Int8: TensorElement {
    /// Signed bytes.
    public static var dtype: DType { .int8 }
}
extension Int32: TensorElement {
    /// 32-bit integers.
    public static var dtype: DType { .int32 }
}
extension Int64: TensorElement {
    /// 64-bit integers.
    public static var dtype: DType { .int64 }
}
extension Float: TensorElement {
    /// Single precision.
    public static var dtype: DType { .float32 }
}
extension Double: TensorElement {
    /// Double precision.
    public static var dtype: DType { .float64 }
}
