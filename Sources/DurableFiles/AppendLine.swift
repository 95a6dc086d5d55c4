public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension DurableFile {
    /// Adds one line to a text log such as `events.jsonl`, creating it where needed.
    ///
    /// Line and line end go to the system in one write at the end of the file, so lines of several writers do not mix.
    /// Where an earlier writer was cut off within a line, the new one starts on a line of its own. When the disk is full
    /// no part of the line remains.
    /// - Parameters:
    ///   - line: The text, without a line break.
    ///   - url: The log file.
    ///   - isFlushed: True to wait until the line is on the disk; a log that need only outlive its own process does
    ///     without.
    /// - Throws: `DurableFileError`.
    public static func append(
        line: String, to url: URL, isFlushed: Bool = false
    ) throws(DurableFileError) {
        guard !line.utf8.contains(UInt8(ascii: "\n")) else { throw .lineBreakInLine(url) }
        try append(to: url, isFlushed: isFlushed) { last in
            (last == nil || last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")]) + Array(line.utf8)
                + [UInt8(ascii: "\n")]
        }
    }

    /// Adds one record to a binary log, creating it where needed.
    ///
    /// The record goes to the system in one write at the end of the file; when the disk is full no part of it remains.
    /// - Throws: `DurableFileError`.
    public static func append(record: [UInt8], to url: URL) throws(DurableFileError) {
        try append(to: url, isFlushed: false) { _ in record }
    }

    /// Cuts a log after `length` bytes, where its last record was torn; a shorter file stays as it is.
    /// - Throws: `DurableFileError`.
    public static func cut(_ url: URL, to length: Int) throws(DurableFileError) {
        let path = try System.path(of: url)
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw System.error(errno, "open", url) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw System.error(errno, "look up", url) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(url) }
        guard Int(status.st_size) > length else { return }
        guard ftruncate(descriptor, off_t(length)) == 0 else { throw System.error(errno, "shorten", url) }
    }

    /// Adds what `content` says, given the file's last byte, in one write; nil stands for an empty file.
    private static func append(
        to url: URL, isFlushed: Bool, content: (_ last: UInt8?) -> [UInt8]
    ) throws(DurableFileError) {
        let path = try System.path(of: url)
        let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw System.error(errno, "open", url) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw System.error(errno, "look up", url) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(url) }
        var last: UInt8 = 0
        let hasLast = status.st_size > 0 && pread(descriptor, &last, 1, status.st_size - 1) == 1
        let bytes = content(hasLast ? last : nil)

        let code = bytes.withUnsafeBytes { System.writeAll($0, to: descriptor) }
        if code != 0 {
            ftruncate(descriptor, status.st_size)
            throw System.error(code, "append to", url, wanted: bytes.count, descriptor: descriptor)
        }
        if isFlushed {
            let code = System.flush(descriptor)
            if code != 0 {
                throw System.error(code, "flush", url, wanted: bytes.count, descriptor: descriptor)
            }
            if status.st_size == 0 { try System.flushFolder(of: path, for: url) }
        }
    }
}
