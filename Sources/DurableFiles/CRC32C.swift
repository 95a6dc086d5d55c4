/// CRC-32C (Castagnoli), by which damaged records are found: polynomial 0x1EDC6F41, bits reversed.
///
/// Source: RFC 3720, appendix B.4; eight bytes at a time after Kounavis and Berry 2005 ("slicing-by-8").
public enum CRC32C {
    /// The checksum of bytes.
    public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { checksum($0) }
    }

    /// The checksum of bytes in memory.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { tables in
            var sum = ~UInt32(0)
            var place = 0
            while bytes.count - place >= 8 {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                let mixed = word ^ UInt64(sum)
                sum = 0
                for byte in 0..<8 {
                    sum ^=
                        tables[(7 - byte) * 256 + Int(UInt8(truncatingIfNeeded: mixed >> UInt64(8 * byte)))]
                }
                place += 8
            }
            while place < bytes.count {
                sum = (sum >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: sum) ^ bytes[place])]
                place += 1
            }
            return ~sum
        }
    }

    /// Eight tables of 256: what a byte comes to when zero to seven others follow it.
    private static let tables: [UInt32] = {
        var tables = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
        }
        for index in 256..<2048 {
            let before = tables[index - 256]
            tables.append((before >> 8) ^ tables[Int(UInt8(truncatingIfNeeded: before))])
        }
        return tables
    }()
}
