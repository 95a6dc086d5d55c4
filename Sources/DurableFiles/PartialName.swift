import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The names of temporary files and folders, and the lock that tells a living one from a left-over.
///
/// Whoever fills a partial holds an advisory lock on it; the system drops the lock when the process ends, however it
/// ends. So a partial that can be locked belongs to nobody, whatever process ids mean on a shared or restarted machine.
enum PartialName {
    /// `.NAME.PID-RANDOM.partial`; a long name is cut so that the result stays below 255 bytes.
    static func make(for name: String) -> String {
        var stem = ""
        for character in name {
            if stem.utf8.count + character.utf8.count > 200 { break }
            stem.append(character)
        }
        let random = String(UInt64.random(in: .min ... .max), radix: 16)
        return ".\(stem).\(getpid())-\(random).partial"
    }

    /// True for names that `make(for:)` gives.
    static func matches(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].isEmpty, parts[parts.count - 1] == "partial" else { return false }
        let mark = parts[parts.count - 2].split(separator: "-", omittingEmptySubsequences: false)
        return mark.count == 2 && Int32(mark[0]) != nil && UInt64(mark[1], radix: 16) != nil
    }

    /// Creates and locks an empty temporary file in the folder of `target`.
    static func createFile(
        beside target: String, for url: URL
    ) throws(DurableFileError) -> (descriptor: Int32, path: String) {
        let (folder, name) = System.split(target)
        while true {
            let path = folder + "/" + make(for: name)
            let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                _ = lock(descriptor)
                // A clearing of left-overs may have come between the two calls: then begin again.
                var status = stat()
                if fstat(descriptor, &status) == 0, status.st_nlink > 0 { return (descriptor, path) }
                close(descriptor)
            } else if errno != EEXIST && errno != EINTR {
                throw System.error(errno, "create a file beside", url)
            }
        }
    }

    /// Creates and locks an empty temporary folder in the folder of `target`.
    static func createFolder(
        beside target: String, for url: URL
    ) throws(DurableFileError) -> (descriptor: Int32, path: String) {
        let (folder, name) = System.split(target)
        while true {
            let path = folder + "/" + make(for: name)
            guard mkdir(path, 0o777) == 0 else {
                if errno == EEXIST { continue }
                throw System.error(errno, "create a folder beside", url)
            }
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if descriptor < 0, errno == ENOENT { continue }
            guard descriptor >= 0 else {
                let code = errno
                rmdir(path)
                throw System.error(code, "open", url)
            }
            _ = lock(descriptor)
            var status = stat()
            if stat(path, &status) == 0 { return (descriptor, path) }
            close(descriptor)
        }
    }

    /// Takes the lock of an open partial; false when somebody holds it or the file system knows no locks.
    static func lock(_ descriptor: Int32) -> Bool {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
}
