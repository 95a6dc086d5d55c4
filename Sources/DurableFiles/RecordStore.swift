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
        /// The files that are read, and how far each is known.
        var logs: [RecordLog] = []
        var ends: [Int] = []
        /// The numbers in their names.
        var numbers: Set<Int> = []
        /// File and offset by the first half of the key.
        var places: [UInt64: UInt64] = [:]
        var damages = 0
        /// How often nothing was found since the last look at what other processes wrote.
        var misses = 0
    }
    private let folder: URL
    /// The place among the files of the one that is written.
    private let writer: Int?
    private let state: Mutex<State>

    /// Files of one folder; 8 bits of a place tell them apart.
    private static let mostFiles = 200
    private static let offsetBits: UInt64 = 56
    /// After so many vain searches the files of other processes are looked at again.
    private static let mostMisses = 64

    /// Opens the records in a folder, which is created when it is new; contents are not read.
    ///
    /// - Parameters:
    ///   - folder: where the files lie.
    ///   - first: the number of the file to write, unless another process writes it: then the next one that is free.
    /// - Throws: `DurableFileError` when the folder cannot be made or written.
    public init(_ folder: URL, writing first: Int = 0) throws(DurableFileError) {
        try Self.make(folder)
        var state = State()
        var writer: Int?
        for number in 0..<Self.mostFiles {
            let wantsToWrite = writer == nil && number >= first
            guard wantsToWrite || Self.isThere(number, in: folder),
                let log = try RecordLog(Self.file(number, in: folder), creating: wantsToWrite)
            else { continue }
            if log.isWritable, wantsToWrite { writer = state.logs.count }
            state.logs.append(log)
            state.ends.append(RecordLog.start)
            state.numbers.insert(number)
            Self.read(state.logs.count - 1, &state)
        }
        (self.folder, self.writer) = (folder, writer)
        self.state = Mutex(state)
    }

    private static func file(_ number: Int, in folder: URL) -> URL {
        folder.appending(path: "records-\(number)", directoryHint: .notDirectory)
    }
    private static func isThere(_ number: Int, in folder: URL) -> Bool {
        FileManager.default.fileExists(atPath: file(number, in: folder).path(percentEncoded: false))
    }

    /// Takes up the records of a file that are not known yet.
    private static func read(_ index: Int, _ state: inout State) {
        let found = state.logs[index].entries(from: state.ends[index])
        for entry in found.entries {
            state.places[entry.key.first] = UInt64(index) << offsetBits | UInt64(entry.offset)
        }
        state.ends[index] = found.end
        state.damages += found.damages
    }

    /// Takes up what other processes have written meanwhile.
    private func look(_ state: inout State) {
        state.misses = 0
        for number in 0..<Self.mostFiles
        where !state.numbers.contains(number) && Self.isThere(number, in: folder) {
            // A file that is only just begun, or cannot be read, is looked at the next time.
            guard let log = try? RecordLog(Self.file(number, in: folder), creating: false) else { continue }
            state.logs.append(log)
            state.ends.append(RecordLog.start)
            state.numbers.insert(number)
        }
        for index in state.logs.indices where index != writer && state.logs[index].size > state.ends[index] {
            Self.read(index, &state)
        }
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

    /// Stretches between records that can no longer be read; what they held is missing.
    public var damages: Int { state.withLock { $0.damages } }

    /// Bytes of all files.
    public var byteCount: Int { state.withLock { $0.logs.reduce(0) { $0 + $1.size } } }

    /// What is kept under a key.
    public func bytes(of key: Key) -> Answer {
        let found = state.withLock { state -> (place: UInt64, log: RecordLog)? in
            if state.places[key.first] == nil {
                state.misses += 1
                if state.misses >= Self.mostMisses { look(&state) }
            }
            return state.places[key.first].map { ($0, state.logs[Int($0 >> Self.offsetBits)]) }
        }
        guard let (place, log) = found else { return .missing }
        if let content = log.content(at: Int(place & (1 << Self.offsetBits - 1)), of: key) {
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
        try state.withLock { (state) throws(DurableFileError) in
            let start = state.ends[writer]
            state.ends[writer] = try state.logs[writer].write(bytes, of: key, at: start)
            state.places[key.first] = UInt64(writer) << Self.offsetBits | UInt64(start)
        }
    }
}
