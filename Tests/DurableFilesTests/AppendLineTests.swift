import DurableFiles
import Foundation
import Testing

@Suite struct AppendLineTests {
    @Test func linesFollowOneAnother() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "events.jsonl")
            try DurableFile.append(line: #"{"step":1}"#, to: log)
            try DurableFile.append(line: #"{"step":2}"#, to: log, isFlushed: true)
            #expect(try text(of: log) == "{\"step\":1}\n{\"step\":2}\n")
        }
    }

    @Test func aTornLineDoesNotSwallowTheNext() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "events.jsonl")
            try Data(#"{"step":1,"lo"#.utf8).write(to: log)
            try DurableFile.append(line: #"{"step":2}"#, to: log)
            #expect(try text(of: log) == "{\"step\":1,\"lo\n{\"step\":2}\n")
        }
    }

    @Test func manyWritersDoNotMix() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "events.jsonl")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 {
                            try DurableFile.append(line: String(repeating: "\(index)", count: 300), to: log)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let lines = try text(of: log).split(separator: "\n")
            #expect(lines.count == 400)
            #expect(lines.allSatisfy { $0.count == 300 && Set($0).count == 1 })
        }
    }

    @Test func refusesWhatIsNoLine() async throws {
        try await withTemporaryFolder { folder in
            let log = folder.appending(path: "events.jsonl")
            #expect(throws: DurableFileError.lineBreakInLine(log)) {
                try DurableFile.append(line: "a\nb", to: log)
            }
            #expect(throws: DurableFileError.isFolder(folder)) {
                try DurableFile.append(line: "a", to: folder)
            }
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }
}
