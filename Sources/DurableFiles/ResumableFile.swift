public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that may be filled over several runs, such as a download, and takes its name only when it is whole.
///
/// Until then its bytes stand in a hidden file beside the destination, `.NAME.MARK.unfinished`, which stays when a run is
/// cut off. Two runs cannot fill it at once.
public struct ResumableFile: ~Copyable {
    /// The file that will appear.
    public let destination: URL
    /// The hidden file that holds the bytes until then.
    public let partial: URL
    /// Bytes that are there already, those of earlier runs included.
    public private(set) var byteCount: Int
    private let path: String
    private let descriptor: Int32

    /// Opens what earlier runs left, or begins.
    ///
    /// - Parameters:
    ///   - destination: the file that will appear; what stands there is replaced when the new one is whole.
    ///   - mark: letters and digits that tell one content from another, such as a checksum: bytes of another mark are not
    ///     gone on with.
    /// - Throws: `DurableFileError`; `.failed` with `EWOULDBLOCK` when another run fills it now.
    public init(for destination: URL, mark: String) throws(DurableFileError) {
        let name = destination.lastPathComponent
        let mark = mark.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(64)
        let partial = destination.deletingLastPathComponent().appending(
            path: ".\(name).\(mark).unfinished", directoryHint: .notDirectory)
        let path = try System.path(of: partial)
        let (descriptor, size) = try Self.open(path, partial)
        self.partial = partial
        self.destination = destination
        self.path = path
        self.descriptor = descriptor
        byteCount = size
    }

    /// Opens and locks a file of one's own; gives its size.
    private static func open(
        _ path: String, _ url: URL
    ) throws(DurableFileError) -> (descriptor: Int32, size: Int) {
        let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, flags, 0o666)
        #else
            let descriptor = Glibc.open(path, flags, 0o666)
        #endif
        guard descriptor >= 0 else { throw System.error(errno, "open", url) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notARegularFile(url)
        }
        // File systems without locks give other numbers, and are trusted.
        if !PartialName.lock(descriptor), errno == EWOULDBLOCK {
            close(descriptor)
            throw .failed(url, operation: "lock", code: EWOULDBLOCK)
        }
        return (descriptor, Int(status.st_size))
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    /// - Throws: `DurableFileError`; what was there before stays.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(DurableFileError) {
        guard !bytes.isEmpty else { return }
        let code = System.writeAll(bytes, to: descriptor)
        guard code == 0 else {
            ftruncate(descriptor, off_t(byteCount))
            throw System.error(code, "write", destination, wanted: bytes.count, descriptor: descriptor)
        }
        byteCount += bytes.count
    }

    /// Forgets all bytes.
    /// - Throws: `DurableFileError`.
    public mutating func restart() throws(DurableFileError) {
        guard ftruncate(descriptor, 0) == 0 else { throw System.error(errno, "shorten", partial) }
        byteCount = 0
    }

    /// Brings the bytes to the disk and gives the file its name.
    /// - Throws: `DurableFileError`; the bytes then stay where they are.
    public consuming func publish() throws(DurableFileError) {
        let code = System.flush(descriptor)
        guard code == 0 else { throw System.error(code, "flush", destination) }
        let target = try System.path(of: destination)
        guard rename(path, target) == 0 else { throw System.error(errno, "rename to", destination) }
        try System.flushFolder(of: target, for: destination)
    }

    /// Removes the bytes and the hidden file.
    public consuming func discard() { unlink(path) }
}
