/// The number format of a tensor on disk, under the name that safetensors gives it.
///
/// All are little-endian. Source: the safetensors format description.
public enum StoredType: String, CaseIterable, Hashable, Sendable, Codable {
    /// IEEE 754 binary64.
    case float64 = "F64"
    /// IEEE 754 binary32.
    case float32 = "F32"
    /// IEEE 754 binary16.
    case float16 = "F16"
    /// The upper half of a binary32.
    case bfloat16 = "BF16"
    /// Eight bits: sign, 4 of exponent, 3 of fraction.
    case float8e4m3 = "F8_E4M3"
    /// Eight bits: sign, 5 of exponent, 2 of fraction.
    case float8e5m2 = "F8_E5M2"
    /// Signed 64-bit integer.
    case int64 = "I64"
    /// Signed 32-bit integer.
    case int32 = "I32"
    /// Signed 16-bit integer.
    case int16 = "I16"
    /// Signed 8-bit integer.
    case int8 = "I8"
    /// Unsigned 64-bit integer.
    case uint64 = "U64"
    /// Unsigned 32-bit integer.
    case uint32 = "U32"
    /// Unsigned 16-bit integer.
    case uint16 = "U16"
    /// Unsigned 8-bit integer.
    case uint8 = "U8"
    /// One byte, 0 or 1.
    case bool = "BOOL"

    /// The bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float8e4m3, .float8e5m2, .int8, .uint8, .bool: 1
        }
    }

    /// The bytes of a tensor of this type, or nil when a size is negative or the product overflows.
    public func byteCount(of shape: [Int]) -> Int? {
        var product = byteCount
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { return nil }
            product = next
        }
        return product
    }
}
