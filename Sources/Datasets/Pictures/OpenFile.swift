import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A regular file that is open for reading at any place.
final class OpenFile: Sendable {
    /// The path, for messages.
    let path: String
    /// Bytes in it when it was opened.
    let size: Int
    /// When it was last changed, in nanoseconds since 1970.
    let modified: Int64
    private let descriptor: Int32

    /// Opens a regular file; pipes and devices are refused without waiting for them.
    ///
    /// `followingLink` says whether the last part of the path may be a symbolic link.
    init(_ path: String, followingLink: Bool = true) throws(PictureDataError) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLink ? 0 : O_NOFOLLOW)
        descriptor = open(path, flags)
        guard descriptor >= 0 else {
            throw errno == ENOENT
                ? .missing(path: path, nearest: nil)
                : .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.path = path
        size = Int(status.st_size)
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        guard isRegular else {
            throw .unreadable(path: path, reason: "this is no regular file")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// So many bytes from `offset` on; fewer only where the file ends.
    func bytes(at offset: Int, count: Int) throws(PictureDataError) -> Data {
        let wanted = max(0, min(count, size - offset))
        var data = Data(count: wanted)
        var filled = 0
        while filled < wanted {
            let got = data.withUnsafeMutableBytes { buffer in
                pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), wanted - filled,
                    off_t(offset + filled))
            }
            if got > 0 {
                filled += got
            } else if got == 0 {
                break
            } else if errno != EINTR {
                throw .unreadable(path: path, reason: String(cString: strerror(errno)))
            }
        }
        return filled == wanted ? data : data.prefix(filled)
    }
}
