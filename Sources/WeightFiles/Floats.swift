extension SafetensorsFile {
    /// The numbers of a floating-point tensor (F64, F32, F16 or BF16) as 32-bit numbers, row-major.
    ///
    /// - Throws: `WeightFileError.missingTensor`, and `.wrongType` for tensors of other types.
    public func floats(of name: String) throws -> [Float] {
        let entry = try entry(named: name)
        let count = entry.elementCount
        return try withBytes(of: entry) { bytes in
            switch entry.type {
            case .float32:
                return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
                    #if !_endian(little)
                        for index in 0..<count {
                            buffer[index] = Float(bitPattern: buffer[index].bitPattern.byteSwapped)
                        }
                    #endif
                    filled = count
                }
            case .float64:
                return (0..<count).map { index in
                    let bits = bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
                    return Float(Double(bitPattern: UInt64(littleEndian: bits)))
                }
            case .bfloat16:
                return (0..<count).map { index in
                    let bits = bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                    return Float(bitPattern: UInt32(UInt16(littleEndian: bits)) << 16)
                }
            case .float16:
                return (0..<count).map { index in
                    let bits = bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
                    return Self.float(half: UInt16(littleEndian: bits))
                }
            default:
                throw WeightFileError.wrongType(
                    url, tensor: name, expected: "floating-point numbers (F64, F32, F16, BF16)",
                    found: entry.type)
            }
        }
    }

    /// The value of an IEEE 754 binary16, by its bits: `Float16` is missing on Intel Macs.
    static func float(half bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0: return Float(bitPattern: sign | Float(fraction).bitPattern) * 0x1p-24
        case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
