import DurableFiles
import Foundation
import Testing

@Suite struct ResumableFileTests {
    private func write(_ text: String, to file: inout ResumableFile) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0) }
    }

    @Test func aSecondRunGoesOnWhereTheFirstStopped() async throws {
        try await withTemporaryFolder { folder in
            let target = folder.appending(path: "weights.bin")
            func first() throws {
                var file = try ResumableFile(for: target, mark: "ab12")
                #expect(file.byteCount == 0)
                try write("half", to: &file)
                #expect(!FileManager.default.fileExists(atPath: target.path), "not there before it is whole")
            }
            try first()
            #expect(try names(in: folder) == [".weights.bin.ab12.unfinished"])
            var second = try ResumableFile(for: target, mark: "ab12")
            #expect(second.byteCount == 4)
            try write(" and half", to: &second)
            try second.publish()
            #expect(try names(in: folder) == ["weights.bin"])
            #expect(try text(of: target) == "half and half")
        }
    }

    @Test func anotherMarkBeginsAnew() async throws {
        try await withTemporaryFolder { folder in
            let target = folder.appending(path: "a")
            func fill(_ mark: String, _ text: String) throws -> Int {
                var file = try ResumableFile(for: target, mark: mark)
                let before = file.byteCount
                try write(text, to: &file)
                return before
            }
            #expect(try fill("one", "old") == 0)
            #expect(try fill("../two", "new") == 0, "a mark cannot lead out of the folder")
            #expect(try names(in: folder) == [".a.one.unfinished", ".a.two.unfinished"])
            var file = try ResumableFile(for: target, mark: "one")
            try file.restart()
            try write("x", to: &file)
            try file.publish()
            #expect(try text(of: target) == "x")
            try ResumableFile(for: target, mark: "two").discard()
            #expect(try names(in: folder) == ["a"])
        }
    }

    @Test func twoRunsCannotFillItAtOnce() async throws {
        try await withTemporaryFolder { folder in
            let target = folder.appending(path: "a")
            var first = try ResumableFile(for: target, mark: "m")
            let error = #expect(throws: DurableFileError.self) {
                _ = try ResumableFile(for: target, mark: "m")
            }
            #expect(error?.summary.contains("cannot lock it") == true)
            try write("x", to: &first)
            try first.publish()
        }
    }

    /// A link that somebody put in its place is not followed.
    @Test func aLinkIsNotFollowed() async throws {
        try await withTemporaryFolder { folder in
            let other = folder.appending(path: "other")
            try Data("kept".utf8).write(to: other)
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: ".a.m.unfinished"), withDestinationURL: other)
            #expect(throws: DurableFileError.self) {
                _ = try ResumableFile(for: folder.appending(path: "a"), mark: "m")
            }
            #expect(try text(of: other) == "kept")
        }
    }
}
