public import Foundation

/// A folder of pictures in any depth, with captions in `.txt` files beside them or in one `metadata.jsonl`.
///
/// `metadata.jsonl` holds one object a line with `file_name` and `text` (or `caption`), as Hugging Face's ImageFolder
/// has it; a picture that it names twice is two examples, and one that it does not name may still have a `.txt` file.
/// Pictures are numbered by their paths in the order of their bytes, whatever the file system says. Hidden files are
/// passed over; links are followed to files within the folder only.
public struct PictureFolder: PictureSource {
    /// The folder's path as it was given.
    public let title: String
    /// What was found beside the pictures.
    public let findings: SourceFindings
    /// A number that changes with the names and lengths of the files and with `metadata.jsonl`.
    public let fingerprint: UInt64
    private let root: String
    private let names: PackedStrings
    /// Captions of `metadata.jsonl`; empty texts stand for none.
    private let captions: PackedStrings
    private let hasTextFile: [Bool]

    /// The endings that pictures have.
    static let endings: Set<String> = ["png", "jpg", "jpeg", "jpe", "jfif", "webp"]
    /// The longest picture file, in bytes.
    static let longestFile = 1 << 30

    /// Reads the names in a folder; no picture is opened.
    ///
    /// - Throws: `PictureDataError` when there is no such folder, it holds no picture, or its metadata is broken or
    ///   names something outside of it.
    public init(_ url: URL, named title: String? = nil) throws(PictureDataError) {
        self.title = title ?? url.path
        let listing = try FolderListing(url, title: self.title)
        var findings = listing.findings
        var hash = RunningHash()
        var names = PackedStrings()
        var captions = PackedStrings()
        var textFiles: [Bool] = []
        func add(_ name: String, _ caption: String?, size: Int) {
            let hasText = caption == nil && listing.texts.contains(Self.stem(of: name))
            names.append(name)
            captions.append(caption ?? "")
            textFiles.append(hasText)
            if caption == nil, !hasText { findings.captionless.add(name) }
            hash.add(name.utf8)
            hash.add(UInt64(size))
            hash.add((caption ?? "").utf8)
            if hasText { hash.add(UInt64(listing.sizes[Self.stem(of: name) + ".txt"] ?? 0)) }
        }
        var described: Set<String> = []
        if let file = listing.metadata {
            let lines = try FolderMetadata.lines(of: file, title: self.title)
            for line in lines.sorted(by: { $0.precedes($1) }) {
                guard let size = listing.sizes[line.name] else {
                    findings.missing.add(line.name)
                    continue
                }
                described.insert(line.name)
                add(line.name, line.caption, size: size)
            }
        }
        for name in listing.pictures where !described.contains(name) {
            add(name, nil, size: listing.sizes[name] ?? 0)
        }
        guard names.count > 0 else {
            throw .noPictures(source: self.title, ignored: findings.ignored.count)
        }
        (root, self.names, self.captions, hasTextFile) = (listing.root, names, captions, textFiles)
        (self.findings, fingerprint) = (findings, hash.value)
    }

    /// How many pictures there are.
    public var count: Int { names.count }
    /// The picture's path within the folder.
    public func name(at index: Int) -> String { names[index] }
    /// The ending of the picture's file.
    public func ending(at index: Int) -> String { Self.ending(of: names[index]) }

    /// The bytes of a picture file.
    /// - Throws: `PictureDataError.unreadable` when it went away or is longer than 1 GiB.
    public func bytes(at index: Int) throws(PictureDataError) -> Data {
        try start(at: index, count: .max)
    }

    /// The first bytes of a picture file.
    /// - Throws: as `bytes(at:)`.
    public func start(at index: Int, count: Int) throws(PictureDataError) -> Data {
        let file = try opened(names[index])
        guard file.size <= Self.longestFile else {
            throw .unreadable(
                path: names[index],
                reason: "the file has \(file.size) bytes, a picture at most \(Self.longestFile)")
        }
        return try file.bytes(at: 0, count: min(count, file.size))
    }

    /// The path of a picture file, its length and when it was changed.
    /// - Throws: `PictureDataError.unreadable` when it went away.
    public func identity(at index: Int) throws(PictureDataError) -> String {
        let file = try opened(names[index])
        return "\(file.path)\n\(file.size) \(file.modified)"
    }

    /// The caption of `metadata.jsonl`, else that of the `.txt` file.
    /// - Throws: `PictureDataError.unreadable` when the file went away or is longer than 64 KiB.
    public func caption(at index: Int) throws(PictureDataError) -> String? {
        if !captions.utf8(at: index).isEmpty { return captions[index] }
        guard hasTextFile[index] else { return nil }
        let name = Self.stem(of: names[index]) + ".txt"
        let file = try opened(name)
        guard file.size <= CaptionText.longest else {
            throw .unreadable(
                path: name,
                reason: "the file has \(file.size) bytes, a caption at most \(CaptionText.longest)")
        }
        return CaptionText.tidy(String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self))
    }

    /// Opens a file of the folder; a link must still lead to a place within it.
    private func opened(_ name: String) throws(PictureDataError) -> OpenFile {
        guard let real = FolderListing.realPath(root + "/" + name), real.hasPrefix(root + "/") else {
            throw .unreadable(path: name, reason: "there is no such file within the folder any more")
        }
        return try OpenFile(real, followingLink: false)
    }

    /// The name without its ending.
    static func stem(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), !name[dot...].contains("/") else { return name }
        return String(name[..<dot])
    }
    /// The ending in lower case, without the dot.
    static func ending(of name: String) -> String {
        guard let dot = name.lastIndex(of: "."), !name[dot...].contains("/") else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }
}
