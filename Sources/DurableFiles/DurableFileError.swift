public import Diagnostics
public import Foundation

/// Says why a file could not be brought to the disk.
public enum DurableFileError: ActionableError, Equatable {
    /// The file system has no room; `wanted` bytes of this file were to be written, `free` are there.
    case diskFull(URL, wanted: Int, free: Int?)
    /// The user's share of the file system is used up; `wanted` bytes of this file were to be written.
    case quotaReached(URL, wanted: Int)
    /// The file would be larger than the file system or the limit of this process allows.
    case fileTooLarge(URL, wanted: Int)
    /// This user may not do that there.
    case permissionDenied(URL, operation: String)
    /// The file system takes no writes at all.
    case readOnlyFileSystem(URL)
    /// The folder that should hold the file does not exist.
    case missingFolder(URL)
    /// A folder stands where a file is to be written.
    case isFolder(URL)
    /// Something else stands where a folder is needed.
    case notAFolder(URL)
    /// A device, pipe or socket stands where a file is to be written.
    case notARegularFile(URL)
    /// The file system takes no name as long as this.
    case nameTooLong(URL)
    /// A log line holds a line break.
    case lineBreakInLine(URL)
    /// Anything else; `code` is the system's error number.
    case failed(URL, operation: String, code: Int32)

    /// One sentence: which file, what was tried, what stood in the way.
    public var summary: String {
        switch self {
        case .diskFull(let url, let wanted, let free):
            let room = free.map { "\(Self.size($0)) free" } ?? "free space unknown"
            let need = wanted > 0 ? "at least \(Self.size(wanted)) needed, " : ""
            return "\(Self.name(url)): the disk is full (\(need)\(room))"
        case .quotaReached(let url, let wanted):
            let need = wanted > 0 ? " (at least \(Self.size(wanted)) needed)" : ""
            return "\(Self.name(url)): your disk quota is used up\(need)"
        case .fileTooLarge(let url, let wanted):
            let need = wanted > 0 ? " of at least \(Self.size(wanted))" : ""
            return
                "\(Self.name(url)): a file\(need) is larger than the file system or the process's limit allows"
        case .permissionDenied(let url, let operation):
            return "\(Self.name(url)): no permission to \(operation) it"
        case .readOnlyFileSystem(let url):
            return "\(Self.name(url)): the file system is read-only"
        case .missingFolder(let url):
            return
                "\(Self.name(url)): the folder \(Self.name(url.deletingLastPathComponent())) does not exist"
        case .isFolder(let url):
            return "\(Self.name(url)): expected a file to write, found a folder"
        case .notAFolder(let url):
            return "\(Self.name(url)): expected a folder, found something else in its path"
        case .notARegularFile(let url):
            return "\(Self.name(url)): expected a regular file, found a device, pipe or socket"
        case .nameTooLong(let url):
            return "\(Self.name(url)): the name is too long for the file system"
        case .lineBreakInLine(let url):
            return "\(Self.name(url)): expected one line to append, found a line break in it"
        case .failed(let url, let operation, let code):
            let reason = NSError(domain: NSPOSIXErrorDomain, code: Int(code)).localizedDescription
            return "\(Self.name(url)): cannot \(operation) it (error \(code): \(reason))"
        }
    }

    /// What to do about it, best first.
    public var advice: [String] {
        let untouched = "nothing was lost: what stood there before is unchanged"
        switch self {
        case .diskFull: return ["free some space, or choose a place on another disk", untouched]
        case .quotaReached: return ["delete files of yours, or choose a place outside the quota", untouched]
        case .fileTooLarge:
            return ["raise the limit (`ulimit -f`), or choose a place on another file system", untouched]
        case .permissionDenied(let url, _):
            return [
                "look at the owner and permissions: `ls -ld \"\(Self.name(url.deletingLastPathComponent()))\"`"
            ]
        case .readOnlyFileSystem: return ["choose a place on a disk that can be written"]
        case .missingFolder(let url): return ["`mkdir -p \"\(Self.name(url.deletingLastPathComponent()))\"`"]
        case .isFolder: return ["name a file inside the folder"]
        case .notAFolder: return ["choose another name, or move away what stands there"]
        case .notARegularFile: return ["name a file; devices and pipes cannot be replaced"]
        case .nameTooLong: return ["choose a shorter name (255 bytes at most on most file systems)"]
        case .lineBreakInLine: return ["append the lines one by one"]
        case .failed: return [untouched]
        }
    }

    private static func name(_ url: URL) -> String {
        let path = url.path(percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// Bytes in the unit that a reader would choose: `912 bytes`, `4.2 MB`.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1000 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        var value = Double(bytes)
        var unit = ""
        for next in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 999.95 {
            value /= 1000
            unit = next
        }
        return String(format: "%.1f %@", value, unit)
    }
}
