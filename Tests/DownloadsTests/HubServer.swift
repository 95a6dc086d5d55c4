import Foundation
import Testing

/// A hub of our own, misbehaving by name; it ends with the test.
final class HubServer: Sendable {
    let endpoint: String
    private let process: Process
    private let input = Pipe()

    /// Starts the script.
    init() throws {
        let script = Bundle.module.bundleURL.appending(path: "Fixtures/hub.py")
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let piece = output.fileHandleForReading.availableData
            try #require(!piece.isEmpty, "the script ended")
            line += piece
        }
        let port = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        endpoint = "http://127.0.0.1:" + port
    }

    // Not waited for: on Linux that needs the run loop of the thread that started it.
    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
    }

    /// A request that it has had.
    struct Seen: Decodable {
        var host, path, token, range: String
    }

    /// The requests that it has had, in order.
    func seen() throws -> [Seen] {
        let url = try #require(URL(string: endpoint + "/seen"))
        return try JSONDecoder().decode([Seen].self, from: Data(contentsOf: url))
    }
}

/// A folder for one test.
final class Folder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-downloads-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    /// Every file below, hidden ones too, by path.
    func files() -> [String] {
        let all = FileManager.default.enumerator(atPath: url.path)?.allObjects as? [String] ?? []
        return all.filter { path in
            var isFolder = ObjCBool(false)
            return FileManager.default.fileExists(
                atPath: url.appending(path: path).path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
    func bytes(_ path: String) throws -> Data { try Data(contentsOf: url.appending(path: path)) }
}
