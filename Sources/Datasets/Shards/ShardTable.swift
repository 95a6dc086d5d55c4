import DurableFiles
import Foundation

/// Where the pictures and captions of one tar file lie: 24 bytes an example.
struct ShardTable: Sendable, Equatable {
    /// One example.
    struct Entry: Sendable, Equatable {
        var pictureOffset: UInt64
        /// 0 for none.
        var captionOffset: UInt64
        var pictureSize: UInt32
        /// The caption's length, with `jsonMark` when it is JSON.
        var captionSize: UInt32

        static let jsonMark: UInt32 = 1 << 31
    }
    /// Length of the tar file that the table is about.
    let size: Int
    /// When that file was last changed.
    let modified: Int64
    /// The examples in the file's order.
    private(set) var entries: [Entry] = []
    /// Members that are neither pictures nor captions.
    private(set) var ignored = 0

    /// Reads all headers of a tar file.
    ///
    /// Neighbours whose names agree up to the first dot of the last part are one example, as WebDataset has it.
    init(_ file: OpenFile, title: String) throws(PictureDataError) {
        (size, modified) = (file.size, file.modified)
        var walker = try TarWalker(file, title: title)
        var group = Group(key: "")
        while let member = try walker.next() {
            let last = member.name.split(separator: "/").last ?? ""
            guard member.isFile, !last.hasPrefix("."), let dot = last.firstIndex(of: ".") else {
                if member.isFile { ignored += 1 }
                continue
            }
            let ending = last[last.index(after: dot)...].lowercased()
            let key = String(member.name.dropLast(last.distance(from: dot, to: last.endIndex)))
            if key != group.key {
                close(group)
                group = Group(key: key)
            }
            if !group.take(member, ending) { ignored += 1 }
        }
        close(group)
    }

    private mutating func close(_ group: Group) {
        guard let picture = group.picture else {
            if group.caption != nil { ignored += 1 }
            return
        }
        let mark = group.isJSON ? Entry.jsonMark : 0
        entries.append(
            Entry(
                pictureOffset: UInt64(picture.offset), captionOffset: UInt64(group.caption?.offset ?? 0),
                pictureSize: UInt32(picture.size), captionSize: UInt32(group.caption?.size ?? 0) | mark))
    }

    /// Members of one name.
    private struct Group {
        let key: String
        var picture, caption: TarWalker.Member?
        var isJSON = false

        /// Keeps a picture or caption: the first of each kind, text before JSON.
        mutating func take(_ member: TarWalker.Member, _ ending: String) -> Bool {
            if PictureFolder.endings.contains(ending), picture == nil,
                (1...PictureFolder.longestFile).contains(member.size)
            {
                picture = member
                return true
            }
            let isFirst = caption == nil || isJSON && ending == "txt"
            guard ending == "txt" || ending == "json", isFirst,
                (1...CaptionText.longest).contains(member.size)
            else { return false }
            (caption, isJSON) = (member, ending == "json")
            return true
        }
    }
}

/// Tables on the disk, so that a million headers need not be read again.
extension ShardTable {
    private static let magic = Array("DARKROOM-SHARD-1".utf8)
    private static let headerLength = 16 + 4 * 8
    private static let entryLength = 24

    /// The table as bytes: a mark, four numbers, the entries, a fingerprint of all that; least bytes first.
    var bytes: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerLength + entries.count * Self.entryLength + 8)
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for value in [Int64(size), modified, Int64(entries.count), Int64(ignored)] { put(value) }
        for entry in entries {
            put(entry.pictureOffset)
            put(entry.captionOffset)
            put(entry.pictureSize)
            put(entry.captionSize)
        }
        var hash = RunningHash()
        hash.add(bytes)
        put(hash.value)
        return bytes
    }

    /// A table from bytes; nil when they are not one, or one of another state of the file.
    init?(_ bytes: [UInt8], for file: OpenFile) {
        guard bytes.count >= Self.headerLength + 8, bytes.starts(with: Self.magic) else { return nil }
        var hash = RunningHash()
        hash.add(bytes.dropLast(8))
        var place = Self.magic.count
        func take<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
            let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Value.self) }
            place += MemoryLayout<Value>.size
            return Value(littleEndian: value)
        }
        let size = take(Int64.self)
        let modified = take(Int64.self)
        let count = take(Int64.self)
        let ignored = take(Int64.self)
        let room = (bytes.count - Self.headerLength - 8) / Self.entryLength
        guard size == Int64(file.size), modified == file.modified, count == Int64(room), ignored >= 0,
            bytes.count == Self.headerLength + room * Self.entryLength + 8
        else { return nil }
        (self.size, self.modified, self.ignored) = (file.size, modified, Int(ignored))
        entries.reserveCapacity(room)
        let end = UInt64(file.size)
        for _ in 0..<room {
            let entry = Entry(
                pictureOffset: take(UInt64.self), captionOffset: take(UInt64.self),
                pictureSize: take(UInt32.self), captionSize: take(UInt32.self))
            let captionSize = UInt64(entry.captionSize & ~Entry.jsonMark)
            guard entry.pictureOffset <= end, UInt64(entry.pictureSize) <= end - entry.pictureOffset,
                entry.captionOffset <= end, captionSize <= end - entry.captionOffset
            else { return nil }
            entries.append(entry)
        }
        guard take(UInt64.self) == hash.value else { return nil }
    }
}
