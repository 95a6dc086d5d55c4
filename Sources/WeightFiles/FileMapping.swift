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
package final class FileMapping: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    /// True when the bytes are those of a file and start at a page's first byte.
    private let isFile: Bool
    private let release: @Sendable (UnsafeRawBufferPointer) -> Void

    /// Takes over memory that nobody writes to any more; `release` gives it back.
    init(
        _ bytes: UnsafeRawBufferPointer, isFile: Bool = false,
        release: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.bytes = bytes
        self.isFile = isFile
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
        self.init(UnsafeRawBufferPointer(start: start, count: size), isFile: true) { bytes in
            munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
        }
    }

    /// A row-major copy of elements of `width` bytes that lie `strides` apart, all of them within `source`.
    convenience init(gathering source: UnsafeRawBufferPointer, shape: [Int], strides: [Int], width: Int) {
        let count = shape.reduce(1, *)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count * width, alignment: 64)
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        for element in 0..<count {
            let from = UnsafeRawBufferPointer(rebasing: source[offset * width..<(offset + 1) * width])
            UnsafeMutableRawBufferPointer(rebasing: copy[element * width..<(element + 1) * width])
                .copyMemory(from: from)
            for axis in shape.indices.reversed() {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < shape[axis] { break }
                offset -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
        self.init(UnsafeRawBufferPointer(copy)) { $0.deallocate() }
    }

    /// Takes whole pages within `range` out of this process's memory until they are touched again.
    ///
    /// Only for mappings of files: what they hold comes back from the file.
    func discard(_ range: Range<Int>) {
        guard isFile, let start = bytes.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (range.lowerBound + page - 1) / page * page
        let last = range.upperBound == bytes.count ? bytes.count : range.upperBound / page * page
        guard first < last else { return }
        madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
    }

    /// The weight files that lie where `url` was looked for.
    private static func neighbours(of url: URL) -> [String] {
        let suffixes = [".safetensors", ".ckpt", ".bin", ".pt", ".pth"]
        let folder = url.deletingLastPathComponent().path(percentEncoded: false)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted()
    }
}
