import Foundation

/// The table of contents of a zip archive whose entries are stored as they are, as PyTorch writes them.
///
/// Nothing is unpacked: an entry is a stretch of the mapped file. Compressed and encrypted entries are refused, so no
/// archive holds more than its own size.
struct ZipDirectory {
    /// Where an entry's bytes lie in the file.
    private(set) var entries: [String: Range<Int>] = [:]

    private let bytes: UnsafeRawBufferPointer
    private let url: URL

    init(_ bytes: UnsafeRawBufferPointer, of url: URL) throws(WeightFileError) {
        self.bytes = bytes
        self.url = url
        let (start, count) = try directory()
        var cursor = ByteCursor(bytes, at: start)
        for _ in 0..<count {
            let place = cursor.position
            guard let (name, header) = entry(&cursor) else {
                throw malformed(place, "an entry of the table of contents")
            }
            let range = try data(of: header, at: place, name: name)
            // Folders are entries without bytes; some packers write them.
            if name.hasSuffix("/") { continue }
            guard entries.updateValue(range, forKey: name) == nil else {
                throw .duplicateName(url, name: name)
            }
        }
    }

    /// Where the table of contents begins, and how many entries it has.
    private func directory() throws(WeightFileError) -> (start: Int, count: Int) {
        let fixed = 22
        guard bytes.count >= fixed else { throw .tooShort(url, byteCount: bytes.count) }
        // The end record may be followed by a comment of up to 65,535 bytes.
        let last = bytes.count - fixed
        let first = max(0, last - 0xFFFF)
        guard
            let end = (first...last).reversed().first(where: { position in
                bytes.integer(at: position, UInt32.self) == 0x0605_4B50
                    && bytes.integer(at: position + 20, UInt16.self).map { Int($0) }
                        == bytes.count - position - fixed
            })
        else { throw malformed(bytes.count, "the end of a zip archive: the file is cut short") }
        var start = bytes.integer(at: end + 16, UInt32.self).map { Int($0) } ?? 0
        var count = bytes.integer(at: end + 10, UInt16.self).map { Int($0) } ?? 0
        if end >= 20, bytes.integer(at: end - 20, UInt32.self) == 0x0706_4B50 {
            guard let place = bytes.integer(at: end - 12, UInt64.self).flatMap({ Int(exactly: $0) }),
                bytes.integer(at: place, UInt32.self) == 0x0606_4B50,
                let wideCount = bytes.integer(at: place + 32, UInt64.self).flatMap({ Int(exactly: $0) }),
                let wideStart = bytes.integer(at: place + 48, UInt64.self).flatMap({ Int(exactly: $0) })
            else { throw malformed(end - 20, "the end record of a large zip archive") }
            (start, count) = (wideStart, wideCount)
        }
        // Each entry of the table takes at least 46 bytes.
        guard start >= 0, start <= end, count >= 0, count <= (end - start) / 46 else {
            throw malformed(end, "a table of contents before the end record")
        }
        return (start, count)
    }

    private struct Header {
        var flags: UInt16
        var method: UInt16
        var packed: UInt64
        var size: UInt64
        var place: UInt64
    }

    /// One entry of the table of contents.
    private func entry(_ cursor: inout ByteCursor) -> (name: String, header: Header)? {
        let start = cursor.position
        guard bytes.integer(at: start, UInt32.self) == 0x0201_4B50,
            let flags = bytes.integer(at: start + 8, UInt16.self),
            let method = bytes.integer(at: start + 10, UInt16.self),
            let packed = bytes.integer(at: start + 20, UInt32.self),
            let size = bytes.integer(at: start + 24, UInt32.self),
            let nameLength = bytes.integer(at: start + 28, UInt16.self),
            let extraLength = bytes.integer(at: start + 30, UInt16.self),
            let commentLength = bytes.integer(at: start + 32, UInt16.self),
            let place = bytes.integer(at: start + 42, UInt32.self)
        else { return nil }
        cursor.position = start + 46
        guard let name = cursor.take(nameLength)?.text, let extra = cursor.take(extraLength),
            cursor.take(commentLength) != nil
        else { return nil }
        var header = Header(
            flags: flags, method: method, packed: UInt64(packed), size: UInt64(size), place: UInt64(place))
        // Numbers that do not fit 32 bits stand in the extra field 1, in this order.
        var fields = ByteCursor(extra)
        while let kind = fields.integer(UInt16.self), let length = fields.integer(UInt16.self) {
            guard let field = fields.take(length) else { return nil }
            guard kind == 1 else { continue }
            var numbers = ByteCursor(field)
            for member in [\Header.size, \Header.packed, \Header.place]
            where header[keyPath: member] == UInt64(UInt32.max) {
                guard let value = numbers.integer(UInt64.self) else { return nil }
                header[keyPath: member] = value
            }
        }
        return (name, header)
    }

    /// Where the bytes of an entry lie.
    private func data(of header: Header, at place: Int, name: String) throws(WeightFileError) -> Range<Int> {
        guard header.flags & 1 == 0 else {
            throw malformed(place, "entries that are not encrypted", found: WeightFileError.quoted(name))
        }
        guard header.method == 0, header.packed == header.size else {
            throw malformed(
                place, "entries that are stored as they are",
                found: "\(WeightFileError.quoted(name)), which is compressed (method \(header.method))")
        }
        guard let start = Int(exactly: header.place), bytes.integer(at: start, UInt32.self) == 0x0403_4B50,
            let nameLength = bytes.integer(at: start + 26, UInt16.self),
            let extraLength = bytes.integer(at: start + 28, UInt16.self),
            let size = Int(exactly: header.size)
        else { throw malformed(place, "the place of \(WeightFileError.quoted(name))") }
        let first = start + 30 + Int(nameLength) + Int(extraLength)
        guard first <= bytes.count, size <= bytes.count - first else {
            throw malformed(
                place, "\(WeightFileError.quoted(name)) within the file",
                found: "\(size) bytes from \(first) on")
        }
        return first..<first + size
    }

    private func malformed(
        _ offset: Int, _ expected: String, found: String = "something else"
    ) -> WeightFileError {
        .malformedArchive(url, offset: offset, expected: expected, found: found)
    }
}
