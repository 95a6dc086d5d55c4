import Foundation
import Testing

@testable import DurableFiles

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a kill, a size limit and a full disk leave behind; the violent parts run in child processes.
@Suite struct InterruptionTests {
    @Test(arguments: [0, 1, 300_000, 5_000_000])
    func killedWithinAWriteTheOldFileStands(bytesBefore: Int) async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.bin")
            try DurableFile.write(Array("old".utf8), to: url)
            let path = url.path()
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, bytesBefore = bytesBefore as Int] in
                try DurableFile.write(to: URL(filePath: path)) { writer in
                    try writer.write([UInt8](repeating: 7, count: bytesBefore))
                    kill(getpid(), SIGKILL)
                }
            }
            #expect(try text(of: url) == "old")
            #expect(try names(in: folder).count == 2)
            #expect(try DurableFile.removeStalePartials(in: folder).count == 1)
            #expect(try names(in: folder) == ["weights.bin"])
        }
    }

    @Test func killedWithinAFolderTheOldFolderStands() async throws {
        try await withTemporaryFolder { folder in
            let checkpoint = folder.appending(path: "checkpoint")
            try DurableFile.writeFolder(at: checkpoint) {
                try DurableFile.write([1], to: $0.appending(path: "a"))
            }
            let path = checkpoint.path()
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                try DurableFile.writeFolder(at: URL(filePath: path)) { partial in
                    try DurableFile.write([2], to: partial.appending(path: "b"))
                    kill(getpid(), SIGKILL)
                }
            }
            #expect(try names(in: checkpoint) == ["a"])
            #expect(try DurableFile.removeStalePartials(in: folder).count == 1)
            #expect(try names(in: folder) == ["checkpoint"])
        }
    }

    /// A process that replaces a file and a folder over and over is killed at an arbitrary moment, sixteen times.
    @Test(arguments: 0..<4)
    func killedAtAnyMomentEverythingIsWhole(round: Int) async throws {
        try await withTemporaryFolder { folder in
            let path = folder.path()
            let file = folder.appending(path: "weights.bin")
            let checkpoint = folder.appending(path: "checkpoint", directoryHint: .isDirectory)
            var generations: Set<Data> = []
            for _ in 0..<4 {
                await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                    let folder = URL(filePath: path, directoryHint: .isDirectory)
                    func writeAll(_ byte: UInt8) throws {
                        let bytes = [UInt8](repeating: byte, count: 100_000 + Int(byte) * 1000)
                        try DurableFile.write(bytes, to: folder.appending(path: "weights.bin"))
                        try DurableFile.writeFolder(at: folder.appending(path: "checkpoint")) { partial in
                            try DurableFile.write(bytes, to: partial.appending(path: "a"))
                            try DurableFile.write(bytes, to: partial.appending(path: "b"))
                        }
                    }
                    try writeAll(.random(in: 0...255))
                    Thread.detachNewThread {
                        usleep(.random(in: 0...40_000))
                        kill(getpid(), SIGKILL)
                    }
                    while true { try writeAll(.random(in: 0...255)) }
                }
                for found in [file, checkpoint.appending(path: "a")] {
                    let bytes = try Data(contentsOf: found)
                    let byte = try #require(bytes.first)
                    #expect(bytes == Data(repeating: byte, count: 100_000 + Int(byte) * 1000))
                    generations.insert(bytes)
                }
                let halves = try ["a", "b"].map { try Data(contentsOf: checkpoint.appending(path: $0)) }
                #expect(halves[0] == halves[1])
                #expect(try names(in: checkpoint) == ["a", "b"])
                try DurableFile.removeStalePartials(in: folder)
                #expect(try names(in: folder) == ["checkpoint", "weights.bin"])
            }
            #expect(generations.count > 1)
        }
    }

    @Test func aSizeLimitIsAnErrorAndNotASignal() async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.bin")
            let log = folder.appending(path: "events.jsonl")
            try DurableFile.write(Array("old".utf8), to: url)
            try DurableFile.append(line: String(repeating: "a", count: 60_000), to: log)
            let path = folder.path()
            await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
                var limit = rlimit(rlim_cur: 65_536, rlim_max: 65_536)
                #if canImport(Darwin)
                    setrlimit(RLIMIT_FSIZE, &limit)
                #else
                    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
                #endif
                let folder = URL(filePath: path, directoryHint: .isDirectory)
                let url = folder.appending(path: "weights.bin")
                let log = folder.appending(path: "events.jsonl")
                for _ in 0..<2 {
                    #expect(throws: DurableFileError.fileTooLarge(url, wanted: 100_000)) {
                        try DurableFile.write([UInt8](repeating: 9, count: 100_000), to: url)
                    }
                }
                // A body that swallows the failure and goes on does not get its file either.
                #expect(throws: DurableFileError.fileTooLarge(url, wanted: 400_000)) {
                    try DurableFile.write(to: url) { writer in
                        try? writer.write([UInt8](repeating: 9, count: 400_000))
                        try? writer.write([1, 2, 3])
                    }
                }
                #expect(throws: DurableFileError.fileTooLarge(log, wanted: 10_001)) {
                    try DurableFile.append(line: String(repeating: "b", count: 10_000), to: log)
                }
                try DurableFile.append(line: "c", to: log)
                exit(42)
            }
            #expect(try text(of: url) == "old")
            #expect(try text(of: log) == String(repeating: "a", count: 60_000) + "\nc\n")
            #expect(try names(in: folder) == ["events.jsonl", "weights.bin"])
        }
    }

    #if os(Linux)
        @Test func aDeviceThatIsFullSaysSo() throws {
            let descriptor = open("/dev/full", O_WRONLY)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            let code = [UInt8](repeating: 1, count: 100).withUnsafeBytes {
                System.writeAll($0, to: descriptor)
            }
            #expect(code == ENOSPC)
            let url = URL(filePath: "/tmp/x")
            #expect(System.error(code, "write", url, wanted: 100) == .diskFull(url, wanted: 100, free: nil))
        }

        @Test(.enabled(if: SmallDisk.isAllowed, "mounting a small file system needs root"))
        func aFullDiskLeavesTheOldFileAndSaysHowMuchIsMissing() async throws {
            try await withTemporaryFolder { folder in
                try SmallDisk.mounted(at: folder, bytes: 1 << 20) {
                    let url = folder.appending(path: "weights.bin")
                    let log = folder.appending(path: "events.jsonl")
                    try DurableFile.write([UInt8](repeating: 1, count: 400_000), to: url)
                    do {
                        try DurableFile.write([UInt8](repeating: 2, count: 2_000_000), to: url)
                        Issue.record("a write larger than the disk succeeded")
                    } catch let DurableFileError.diskFull(file, wanted, free) {
                        #expect(file == url)
                        #expect(wanted == 2_000_000)
                        let room = try #require(free)
                        #expect((500_000..<700_000).contains(room))
                    }
                    #expect(try Data(contentsOf: url) == Data(repeating: 1, count: 400_000))
                    #expect(throws: DurableFileError.self) {
                        try DurableFile.writeFolder(at: folder.appending(path: "run")) { partial in
                            for index in 0..<9 {
                                try DurableFile.write(
                                    [UInt8](repeating: 3, count: 100_000),
                                    to: partial.appending(path: "\(index)"))
                            }
                        }
                    }
                    try DurableFile.append(line: "first", to: log)
                    #expect(throws: DurableFileError.self) {
                        try DurableFile.append(line: String(repeating: "b", count: 900_000), to: log)
                    }
                    #expect(try text(of: log) == "first\n")
                    #expect(try names(in: folder) == ["events.jsonl", "weights.bin"])
                }
            }
        }
    #endif
}

#if os(Linux)
    /// A file system in memory, mounted for a moment.
    enum SmallDisk {
        /// True when this user may mount; found by trying.
        static let isAllowed: Bool = {
            let folder = FileManager.default.temporaryDirectory.appending(path: "darkroom-mount-\(getpid())")
            guard
                (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true))
                    != nil
            else { return false }
            defer { try? FileManager.default.removeItem(at: folder) }
            return (try? mounted(at: folder, bytes: 1 << 16) {}) != nil
        }()

        static func mounted(at folder: URL, bytes: Int, _ body: () throws -> Void) throws {
            guard mount("tmpfs", folder.path(), "tmpfs", 0, "size=\(bytes)") == 0 else {
                throw POSIXError(.EPERM)
            }
            defer { umount2(folder.path(), Int32(MNT_DETACH)) }
            try body()
        }
    }
#endif
