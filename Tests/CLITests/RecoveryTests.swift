import Foundation
import ModelSupport
import Recipes
import Testing

/// Training that is killed, or whose disk is full, loses nothing.
@Suite(.serialized) struct RecoveryTests {
    private let program: Program

    init() throws {
        program = try Program()
        try Data(TinyModel.recipe().json().utf8).write(to: program.folder.appending(path: "tiny.json"))
    }

    /// What a run may keep and do beside plain training, all of it.
    private static let everything = [
        "accumulate=2", "noiseOffset=0.1", #"average=[{"halfLifeImages": 50}, {"halfLifeImages": 500}]"#,
        #"powerAverages={"everyImages": 10}"#, #"heldOut={"everyImages": 40, "count": 2, "levels": 2}"#,
    ]

    private func arguments(run: String, images: Int, settings: [String] = []) -> [String] {
        [
            "train", "tiny.json", "--run", run, "--set", "initialWeights=Models/tiny.safetensors", "--set",
            "totalImages=\(images)", "--set", "samples.everyImages=0", "--set", "precision=bf16", "--threads",
            "1",
        ] + settings.flatMap { ["--set", $0] }
    }

    /// Bytes of the last checkpoint, of the finished models, and of the averages' snapshots.
    private func weights(of run: String) throws -> [String: Data] {
        let folder = program.folder.appending(path: run)
        let names = try FileManager.default.contentsOfDirectory(
            atPath: folder.appending(path: "checkpoints").path)
        let last = try #require(names.filter { !$0.hasPrefix(".") }.max())
        var files: [String: Data] = [:]
        for place in ["", "checkpoints/" + last, "averages"] {
            let here = folder.appending(path: place)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: here.path)) ?? []
            where name.hasSuffix(".safetensors") {
                files[place + "/" + name] = try Data(contentsOf: here.appending(path: name))
            }
        }
        let parts = ["parameters", "average", "optimizer"].map { "checkpoints/\(last)/\($0).safetensors" }
        try #require(Set(files.keys).isSuperset(of: parts + ["/model.safetensors"]))
        return files
    }

    /// SIGKILL at random moments, a checkpoint every two updates: the end is the same, bit for bit.
    ///
    /// Twenty kills, and ten with everything switched on; `DARKROOM_KILLS` asks for more.
    @Test(arguments: [false, true])
    func killedAtRandomMomentsEqualsUninterrupted(withEverything: Bool) async throws {
        let images = 200
        let settings = withEverything ? Self.everything : []
        func arguments(run: String, images: Int) -> [String] {
            self.arguments(run: run, images: images, settings: settings)
        }
        let whole = try await program.start(arguments(run: "whole", images: images)).end()
        #expect(whole.status == 0, "\(whole.errors)")

        let asked = ProcessInfo.processInfo.environment["DARKROOM_KILLS"].flatMap(Int.init)
        let wanted = asked ?? (withEverything ? 10 : 20)
        var random = SystemRandomNumberGenerator()
        var kills = 0
        while kills < wanted {
            let running = try program.start(arguments(run: "killed", images: images))
            // Past the start, so that most kills hit an update or a checkpoint being written.
            try await running.wait(for: "images")
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<150, using: &random)))
            running.signal(SIGKILL)
            let outcome = try await running.end()
            if outcome.status == -SIGKILL {
                kills += 1
            } else {
                #expect(outcome.status == 0, "\(outcome.errors)")
                // It came to its end before the kill: begin again, so that each kill counts.
                try FileManager.default.removeItem(at: program.folder.appending(path: "killed"))
            }
        }
        let last = try await program.start(arguments(run: "killed", images: images)).end()
        #expect(last.status == 0, "\(last.errors)")
        let (found, expected) = (try weights(of: "killed"), try weights(of: "whole"))
        #expect(found == expected)
        #expect(found.keys.filter { $0.hasPrefix("averages/") }.count == (withEverything ? 20 : 0))
        let left = try FileManager.default.contentsOfDirectory(
            atPath: program.folder.appending(path: "killed/checkpoints").path)
        #expect(!left.contains { $0.hasSuffix(".partial") }, "\(left)")
    }

    /// Files may grow to 40 kB only, as on a disk that is all but full: a clear message, the last checkpoint good.
    @Test func aFullDiskIsSaidAndLosesNothing() async throws {
        let images = 8
        let first = try await program.start(arguments(run: "full", images: 4)).end()
        #expect(first.status == 0, "\(first.errors)")
        let before = try weights(of: "full")

        let limited = Process()
        limited.executableURL = URL(filePath: "/bin/bash")
        let line = ([program.executable.path] + arguments(run: "full", images: images))
            .map { "'\($0)'" }.joined(separator: " ")
        limited.arguments = ["-c", "ulimit -f 40; exec \(line)"]
        limited.currentDirectoryURL = program.folder
        let errors = Pipe()
        (limited.standardError, limited.standardOutput) = (errors, FileHandle.nullDevice)
        try limited.run()
        let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        limited.waitUntilExit()
        #expect(limited.terminationReason == .exit && limited.terminationStatus == 1, "\(message)")
        #expect(message.contains("full/checkpoints"), "the message names the file: \(message)")
        #expect(try weights(of: "full") == before)

        let end = try await program.start(arguments(run: "full", images: images)).end()
        #expect(end.status == 0 && end.errors.contains("going on after 4"), "\(end.errors)")
    }
}
