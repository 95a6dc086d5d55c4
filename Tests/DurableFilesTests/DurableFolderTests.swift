import DurableFiles
import Foundation
import Testing

@Suite struct DurableFolderTests {
    @Test func aFolderAppearsWholeAndIsReplacedWhole() async throws {
        try await withTemporaryFolder { folder in
            let checkpoint = folder.appending(path: "checkpoint", directoryHint: .isDirectory)
            for round in ["one", "two"] {
                try DurableFile.writeFolder(at: checkpoint) { partial in
                    #expect(partial.lastPathComponent.hasPrefix(".checkpoint."))
                    #expect(partial.lastPathComponent.hasSuffix(".partial"))
                    try DurableFile.write(round.utf8, to: partial.appending(path: "weights"))
                    try FileManager.default.createDirectory(
                        at: partial.appending(path: round), withIntermediateDirectories: true)
                    try Data("deep".utf8).write(to: partial.appending(path: "\(round)/state"))
                }
                #expect(try names(in: folder) == ["checkpoint"])
                #expect(try names(in: checkpoint) == [round, "weights"].sorted())
                #expect(try text(of: checkpoint.appending(path: "weights")) == round)
            }
        }
    }

    @Test func aThrowingBodyLeavesTheOldFolder() async throws {
        struct Stop: Error {}
        try await withTemporaryFolder { folder in
            let checkpoint = folder.appending(path: "checkpoint")
            try DurableFile.writeFolder(at: checkpoint) {
                try DurableFile.write([1], to: $0.appending(path: "a"))
            }
            #expect(throws: Stop.self) {
                try DurableFile.writeFolder(at: checkpoint) {
                    try DurableFile.write([2], to: $0.appending(path: "b"))
                    throw Stop()
                }
            }
            #expect(try names(in: folder) == ["checkpoint"])
            #expect(try names(in: checkpoint) == ["a"])
        }
    }

    @Test func aFileIsNoFolder() async throws {
        try await withTemporaryFolder { folder in
            let file = folder.appending(path: "file")
            try DurableFile.write([1], to: file)
            #expect(throws: DurableFileError.notAFolder(file)) {
                try DurableFile.writeFolder(at: file) { _ in Issue.record("the body must not run") }
            }
            #expect(throws: DurableFileError.notAFolder(file)) {
                try DurableFile.replaceFolder(at: folder.appending(path: "new"), with: file)
            }
            #expect(try names(in: folder) == ["file"])
        }
    }

    @Test func onlyPartialsThatNobodyFillsAreRemoved() async throws {
        try await withTemporaryFolder { folder in
            let stale = [".a.bin.1-00ff.partial", ".run.99-1.partial"]
            try Data("x".utf8).write(to: folder.appending(path: stale[0]))
            try FileManager.default.createDirectory(
                at: folder.appending(path: stale[1] + "/inner"), withIntermediateDirectories: true)
            let kept = [".a.partial", "b.1-2.partial", ".a.bin.1-xyz.partial", "c"]
            for name in kept { try Data().write(to: folder.appending(path: name)) }
            try DurableFile.write(to: folder.appending(path: "live")) { writer in
                try writer.write([1, 2, 3])
                try DurableFile.writeFolder(at: folder.appending(path: "liveFolder")) { _ in
                    let removed = try DurableFile.removeStalePartials(in: folder)
                    #expect(removed.map(\.lastPathComponent) == stale)
                }
            }
            #expect(try names(in: folder) == (kept + ["live", "liveFolder"]).sorted())
            let missing = folder.appending(path: "missing")
            #expect(throws: DurableFileError.missingFolder(missing)) {
                try DurableFile.removeStalePartials(in: missing)
            }
        }
    }
}
