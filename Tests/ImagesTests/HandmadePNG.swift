import Foundation

/// Builds PNG files byte by byte, for the variants that `pngData` never writes; nothing is compressed.
struct HandmadePNG {
    var width: UInt32
    var height: UInt32
    var bitDepth: UInt8 = 8
    /// 0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA.
    var colorType: UInt8 = 2
    var isInterlaced = false
    /// Chunks between header and pixels.
    var chunks: [(kind: String, content: [UInt8])] = []
    /// Rows of packed samples without filter bytes; for interlaced files the rows of all passes.
    var rows: [[UInt8]] = []

    var bytes: [UInt8] {
        var header = bigEndian(width)
        header += bigEndian(height)
        header += [bitDepth, colorType, 0, 0, isInterlaced ? 1 : 0]
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file += Self.chunk("IHDR", header)
        for chunk in chunks { file += Self.chunk(chunk.kind, chunk.content) }
        file += Self.chunk("IDAT", Self.stored(rows.flatMap { [0] + $0 }))
        return file + Self.chunk("IEND", [])
    }

    static func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + content
        var bytes = bigEndian(UInt32(content.count))
        bytes += body
        bytes += bigEndian(checksum(body))
        return bytes
    }

    /// A zlib stream of stored blocks.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        let starts = Array(stride(from: 0, to: max(bytes.count, 1), by: 65_535))
        for start in starts {
            let block = bytes[start..<min(start + 65_535, bytes.count)]
            let length = UInt16(block.count)
            stream.append(start == starts.last ? 1 : 0)
            stream += littleEndian(length)
            stream += littleEndian(~length)
            stream += block
        }
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + bigEndian(high << 16 | low)
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 {
                let carries = sum & 1 == 1
                sum >>= 1
                if carries { sum ^= 0xEDB8_8320 }
            }
        }
        return ~sum
    }

    /// A colour profile in which red, green and blue have changed places.
    ///
    /// What is stored as red looks green, green looks blue, blue looks red. Curves and primaries are those of sRGB, nearly.
    static func rotatedProfile() -> [UInt8] {
        func fixed(_ value: Double) -> [UInt8] { bigEndian(Int32((value * 65_536).rounded())) }
        func position(_ x: Double, _ y: Double, _ z: Double) -> [UInt8] {
            Array("XYZ \0\0\0\0".utf8) + [x, y, z].flatMap(fixed)
        }
        let red = position(0.4361, 0.2225, 0.0139)
        let green = position(0.3851, 0.7169, 0.0971)
        let blue = position(0.1431, 0.0606, 0.7141)
        let white = position(0.9642, 1, 0.8249)
        let curve = Array("curv\0\0\0\0\0\0\0\u{1}\u{2}3\0\0".utf8)  // gamma 2.2
        let tags: [(String, [UInt8])] = [
            ("wtpt", white), ("rXYZ", green), ("gXYZ", blue), ("bXYZ", red), ("rTRC", curve), ("gTRC", curve),
            ("bTRC", curve),
        ]
        var directory = bigEndian(UInt32(tags.count))
        var content: [UInt8] = []
        let start = 128 + 4 + tags.count * 12
        for (name, bytes) in tags {
            directory += Array(name.utf8)
            directory += bigEndian(UInt32(start + content.count))
            directory += bigEndian(UInt32(bytes.count))
            content += bytes
        }
        var header = [UInt8](repeating: 0, count: 128)
        header.replaceSubrange(0..<4, with: bigEndian(UInt32(start + content.count)))
        header.replaceSubrange(8..<12, with: [2, 0x40, 0, 0])
        header.replaceSubrange(12..<24, with: Array("mntrRGB XYZ ".utf8))
        header.replaceSubrange(36..<40, with: Array("acsp".utf8))
        header.replaceSubrange(68..<80, with: [0.9642, 1, 0.8249].flatMap(fixed))
        return header + directory + content
    }
}
