import Foundation
import ModelSupport
import Testing

/// The built program, run as a child in a folder of its own that has the tiny model in `Models`.
final class Program: Sendable {
    let folder: URL
    let executable: URL

    /// What a run left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        /// Standard output as one JSON object.
        var object: [String: Any] {
            get throws {
                try #require(JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
            }
        }
    }

    init(hasModel: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-cli-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        executable = try #require(
            Self.executable, "the program stands beside the tests: swift build --build-tests")
        if hasModel { try TinyModel.write(to: folder.appending(path: "Models/tiny.safetensors")) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The test bundle lies in the folder into which the program was built.
    private static var executable: URL? {
        var folder = URL(filePath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
        var places = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
        while folder.path.count > 1 {
            places.append(folder)
            folder.deleteLastPathComponent()
        }
        return places.map { $0.appending(path: "darkroom", directoryHint: .notDirectory) }
            .first {
                var isFolder = ObjCBool(false)
                return FileManager.default.fileExists(atPath: $0.path, isDirectory: &isFolder)
                    && !isFolder.boolValue
            }
    }

    /// Names in the folder, models apart.
    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
            $0 != "Models" && !$0.hasPrefix(".")
        }
        .sorted()
    }

    /// Starts the program.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment
            .filter { !["NO_COLOR", "DARKROOM_MODELS", "COLUMNS"].contains($0.key) }
            .merging(["HOME": folder.path, "OMP_NUM_THREADS": "1"]) { _, new in new }
            .merging(environment) { _, new in new }
        let number = UUID().uuidString
        let output = folder.appending(path: ".\(number).out")
        let errors = folder.appending(path: ".\(number).err")
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return Running(program: self, process: process, output: output, errors: errors)
    }

    /// Runs the program to its end.
    @discardableResult
    func run(_ arguments: String..., environment: [String: String] = [:]) async throws -> Outcome {
        try await start(arguments, environment: environment).end()
    }

    /// A run under way.
    struct Running: Sendable {
        /// Held so that the folder stays until the run has ended.
        let program: Program
        let process: Process
        fileprivate let output, errors: URL

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        /// Waits until the messages contain a text or the program has ended.
        func wait(for text: String) async throws {
            while process.isRunning {
                if try String(contentsOf: errors, encoding: .utf8).contains(text) { return }
                try await Task.sleep(for: .milliseconds(5))
            }
        }

        /// Waits for the end without holding one of the few threads that tests share.
        func end() async throws -> Outcome {
            while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
            process.waitUntilExit()
            defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
            return Outcome(
                status: process.terminationReason == .exit
                    ? process.terminationStatus : -process.terminationStatus,
                output: try String(contentsOf: output, encoding: .utf8),
                errors: try String(contentsOf: errors, encoding: .utf8))
        }
    }
}
