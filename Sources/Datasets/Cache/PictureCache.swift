public import DurableFiles
public import Foundation
import Images
import WeightFiles

/// Decoded and resized pictures on the disk, so that the next epoch and the next run need not decode them again.
///
/// A picture is known by its file (path, length, time of change, place in a tar file) and by all that was done to it, so a
/// changed file or setting is never answered with an old picture. What comes out is bit for bit what would be decoded.
public final class PictureCache: Sendable {
    private let records: TensorCache
    /// Changes when decoding or resizing changes what pixels come out.
    private static let version = 1

    /// Opens the cache in a folder, which is created when it is new.
    ///
    /// A full disk is no error: nothing is kept then, and a note says so.
    /// - Parameters:
    ///   - folder: where its files lie; several processes may use it.
    ///   - number: of the file to write first, such as this process's rank.
    /// - Throws: `DurableFileError` when the folder cannot be used.
    public init(_ folder: URL, writing number: Int = 0) throws(DurableFileError) {
        records = try TensorCache(
            folder, writing: number,
            words: .init(
                contents: "pictures", afterDamages: "the pictures there are decoded again",
                afterDamage: "the picture is decoded again"))
    }

    /// Bytes that one picture of a size takes on the disk.
    public static func byteCount(width: Int, height: Int) -> Int { 3 * width * height + overhead }
    /// Two heads: that of the store (32 bytes), and "U8" with three sides.
    private static let overhead = 32 + 16

    /// How many pictures are kept.
    public var count: Int { records.count }

    /// What happened since the last call that somebody should know.
    public func takeNotes() -> [String] { records.takeNotes() }

    /// The key of a picture: what it is made of and what is done to it.
    static func key(_ identity: String, _ treatment: String) -> RecordStore.Key {
        RecordStore.Key(of: "picture \(version)\n\(identity)\n\(treatment)")
    }

    /// The picture that is kept under a key; nil when there is none, or it is damaged.
    ///
    /// `name` is what notes call it.
    func image(_ key: RecordStore.Key, named name: @autoclosure () -> String) -> Image? {
        guard let record = records.record(key, named: name()), record.type == .uint8, record.shape.count == 3
        else { return nil }
        return try? Image(
            width: record.shape[1], height: record.shape[0], channels: record.shape[2], pixels: record.bytes)
    }

    /// Keeps a picture; when there is no room for it, or the disk fails, no more are kept.
    func keep(_ image: Image, as key: RecordStore.Key) {
        guard
            let record = TensorRecord(
                type: .uint8, shape: [image.height, image.width, image.channels], bytes: image.pixels)
        else { return }
        records.keep(record, as: key)
    }
}
