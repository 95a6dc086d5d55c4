import DurableFiles
import Foundation
import Testing

@Suite struct DurableFileTests {
    @Test func writesAndReplacesLeavingNothingBeside() async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "notes.txt")
            try DurableFile.write(Array("first".utf8), to: url)
            try DurableFile.write(Data("second, longer".utf8), to: url)
            #expect(try text(of: url) == "second, longer")
            try DurableFile.write("third".utf8, to: url)
            #expect(try text(of: url) == "third")
            try DurableFile.write([UInt8](), to: url)
            #expect(try text(of: url) == "")
            #expect(try names(in: folder) == ["notes.txt"])
        }
    }

    @Test func streamsPiecesOfEverySizeInOrder() async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "stream.bin")
            var expected: [UInt8] = []
            var value: UInt8 = 0
            try DurableFile.write(to: url) { writer in
                for size in [0, 1, 7, 262_143, 262_144, 262_145, 1_000_000, 3] {
                    let piece = (0..<size).map { _ in
                        value = value &* 31 &+ 17
                        return value
                    }
                    expected += piece
                    if size % 2 == 0 {
                        try writer.write(piece)
                    } else {
                        try writer.write(AnySequence(piece))  // no contiguous storage
                    }
                    #expect(writer.byteCount == expected.count)
                }
            }
            #expect([UInt8](try Data(contentsOf: url)) == expected)
        }
    }

    @Test func aThrowingBodyLeavesTheOldFile() async throws {
        struct Stop: Error {}
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "weights.bin")
            try DurableFile.write(Array("old".utf8), to: url)
            #expect(throws: Stop.self) {
                try DurableFile.write(to: url) { writer in
                    try writer.write([UInt8](repeating: 1, count: 600_000))
                    throw Stop()
                }
            }
            #expect(try text(of: url) == "old")
            #expect(try names(in: folder) == ["weights.bin"])
        }
    }

    @Test func keepsPermissionsAndFollowsLinks() async throws {
        try await withTemporaryFolder { folder in
            let secret = folder.appending(path: "secret")
            let link = folder.appending(path: "link")
            try DurableFile.write(Array("a".utf8), to: secret)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path())
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: secret)
            try DurableFile.write(Array("b".utf8), to: link)
            #expect(try text(of: secret) == "b")
            let attributes = try FileManager.default.attributesOfItem(atPath: secret.path())
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let kind = try FileManager.default.attributesOfItem(atPath: link.path())[.type]
            #expect(kind as? FileAttributeType == .typeSymbolicLink)
        }
    }

    @Test func theLongestNamesWork() async throws {
        try await withTemporaryFolder { folder in
            let longest = folder.appending(path: String(repeating: "é", count: 127))
            try DurableFile.write(Array("x".utf8), to: longest)
            #expect(try text(of: longest) == "x")
            let tooLong = folder.appending(path: String(repeating: "é", count: 128))
            #expect(throws: DurableFileError.nameTooLong(tooLong)) {
                try DurableFile.write(Array("x".utf8), to: tooLong)
            }
        }
    }

    @Test func namesWhatStandsInTheWay() async throws {
        try await withTemporaryFolder { folder in
            let missing = folder.appending(path: "nowhere/picture.png")
            #expect(throws: DurableFileError.missingFolder(missing)) {
                try DurableFile.write([1], to: missing)
            }
            #expect(throws: DurableFileError.isFolder(folder)) { try DurableFile.write([1], to: folder) }
            let device = URL(filePath: "/dev/null")
            #expect(throws: DurableFileError.notARegularFile(device)) {
                try DurableFile.write([1], to: device)
            }
            let file = folder.appending(path: "file")
            try DurableFile.write([1], to: file)
            let below = file.appending(path: "below")
            #expect(throws: DurableFileError.notAFolder(below)) { try DurableFile.write([1], to: below) }
            #expect(throws: DurableFileError.self) {
                try DurableFile.write([1], to: folder.appending(path: "a\0b"))
            }
            #expect(try names(in: folder) == ["file"])
        }
    }

    @Test func freeNamesCountUp() async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "picture.png")
            #expect(DurableFile.firstFreeName(for: url) == url)
            #expect(try DurableFile.writeNew(Array("1".utf8), to: url).lastPathComponent == "picture.png")
            #expect(try DurableFile.writeNew(Array("2".utf8), to: url).lastPathComponent == "picture-2.png")
            #expect(DurableFile.firstFreeName(for: url).lastPathComponent == "picture-3.png")
            let bare = folder.appending(path: "run")
            try FileManager.default.createDirectory(at: bare, withIntermediateDirectories: true)
            #expect(DurableFile.firstFreeName(for: bare).lastPathComponent == "run-2")
            #expect(try text(of: folder.appending(path: "picture-2.png")) == "2")
            #expect(try DurableFile.writeNew(Array("3".utf8), to: bare).lastPathComponent == "run-2")
            #expect(try names(in: folder) == ["picture-2.png", "picture.png", "run", "run-2"])
        }
    }

    @Test func writersAtOneTimeTakeDifferentNames() async throws {
        try await withTemporaryFolder { folder in
            let url = folder.appending(path: "p.txt")
            let taken = try await withThrowingTaskGroup(of: URL.self) { group in
                for index in 0..<24 {
                    group.addTask { try DurableFile.writeNew(Array("\(index)".utf8), to: url) }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1.lastPathComponent) }
            }
            #expect(taken.count == 24)
            #expect(try Set(names(in: folder)) == taken)
            let contents = try taken.map { try text(of: folder.appending(path: $0)) }
            #expect(Set(contents) == Set((0..<24).map { "\($0)" }))
        }
    }
}
