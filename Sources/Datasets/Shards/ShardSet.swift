import DurableFiles
public import Foundation

/// Tar files of pictures and captions, as WebDataset has them: `000017.jpg` and `000017.txt` (or `.json` with `text` or
/// `caption`) lie beside each other in the file.
///
/// Nothing is unpacked. A table of offsets (24 bytes an example) gives random access, so the order of examples is that
/// of any other source.
public struct ShardSet: PictureSource {
    /// What the files were called.
    public let title: String
    /// What was found beside the pictures.
    public let findings: SourceFindings
    /// A number that changes with the length of the files and with what lies where in them.
    public let fingerprint: UInt64
    /// Examples in all files.
    public let count: Int
    private let shards: [Shard]
    /// Files that are kept open; systems allow a process about a thousand.
    private static let mostOpen = 200

    private struct Shard {
        let path: String
        /// The path with all links followed.
        let realPath: String
        let title: String
        /// The open file; nil where there are so many that each is opened when it is needed.
        let file: OpenFile?
        let first: Int
        let table: ShardTable
    }

    /// Opens tar files; a folder stands for the `.tar` files in it.
    ///
    /// - Parameters:
    ///   - urls: files and folders, in their order.
    ///   - title: what messages call them; nil takes the first one's name.
    ///   - cache: a folder where tables are kept, which saves reading all headers the next time; nil keeps none. A table
    ///     counts only while its file has the same length and time of change.
    /// - Throws: `PictureDataError` when a file is missing, compressed, broken off or damaged, or there is no picture.
    public init(_ urls: [URL], named title: String? = nil, cache: URL? = nil) throws(PictureDataError) {
        self.title = title ?? urls.map(\.lastPathComponent).prefix(3).joined(separator: ", ")
        var shards: [Shard] = []
        var findings = SourceFindings()
        var hash = RunningHash()
        var count = 0
        let files = try Self.files(urls)
        for url in files {
            let name = url.lastPathComponent
            let file = try OpenFile(url.path)
            let table = try Self.table(of: file, title: name, cache: cache)
            hash.add(UInt64(file.size))
            for (index, entry) in table.entries.enumerated() {
                hash.add(entry.pictureOffset)
                hash.add(entry.captionOffset)
                if entry.captionOffset == 0 { findings.captionless.add("\(name)#\(index)") }
            }
            for _ in 0..<min(table.ignored, SourceFindings.Tally.namesKept) { findings.ignored.add(name) }
            findings.ignored.count += max(0, table.ignored - SourceFindings.Tally.namesKept)
            if !table.entries.isEmpty {
                shards.append(
                    Shard(
                        path: url.path, realPath: FolderListing.realPath(url.path) ?? url.path, title: name,
                        file: files.count <= Self.mostOpen ? file : nil,
                        first: count, table: table))
            }
            count += table.entries.count
        }
        guard count > 0 else { throw .noPictures(source: self.title, ignored: findings.ignored.count) }
        (self.shards, self.count, self.findings, fingerprint) = (shards, count, findings, hash.value)
    }

    /// The tar files that are meant, sorted by name within each folder.
    private static func files(_ urls: [URL]) throws(PictureDataError) -> [URL] {
        var files: [URL] = []
        for url in urls {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
                throw .missing(path: url.path, nearest: FolderListing.neighbour(of: url))
            }
            guard isFolder.boolValue else {
                files.append(url)
                continue
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            let tars = names.filter { $0.lowercased().hasSuffix(".tar") && !$0.hasPrefix(".") }
            guard !tars.isEmpty else {
                throw .unreadable(path: url.path, reason: "the folder holds no file that ends in .tar")
            }
            files += tars.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map {
                url.appending(path: $0)
            }
        }
        return files
    }

    private static func table(
        of file: OpenFile, title: String, cache: URL?
    ) throws(PictureDataError) -> ShardTable {
        guard let cache else { return try ShardTable(file, title: title) }
        var hash = RunningHash()
        hash.add((FolderListing.realPath(file.path) ?? file.path).utf8)
        let kept = cache.appending(path: String(hash.value, radix: 16) + ".shard")
        if let data = try? Data(contentsOf: kept), let table = ShardTable(Array(data), for: file) {
            return table
        }
        let table = try ShardTable(file, title: title)
        // A table that cannot be kept costs time the next time, nothing else.
        try? DurableFile.write(table.bytes, to: kept)
        return table
    }

    private func place(of index: Int) -> (shard: Shard, entry: ShardTable.Entry) {
        var (low, high) = (0, shards.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if shards[middle].first <= index { low = middle } else { high = middle }
        }
        return (shards[low], shards[low].table.entries[index - shards[low].first])
    }

    /// The member's name, with its tar file's.
    public func name(at index: Int) -> String {
        let (shard, _) = place(of: index)
        return "\(shard.title): \(member(at: index) ?? "example \(index - shard.first)")"
    }
    /// The ending of the member's name.
    public func ending(at index: Int) -> String {
        member(at: index).map { PictureFolder.ending(of: $0) } ?? ""
    }

    /// The name in the header before a picture.
    private func member(at index: Int) -> String? {
        let (shard, entry) = place(of: index)
        let start = Int(entry.pictureOffset) - 512
        guard start >= 0, let header = try? Self.bytes(shard, start, count: 100) else { return nil }
        let name = String(decoding: header.prefix { $0 != 0 }, as: UTF8.self)
        return name.isEmpty ? nil : name
    }

    /// The bytes of a picture.
    /// - Throws: `PictureDataError.unreadable` when the tar file became shorter.
    public func bytes(at index: Int) throws(PictureDataError) -> Data {
        try start(at: index, count: .max)
    }

    /// The first bytes of a picture.
    /// - Throws: as `bytes(at:)`.
    public func start(at index: Int, count: Int) throws(PictureDataError) -> Data {
        let (shard, entry) = place(of: index)
        return try Self.bytes(shard, Int(entry.pictureOffset), count: min(count, Int(entry.pictureSize)))
    }

    /// The path of the tar file, its length, when it was changed, and where in it a picture lies.
    public func identity(at index: Int) throws(PictureDataError) -> String {
        let (shard, entry) = place(of: index)
        return "\(shard.realPath)\n\(shard.table.size) \(shard.table.modified) "
            + "\(entry.pictureOffset) \(entry.pictureSize)"
    }

    /// The words beside a picture.
    /// - Throws: `PictureDataError.unreadable` when they are JSON without text, or the tar file became shorter.
    public func caption(at index: Int) throws(PictureDataError) -> String? {
        let (shard, entry) = place(of: index)
        guard entry.captionOffset > 0 else { return nil }
        let isJSON = entry.captionSize & ShardTable.Entry.jsonMark != 0
        let count = Int(entry.captionSize & ~ShardTable.Entry.jsonMark)
        let data = try Self.bytes(shard, Int(entry.captionOffset), count: count)
        guard isJSON else { return CaptionText.tidy(String(decoding: data, as: UTF8.self)) }
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw .unreadable(path: name(at: index), reason: "the caption beside it is no JSON object")
        }
        do throws(CaptionText.Misfit) {
            return try CaptionText.caption(in: object)
        } catch {
            throw .unreadable(path: name(at: index), reason: "in the caption beside it, \(error.reason)")
        }
    }

    private static func bytes(_ shard: Shard, _ offset: Int, count: Int) throws(PictureDataError) -> Data {
        let file: OpenFile
        if let open = shard.file { file = open } else { file = try OpenFile(shard.path) }
        let data = file.size == shard.table.size ? try file.bytes(at: offset, count: count) : Data()
        guard data.count == count else {
            throw .unreadable(path: shard.title, reason: "it changed its length while it was in use")
        }
        return data
    }
}
