public import Foundation
import Synchronization

/// A folder of records that grows: bytes by key, kept over runs and found again, with checksums.
///
/// Each process that writes has a file of its own (`records-0`, `records-1`, …) and reads all of them, so that several may
/// share a folder. A record is there whole or not at all, whatever ends the writing; a damaged one is told as such when it
/// is asked for. Writing leaves it to the system when bytes reach the disk: a lost record can be made again.
public final class RecordStore: Sendable {
    /// The name of a record: 128 bits.
    public struct Key: Hashable, Sendable {
        let first, second: UInt64

        init(_ first: UInt64, _ second: UInt64) { (self.first, self.second) = (first, second) }

        /// The key of a text that says what a record is made of: the beginning of its SHA-256.
        public init(of text: String) {
            let digits = SHA256.digits(of: Data(text.utf8))
            first = UInt64(digits.prefix(16), radix: 16) ?? 0
            second = UInt64(digits.dropFirst(16).prefix(16), radix: 16) ?? 0
        }
    }
    /// What is known under a key.
    public enum Answer: Sendable, Equatable {
        /// The bytes that were kept.
        case found([UInt8])
        /// Nothing.
        case missing
        /// A record whose bytes are not those that were kept; it is forgotten.
        case damaged
    }

    private struct State {
        /// File and offset by the first half of the key.
        var places: [UInt64: UInt64] = [:]
        /// Where the next record is put.
        var end: Int
    }
    private let logs: [RecordLog]
    /// The place in `logs` of the file that is written.
    private let writer: Int?
    private let state: Mutex<State>
    /// Stretches between records that no longer can be read; what they held is missing.
    public let damages: Int

    /// Files of one folder; 8 bits of a place tell them apart.
    private static let mostFiles = 200
    private static let offsetBits: UInt64 = 56

    /// Opens the records in a folder, which is created when it is new; contents are not read.
    ///
    /// - Parameters:
    ///   - folder: where the files lie.
    ///   - first: the number of the file to write, unless another process writes it: then the next one that is free.
    /// - Throws: `DurableFileError` when the folder cannot be made or written.
    public init(_ folder: URL, writing first: Int = 0) throws(DurableFileError) {
        try Self.make(folder)
        var logs: [RecordLog] = []
        var places: [UInt64: UInt64] = [:]
        var (end, damages) = (0, 0)
        var writer: Int?
        func file(_ number: Int) -> URL {
            folder.appending(path: "records-\(number)", directoryHint: .notDirectory)
        }
        for number in 0..<Self.mostFiles {
            let isThere = FileManager.default.fileExists(atPath: file(number).path(percentEncoded: false))
            let wantsToWrite = writer == nil && number >= first
            guard isThere || wantsToWrite else { continue }
            guard let log = try RecordLog(file(number), creating: wantsToWrite) else { continue }
            let known = log.entries()
            for entry in known.entries {
                places[entry.key.first] = UInt64(logs.count) << Self.offsetBits | UInt64(entry.offset)
            }
            damages += known.damages
            if log.isWritable, wantsToWrite { (writer, end) = (logs.count, known.end) }
            logs.append(log)
        }
        (self.logs, self.writer, self.damages) = (logs, writer, damages)
        state = Mutex(State(places: places, end: end))
    }

    private static func make(_ folder: URL) throws(DurableFileError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch let error as CocoaError {
            switch error.code {
            case .fileWriteOutOfSpace: throw .diskFull(folder, wanted: 0, free: nil)
            case .fileWriteVolumeReadOnly: throw .readOnlyFileSystem(folder)
            case .fileWriteNoPermission: throw .permissionDenied(folder, operation: "create")
            default: throw .notAFolder(folder)
            }
        } catch {
            throw .notAFolder(folder)
        }
    }

    /// How many records can be found.
    public var count: Int { state.withLock { $0.places.count } }

    /// Bytes of all files.
    public var byteCount: Int { logs.reduce(0) { $0 + $1.size } }

    /// What is kept under a key.
    public func bytes(of key: Key) -> Answer {
        guard let place = state.withLock({ $0.places[key.first] }) else { return .missing }
        let offset = Int(place & (1 << Self.offsetBits - 1))
        if let content = logs[Int(place >> Self.offsetBits)].content(at: offset, of: key) {
            return .found(content)
        }
        return state.withLock { state in
            // Another thread may have put it right meanwhile.
            if state.places[key.first] == place { state.places[key.first] = nil }
            return .damaged
        }
    }

    /// Keeps bytes under a key, in place of what was there.
    ///
    /// - Throws: `DurableFileError`, such as a full disk; no part of the record remains then.
    public func keep(_ bytes: [UInt8], as key: Key) throws(DurableFileError) {
        guard let writer, bytes.count <= RecordLog.longest else { return }
        let log = logs[writer]
        try state.withLock { (state) throws(DurableFileError) in
            let start = state.end
            state.end = try log.write(bytes, of: key, at: start)
            state.places[key.first] = UInt64(writer) << Self.offsetBits | UInt64(start)
        }
    }
}
