import Diagnostics
import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The names of the files in a folder, in any depth.
struct FolderListing {
    /// The folder's real path, without a closing slash.
    let root: String
    /// Paths of pictures, in the order of their bytes.
    private(set) var pictures: [String] = []
    /// Lengths of all files by path.
    private(set) var sizes: [String: Int] = [:]
    /// Paths of caption files without their ending.
    private(set) var texts: Set<String> = []
    private(set) var findings = SourceFindings()
    /// The file with captions, when there is one.
    private(set) var metadata: OpenFile?

    static let metadataName = "metadata.jsonl"
    /// Folders within folders.
    private static let deepest = 64

    init(_ url: URL, title: String) throws(PictureDataError) {
        guard let real = Self.realPath(url.path) else {
            throw .missing(path: title, nearest: Self.neighbour(of: url))
        }
        root = real
        var files: [String] = []
        try list("", depth: 0, into: &files, title: title)
        files.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in files {
            let ending = PictureFolder.ending(of: name)
            if PictureFolder.endings.contains(ending) {
                pictures.append(name)
            } else if ending == "txt" {
                texts.insert(PictureFolder.stem(of: name))
            } else if name != Self.metadataName {
                findings.ignored.add(name)
            }
        }
        if sizes[Self.metadataName] != nil {
            metadata = try OpenFile(root + "/" + Self.metadataName)
        }
    }

    private mutating func list(
        _ folder: String, depth: Int, into files: inout [String], title: String
    ) throws(PictureDataError) {
        let place = folder.isEmpty ? root : root + "/" + folder
        guard let handle = opendir(place) else {
            throw .unreadable(
                path: folder.isEmpty ? title : folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(handle) }
        var folders: [String] = []
        while let entry = readdir(handle) {
            // The entry may be shorter than the type says: its name is read where it lies.
            let last = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            guard !last.hasPrefix(".") else { continue }
            let name = folder.isEmpty ? last : folder + "/" + last
            var status = stat()
            guard lstat(root + "/" + name, &status) == 0 else {
                findings.ignored.add(name)
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                files.append(name)
                sizes[name] = Int(status.st_size)
            case S_IFDIR: folders.append(name)
            case S_IFLNK:
                guard let real = Self.realPath(root + "/" + name), real.hasPrefix(root + "/"),
                    stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFREG
                else {
                    findings.links.add(name)
                    continue
                }
                files.append(name)
                sizes[name] = Int(status.st_size)
            default: findings.ignored.add(name)
            }
        }
        guard depth < Self.deepest || folders.isEmpty else {
            throw .unreadable(
                path: folders[0], reason: "folders lie in folders more than \(Self.deepest) deep")
        }
        for folder in folders { try list(folder, depth: depth + 1, into: &files, title: title) }
    }

    /// The path with all links followed; nil when nothing stands there.
    static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        let text = String(cString: resolved)
        return text == "/" ? "" : text
    }

    /// A name beside the one that is missing and much like it.
    static func neighbour(of url: URL) -> String? {
        let folder = url.deletingLastPathComponent()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return NearestName.nearest(to: url.lastPathComponent, among: names).first
    }
}

/// `metadata.jsonl`: one JSON object a line.
enum FolderMetadata {
    /// A picture's path within the folder and its caption.
    struct Line {
        let name: String
        let caption: String?
        let number: Int

        func precedes(_ other: Line) -> Bool {
            name == other.name
                ? number < other.number : name.utf8.lexicographicallyPrecedes(other.name.utf8)
        }
    }
    private static let longestFile = 1 << 30
    private static let longestLine = 1 << 20

    /// Reads all lines; empty ones are passed over.
    static func lines(of file: OpenFile, title: String) throws(PictureDataError) -> [Line] {
        let path = title + "/" + FolderListing.metadataName
        guard file.size <= longestFile else {
            throw .unreadable(
                path: path, reason: "it has \(file.size) bytes; at most \(longestFile) are read")
        }
        let data = try file.bytes(at: 0, count: file.size)
        var lines: [Line] = []
        var number = 0
        for text in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard text.contains(where: { $0 > 0x20 }) else { continue }
            lines.append(try line(text, number: number, path: path))
        }
        return lines
    }

    private static func line(_ text: Data, number: Int, path: String) throws(PictureDataError) -> Line {
        func bad(_ reason: String) -> PictureDataError {
            .badMetadata(file: path, line: number, reason: reason)
        }
        guard text.count <= longestLine else { throw bad("the line has \(text.count) bytes") }
        guard let object = try? JSONSerialization.jsonObject(with: text) as? [String: Any] else {
            throw bad("expected a JSON object")
        }
        guard let name = object["file_name"] as? String else {
            throw bad("expected text at \"file_name\"")
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.utf8.contains(0), parts.allSatisfy({ $0 != ".." && !$0.isEmpty }) else {
            throw .unsafeName(file: path, line: number, name: name)
        }
        let tidied = parts.filter { $0 != "." }.joined(separator: "/")
        do throws(CaptionText.Misfit) {
            return Line(name: tidied, caption: try CaptionText.caption(in: object), number: number)
        } catch {
            throw bad(error.reason)
        }
    }
}
