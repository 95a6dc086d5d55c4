import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One file that grows by records, each with a key and checksums.
///
/// After sixteen bytes that name the format, records follow each other: a head of 32 bytes (mark, length of the content,
/// key, CRC-32C of the content, CRC-32C of the head; least bytes first), then the content. Whatever ends the writing, what
/// was written whole before stays usable; where a head is damaged, reading goes on at the next sound one.
final class RecordLog: Sendable {
    /// Where a record begins, and what its head says.
    struct Entry: Sendable, Equatable {
        let offset: Int
        let key: RecordStore.Key
        let count: Int
    }
    let url: URL
    /// Whether this process alone may add records.
    let isWritable: Bool
    private let descriptor: Int32

    static let format = Array("DARKROOM-RECORD1".utf8)
    static let headLength = 32
    private static let mark = Array("rec:".utf8)
    /// The longest content, in bytes.
    static let longest = 1 << 30

    /// Opens a file, for writing where no other process does so; nil when it is of another format or no regular file.
    ///
    /// With `creating` a file that is not there, or that ended within its first bytes, is begun.
    /// - Throws: `DurableFileError`, such as a full disk.
    init?(_ url: URL, creating: Bool) throws(DurableFileError) {
        let path = try System.path(of: url)
        var flags = (creating ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NONBLOCK
        var descriptor = open(path, flags, 0o666)
        if descriptor < 0, creating, errno == EACCES || errno == EROFS {
            // What may not be written may still be read.
            flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
            descriptor = open(path, flags)
        }
        guard descriptor >= 0 else { throw System.error(errno, "open", url) }
        let isWritable = flags & O_RDWR != 0 && (PartialName.lock(descriptor) || errno != EWOULDBLOCK)
        (self.url, self.isWritable, self.descriptor) = (url, isWritable, descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let start = bytes(at: 0, count: Self.format.count)
        if start == Self.format { return }
        guard isWritable, Self.format.starts(with: start) else { return nil }
        try replaceTail(from: 0, with: Self.format)
    }

    deinit { close(descriptor) }

    /// Bytes in the file now.
    var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The place of the first record.
    static var start: Int { format.count }

    /// The records from a place on, the place behind the last one, and how many stretches between them are damaged.
    ///
    /// Contents are not read.
    func entries(from start: Int = RecordLog.start) -> (entries: [Entry], end: Int, damages: Int) {
        var (entries, damages) = ([Entry](), 0)
        var (place, end) = (start, start)
        let size = size
        while place < size {
            if let entry = entry(at: place, size: size) {
                if place != end { damages += 1 }
                entries.append(entry)
                place += Self.headLength + entry.count
                end = place
            } else if let next = nextMark(after: place, size: size) {
                place = next
            } else {
                break
            }
        }
        return (entries, end, damages)
    }

    /// The record whose head stands at a place; nil when there is none, or not all of it.
    private func entry(at offset: Int, size: Int) -> Entry? {
        guard let head = Head(bytes(at: offset, count: Self.headLength)),
            head.count <= size - offset - Self.headLength
        else { return nil }
        return Entry(offset: offset, key: head.key, count: head.count)
    }

    /// The content of the record at a place; nil when it is another's or damaged.
    func content(at offset: Int, of key: RecordStore.Key) -> [UInt8]? {
        guard let head = Head(bytes(at: offset, count: Self.headLength)), head.key == key else { return nil }
        let content = bytes(at: offset + Self.headLength, count: head.count)
        return content.count == head.count && CRC32C.checksum(content) == head.sum ? content : nil
    }

    /// Puts a record at a place, which is where the last one ends, and cuts what lay behind.
    ///
    /// - Returns: the place behind it.
    /// - Throws: `DurableFileError`; the file then ends where the record would have begun.
    func write(_ content: [UInt8], of key: RecordStore.Key, at end: Int) throws(DurableFileError) -> Int {
        let record = Head(key: key, count: content.count, sum: CRC32C.checksum(content)).bytes + content
        try replaceTail(from: end, with: record)
        return end + record.count
    }

    /// Cuts the file and adds bytes, all or none.
    private func replaceTail(from end: Int, with bytes: [UInt8]) throws(DurableFileError) {
        if size != end, ftruncate(descriptor, off_t(end)) != 0 { throw System.error(errno, "shorten", url) }
        guard lseek(descriptor, off_t(end), SEEK_SET) >= 0 else {
            throw System.error(errno, "append to", url)
        }
        let code = bytes.withUnsafeBytes { System.writeAll($0, to: descriptor) }
        guard code == 0 else {
            ftruncate(descriptor, off_t(end))
            throw System.error(code, "append to", url, wanted: bytes.count, descriptor: descriptor)
        }
    }

    /// The next place behind `offset` where a sound head may stand.
    private func nextMark(after offset: Int, size: Int) -> Int? {
        let piece = 1 << 20
        var start = offset + 1
        while start + Self.headLength <= size {
            // Pieces overlap, so that no mark falls between two.
            let found = bytes(at: start, count: piece + Self.mark.count - 1)
            for place in found.indices.dropLast(Self.mark.count - 1)
            where found[place] == Self.mark[0]
                && found[place..<place + Self.mark.count].elementsEqual(Self.mark)
            {
                if entry(at: start + place, size: size) != nil { return start + place }
            }
            start += piece
        }
        return nil
    }

    /// So many bytes from a place on; fewer where the file ends or cannot be read.
    private func bytes(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 || errno != EINTR {
                    break
                }
            }
        }
    }

    /// The 32 bytes before a content.
    private struct Head {
        let key: RecordStore.Key
        let count: Int
        let sum: UInt32

        init(key: RecordStore.Key, count: Int, sum: UInt32) {
            (self.key, self.count, self.sum) = (key, count, sum)
        }

        init?(_ bytes: [UInt8]) {
            guard bytes.count == headLength, bytes.starts(with: mark) else { return nil }
            func number<Value: FixedWidthInteger>(_ place: Int, _ type: Value.Type) -> Value {
                bytes.withUnsafeBytes {
                    Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self))
                }
            }
            guard number(28, UInt32.self) == CRC32C.checksum(bytes[..<28]) else { return nil }
            count = Int(number(4, UInt32.self))
            key = RecordStore.Key(number(8, UInt64.self), number(16, UInt64.self))
            sum = number(24, UInt32.self)
        }

        var bytes: [UInt8] {
            var bytes = mark
            func put(_ value: some FixedWidthInteger) {
                withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            }
            put(UInt32(count))
            put(key.first)
            put(key.second)
            put(sum)
            put(CRC32C.checksum(bytes))
            return bytes
        }
    }
}
