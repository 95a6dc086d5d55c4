import Foundation

/// Reads little-endian numbers from a stretch of a file; whatever would lie outside is nil.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        (self.bytes, self.position) = (bytes, position)
    }

    var remaining: Int { bytes.count - position }

    mutating func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) -> Number? {
        guard let value = bytes.integer(at: position, type) else { return nil }
        position += MemoryLayout<Number>.size
        return value
    }

    /// A stretch of `count` bytes; nil when it would lie outside, or `count` is not a size.
    mutating func take(_ count: some BinaryInteger) -> UnsafeRawBufferPointer? {
        guard let count = Int(exactly: count), count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// The bytes before the next newline, which is passed over.
    mutating func line() -> UnsafeRawBufferPointer? {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { position = end + 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }
}

extension UnsafeRawBufferPointer {
    /// A little-endian number, nil when it does not lie within the bytes.
    func integer<Number: FixedWidthInteger>(at position: Int, _ type: Number.Type = Number.self) -> Number? {
        guard position >= 0, position <= count, count - position >= MemoryLayout<Number>.size else {
            return nil
        }
        return Number(littleEndian: loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    /// The bytes as text, nil when they are not UTF-8.
    var text: String? { String(validating: self, as: UTF8.self) }
}
