import DurableFiles
import Foundation

/// The framing of TFRecord files: length, checksum of the length, data, checksum of the data.
///
/// Checksums are CRC-32C (Castagnoli), rotated by 15 bits with a constant added. Source: the format's description in
/// TensorFlow's documentation ("TFRecord format").
enum RecordFile {
    /// One record with its frame.
    static func framed(_ data: [UInt8]) -> [UInt8] {
        let length = little(UInt64(data.count))
        return length + little(masked(length)) + data + little(masked(data))
    }

    /// The records of a file, and how many of its bytes they take: what follows is torn or no record.
    static func records(of bytes: [UInt8]) -> (records: [[UInt8]], length: Int) {
        var (records, position) = ([[UInt8]](), 0)
        while bytes.count - position >= 16 {
            let head = Array(bytes[position..<position + 8])
            let count = number(head)
            guard masked(head) == UInt32(truncatingIfNeeded: number(bytes[position + 8..<position + 12])),
                count <= UInt64(bytes.count - position - 16)
            else { break }
            let end = position + 12 + Int(count)
            let data = Array(bytes[position + 12..<end])
            guard masked(data) == UInt32(truncatingIfNeeded: number(bytes[end..<end + 4])) else { break }
            records.append(data)
            position = end + 4
        }
        return (records, position)
    }

    /// CRC-32C as the format stores it.
    static func masked(_ data: [UInt8]) -> UInt32 {
        let sum = CRC32C.checksum(data)
        return ((sum >> 15) | (sum << 17)) &+ 0xa282_ead8
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    private static func number(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
