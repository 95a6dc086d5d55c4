import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file's bytes in memory, read-only, as long as this object lives.
///
/// Unchecked but safe to share: `bytes` is set once, the memory behind it is mapped read-only (nothing in this process
/// can write to it), and it is unmapped only in `deinit`, when no reference is left.
final class FileMapping: @unchecked Sendable {
    let bytes: UnsafeRawBufferPointer
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    /// Takes over memory that nobody writes to any more; `release` gives it back.
    init(_ bytes: UnsafeRawBufferPointer, release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.bytes = bytes
        self.release = release
    }

    deinit { release(bytes) }

    /// Maps a whole regular file.
    convenience init(contentsOf url: URL) throws(WeightFileError) {
        let path = url.path(percentEncoded: false)
        // Without O_NONBLOCK, opening a pipe would wait for its writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? .missingFile(url, nearest: Self.neighbours(of: url)) : .unreadable(url, code: errno)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(url, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(url) }
        guard let size = Int(exactly: status.st_size), size > 0 else { throw .tooShort(url, byteCount: 0) }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw .unreadable(url, code: errno)
        }
        self.init(UnsafeRawBufferPointer(start: start, count: size)) { bytes in
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        }
    }

    /// The weight files that lie where `url` was looked for.
    private static func neighbours(of url: URL) -> [String] {
        let folder = url.deletingLastPathComponent().path(percentEncoded: false)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".safetensors") }.sorted()
    }
}
