public import DurableFiles
public import Foundation
import Images
import Synchronization
import WeightFiles

/// Decoded and resized pictures on the disk, so that the next epoch and the next run need not decode them again.
///
/// A picture is known by its file (path, length, time of change, place in a tar file) and by all that was done to it, so a
/// changed file or setting is never answered with an old picture. What comes out is bit for bit what would be decoded.
public final class PictureCache: Sendable {
    private struct State {
        var isFull = false
        var notes: [String] = []
    }
    private let store: RecordStore?
    private let state: Mutex<State>
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
        var notes: [String] = []
        do throws(DurableFileError) {
            let store = try RecordStore(folder, writing: number)
            if store.damages > 0 {
                notes.append(
                    "\(folder.path(percentEncoded: false)): damaged in \(store.damages) places; the pictures there are "
                        + "decoded again")
            }
            self.store = store
        } catch {
            guard Self.isWantOfRoom(error) else { throw error }
            store = nil
            notes.append(Self.text(error))
        }
        state = Mutex(State(notes: notes))
    }

    private static func isWantOfRoom(_ error: DurableFileError) -> Bool {
        switch error {
        case .diskFull, .quotaReached, .fileTooLarge: true
        default: false
        }
    }

    private static func text(_ error: DurableFileError) -> String {
        "\(error.summary); training goes on, and no more pictures are kept"
    }

    /// Bytes that one picture of a size takes on the disk.
    public static func byteCount(width: Int, height: Int) -> Int { 3 * width * height + overhead }
    /// Two heads: that of the store (32 bytes), and "U8" with three sides.
    private static let overhead = 32 + 16

    /// How many pictures are kept.
    public var count: Int { store?.count ?? 0 }

    /// What happened since the last call that somebody should know.
    public func takeNotes() -> [String] {
        state.withLock { state in
            defer { state.notes = [] }
            return state.notes
        }
    }

    /// The key of a picture: what it is made of and what is done to it.
    static func key(_ identity: String, _ treatment: String) -> RecordStore.Key {
        RecordStore.Key(of: "picture \(version)\n\(identity)\n\(treatment)")
    }

    /// The picture that is kept under a key; nil when there is none, or it is damaged.
    ///
    /// `name` is what notes call it.
    func image(_ key: RecordStore.Key, named name: @autoclosure () -> String) -> Image? {
        switch store?.bytes(of: key) {
        case nil, .missing?: return nil
        case .found(let bytes)?:
            guard let record = TensorRecord(encoded: bytes), record.type == .uint8, record.shape.count == 3
            else { return nil }
            return try? Image(
                width: record.shape[1], height: record.shape[0], channels: record.shape[2],
                pixels: record.bytes)
        case .damaged?:
            let note = "the cache's record of \(name()) is damaged; the picture is decoded again"
            state.withLock { $0.notes.append(note) }
            return nil
        }
    }

    /// Keeps a picture; when there is no room for it, or the disk fails, no more are kept.
    func keep(_ image: Image, as key: RecordStore.Key) {
        guard let store, !state.withLock({ $0.isFull }),
            let record = TensorRecord(
                type: .uint8, shape: [image.height, image.width, image.channels], bytes: image.pixels)
        else { return }
        do throws(DurableFileError) {
            try store.keep(record.encoded, as: key)
        } catch {
            state.withLock {
                // Threads that were at it at once tell it once.
                if !$0.isFull { $0.notes.append(Self.text(error)) }
                $0.isFull = true
            }
        }
    }
}
