import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system calls that this module needs, with interruptions retried and error numbers explained.
enum System {
    enum Kind { case file, folder, other }

    /// The file system path of a URL, without a closing slash.
    static func path(of url: URL) throws(DurableFileError) -> String {
        var path = url.path(percentEncoded: false)
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        guard url.isFileURL, !path.isEmpty, !path.utf8.contains(0) else { throw error(EINVAL, "name", url) }
        return path
    }

    /// What stands at `path`, itself rather than what a link points to; nil when nothing does.
    static func kind(ofLinkAt path: String) -> Kind? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: return .other
        }
    }

    /// The path itself, or what it points to where it is a symbolic link to something that exists.
    static func resolvingLink(_ path: String) -> String {
        guard kind(ofLinkAt: path) == .other, let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The folder part and the name part of a path.
    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    /// Writes every byte, going on after interruptions and short writes; returns 0 or the error number.
    ///
    /// A file size limit would end the process with SIGXFSZ; the signal is held back on this thread, so that the limit
    /// comes as EFBIG.
    static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        holdingBackSizeSignal {
            var offset = 0
            while offset < bytes.count {
                let piece = UnsafeRawBufferPointer(
                    rebasing: bytes[offset..<min(bytes.count, offset + 1 << 30)])
                let count = write(descriptor, piece.baseAddress, piece.count)
                if count > 0 {
                    offset += count
                } else if count == 0 {
                    return ENOSPC
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
    }

    /// Runs `body` with SIGXFSZ blocked on this thread, and takes away the one that an EFBIG has left pending.
    static func holdingBackSizeSignal(_ body: () -> Int32) -> Int32 {
        var held = sigset_t()
        var before = sigset_t()
        sigemptyset(&held)
        sigaddset(&held, SIGXFSZ)
        guard pthread_sigmask(SIG_BLOCK, &held, &before) == 0 else { return body() }
        let code = body()
        if sigismember(&before, SIGXFSZ) == 0 {
            var pending = sigset_t()
            if code == EFBIG, sigpending(&pending) == 0, sigismember(&pending, SIGXFSZ) == 1 {
                var signal: Int32 = 0
                _ = sigwait(&held, &signal)
            }
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        return code
    }

    /// Brings a file's content to the disk; returns 0 or the error number.
    static func flush(_ descriptor: Int32) -> Int32 {
        #if canImport(Darwin)
            if fcntl(descriptor, F_FULLFSYNC) == 0 { return 0 }
        #endif
        while fsync(descriptor) != 0 {
            // Some file systems cannot flush a folder, or anything; that is not a failure of the write.
            if errno == EINVAL || errno == ENOTSUP { return 0 }
            if errno != EINTR { return errno }
        }
        return 0
    }

    /// Brings the names in the folder of `path` to the disk.
    static func flushFolder(of path: String, for url: URL) throws(DurableFileError) {
        try flush(path: split(path).folder, isFolder: true, for: url)
    }

    /// Brings one file's content or one folder's names to the disk.
    static func flush(path: String, isFolder: Bool, for url: URL) throws(DurableFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | (isFolder ? O_DIRECTORY : 0))
        guard descriptor >= 0 else {
            // A folder may be writable yet not readable: the names are then safe only as the system sees fit.
            if isFolder, errno == EACCES { return }
            throw error(errno, "open", url)
        }
        defer { close(descriptor) }
        let code = flush(descriptor)
        if code != 0 { throw error(code, "flush", url) }
    }

    /// Turns an error number into what the reader should know.
    static func error(
        _ code: Int32, _ operation: String, _ url: URL, wanted: Int = 0, descriptor: Int32 = -1
    ) -> DurableFileError {
        switch code {
        case ENOSPC: return .diskFull(url, wanted: wanted, free: freeBytes(descriptor))
        case EDQUOT: return .quotaReached(url, wanted: wanted)
        case EFBIG: return .fileTooLarge(url, wanted: wanted)
        case EACCES, EPERM: return .permissionDenied(url, operation: operation)
        case EROFS: return .readOnlyFileSystem(url)
        case ENOENT: return .missingFolder(url)
        case ENOTDIR: return .notAFolder(url)
        case EISDIR: return .isFolder(url)
        case ENAMETOOLONG: return .nameTooLong(url)
        default: return .failed(url, operation: operation, code: code)
        }
    }

    /// The bytes that this user may still write to the file system of an open file.
    private static func freeBytes(_ descriptor: Int32) -> Int? {
        var status = statvfs()
        guard descriptor >= 0, fstatvfs(descriptor, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? nil : Int(exactly: bytes)
    }
}
