import Foundation
import Testing

@testable import DurableFiles

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Records that outlive whatever ends the writing.
@Suite struct RecordStoreTests {
    private func key(_ number: Int) -> RecordStore.Key { RecordStore.Key(of: "record \(number)") }

    /// Contents of different lengths, one of them empty.
    private func content(_ number: Int) -> [UInt8] {
        (0..<(number * 7 % 31)).map { UInt8(truncatingIfNeeded: $0 * 5 + number) }
    }

    @Test func checksumsAreCastagnolis() {
        // RFC 3720, appendix B.4, and the usual check value.
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum([]) == 0)
    }

    /// Eight bytes at a time and one at a time are the same sum.
    @Test func checksumsOfEveryLengthAgreeWithTheDefinition() {
        let bytes = (0..<70).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + 7) }
        for count in 0...bytes.count {
            var sum = ~UInt32(0)
            for byte in bytes[..<count] {
                sum ^= UInt32(byte)
                for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
            }
            #expect(CRC32C.checksum(bytes[..<count]) == ~sum)
        }
    }

    @Test func whatIsKeptIsFoundAgain() async throws {
        try await withTemporaryFolder { folder in
            let place = folder.appending(path: "new/cache")
            let store = try RecordStore(place)
            for number in 0..<50 { try store.keep(content(number), as: key(number)) }
            try store.keep([1, 2, 3], as: key(7))
            for store in [store, try RecordStore(place)] {
                #expect(store.count == 50 && store.damages == 0)
                for number in 0..<50 {
                    #expect(
                        store.bytes(of: key(number)) == .found(number == 7 ? [1, 2, 3] : content(number)))
                }
                #expect(store.bytes(of: key(50)) == .missing)
            }
            // The second one was opened beside the first.
            #expect(try names(in: place) == ["records-0", "records-1"])
        }
    }

    @Test func severalWritersHaveFilesOfTheirOwn() async throws {
        try await withTemporaryFolder { folder in
            do {
                let (first, second) = (try RecordStore(folder), try RecordStore(folder))
                let third = try RecordStore(folder, writing: 5)
                try first.keep([1], as: key(1))
                try second.keep([2], as: key(2))
                try third.keep([3], as: key(3))
                #expect(try names(in: folder) == ["records-0", "records-1", "records-5"])
            }
            let all = try RecordStore(folder)
            for number in 1...3 { #expect(all.bytes(of: key(number)) == .found([UInt8(number)])) }
            try all.keep([9], as: key(2))
            // The same key in two files: each is a sound record of that name.
            #expect(all.bytes(of: key(2)) == .found([9]))
        }
    }

    /// Processes that write at the same time find each other's records after a while, also in files that are new.
    @Test func whatOthersWriteIsFoundMeanwhile() async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = (try RecordStore(folder), try RecordStore(folder))
            func lookLong(_ number: Int) -> RecordStore.Answer {
                for _ in 0..<200 {
                    let answer = first.bytes(of: key(number))
                    if answer != .missing { return answer }
                }
                return .missing
            }
            for round in 0..<3 {
                try second.keep(content(round), as: key(round))
                #expect(lookLong(round) == .found(content(round)))
            }
            try first.keep([7], as: key(7))
            #expect(first.bytes(of: key(7)) == .found([7]) && first.count == 4)
            #expect(lookLong(99) == .missing)
        }
    }

    /// The file of three records, as bytes, and where the records end in it.
    private func three(_ folder: URL) throws -> (bytes: Data, ends: [Int]) {
        let store = try RecordStore(folder)
        var ends: [Int] = []
        for number in 1...3 {
            try store.keep(content(number), as: key(number))
            ends.append(store.byteCount)
        }
        return (try Data(contentsOf: folder.appending(path: "records-0")), ends)
    }

    @Test func aFileThatEndsAnywhereKeepsItsBeginning() async throws {
        try await withTemporaryFolder { folder in
            let (bytes, ends) = try three(folder)
            for length in 0...bytes.count {
                try bytes.prefix(length).write(to: folder.appending(path: "records-0"))
                let store = try RecordStore(folder)
                for number in 1...3 {
                    let isWhole = ends[number - 1] <= length
                    #expect(
                        store.bytes(of: key(number)) == (isWhole ? .found(content(number)) : .missing),
                        "\(length) bytes, record \(number)")
                }
                try store.keep([8, 8], as: key(8))
                let again = try RecordStore(folder, writing: 1)
                #expect(again.bytes(of: key(8)) == .found([8, 8]) && again.damages == 0)
                try FileManager.default.removeItem(at: folder.appending(path: "records-1"))
            }
        }
    }

    @Test func aDamagedByteIsNeverTakenForTheTruth() async throws {
        try await withTemporaryFolder { folder in
            let (bytes, ends) = try three(folder)
            for place in 16..<bytes.count {
                // A process that a test beside this one starts may hold the last round's lock for a moment; that round
                // then wrote into the next file.
                try? FileManager.default.removeItem(at: folder.appending(path: "records-1"))
                var damaged = bytes
                damaged[place] ^= 0x10
                try damaged.write(to: folder.appending(path: "records-0"))
                let store = try RecordStore(folder)
                let hurt = 1 + (ends.firstIndex { place < $0 } ?? 0)
                for number in 1...3 where number != hurt {
                    #expect(store.bytes(of: key(number)) == .found(content(number)), "byte \(place)")
                }
                let answer = store.bytes(of: key(hurt))
                #expect(answer == .missing || answer == .damaged, "byte \(place)")
                #expect(store.bytes(of: key(hurt)) == .missing)
                // Made again, it is there for good.
                try store.keep(content(hurt), as: key(hurt))
                #expect(store.bytes(of: key(hurt)) == .found(content(hurt)))
            }
        }
    }

    @Test func otherFilesAreLeftAlone() async throws {
        try await withTemporaryFolder { folder in
            let other = folder.appending(path: "records-0")
            try Data("somebody's diary, with more than sixteen letters".utf8).write(to: other)
            let store = try RecordStore(folder)
            try store.keep([1], as: key(1))
            #expect(store.bytes(of: key(1)) == .found([1]))
            #expect(try text(of: other).hasPrefix("somebody's diary"))
            #expect(try names(in: folder) == ["records-0", "records-1"])
        }
    }

    @Test func aFileInTheFoldersPlaceIsAnError() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "cache")
            try Data("no folder".utf8).write(to: file)
            #expect(throws: DurableFileError.self) { try RecordStore(file) }
        }
    }

    /// A process that keeps records is killed at an arbitrary moment; each time the next one finds what is whole.
    @Test func killedAtAnyMomentWhatWasKeptIsThere() async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path()
            var before = 0
            for _ in 0..<4 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                    let store = try RecordStore(URL(filePath: path, directoryHint: .isDirectory))
                    let start = store.count
                    func keep(_ number: Int) throws {
                        let byte = UInt8(truncatingIfNeeded: number)
                        try store.keep(
                            [UInt8](repeating: byte, count: 20_000 + number % 100),
                            as: RecordStore.Key(of: "\(number)"))
                    }
                    try keep(start)
                    Thread.detachNewThread {
                        usleep(.random(in: 0...20_000))
                        kill(getpid(), SIGKILL)
                    }
                    for number in start + 1..<Int.max { try keep(number) }
                }
                let store = try RecordStore(folder)
                #expect(store.damages == 0 && store.count > before)
                for number in 0..<store.count {
                    let byte = UInt8(truncatingIfNeeded: number)
                    #expect(
                        store.bytes(of: RecordStore.Key(of: "\(number)"))
                            == .found([UInt8](repeating: byte, count: 20_000 + number % 100)))
                }
                before = store.count
            }
        }
    }

    #if os(Linux)
        @Test(.enabled(if: SmallDisk.isAllowed, "mounting a small file system needs root"))
        func aFullDiskKeepsWhatIsThere() async throws {
            try await withTemporaryFolder { folder in
                try SmallDisk.mounted(at: folder, bytes: 1 << 20) {
                    let store = try RecordStore(folder)
                    try store.keep([UInt8](repeating: 1, count: 600_000), as: key(1))
                    do {
                        try store.keep([UInt8](repeating: 2, count: 600_000), as: key(2))
                        Issue.record("more was kept than there is room")
                    } catch DurableFileError.diskFull(_, let wanted, _) {
                        #expect(wanted == 600_032)
                    }
                    try store.keep([3], as: key(3))
                    let again = try RecordStore(folder, writing: 1)
                    #expect(again.bytes(of: key(1)) == .found([UInt8](repeating: 1, count: 600_000)))
                    #expect(again.bytes(of: key(2)) == .missing && again.bytes(of: key(3)) == .found([3]))
                }
            }
        }
    #endif
}
