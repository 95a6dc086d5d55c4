import Foundation
import ModelSupport
import Recipes
import Testing

@Suite struct OtherVerbTests {
    private let program: Program

    init() throws { program = try Program() }

    @Test func modelsAreListedAndShown() async throws {
        let list = try await program.run("models", "list", "--json")
        let models = try #require(list.object["models"] as? [[String: Any]])
        #expect(list.status == 0 && models.contains { $0["name"] as? String == "tiny" })
        let show = try await program.run("models", "show", "tiny", "--json").object
        #expect(show["network"] as? String == "unet" && show["resolution"] as? Int == 16)
        #expect((show["sha256"] as? String)?.count == 64)
        let text = try await program.run("models", "show", "tiny")
        #expect(text.output.contains("word pieces") && text.errors.isEmpty)
        try Data("nonsense".utf8).write(to: program.folder.appending(path: "Models/broken.safetensors"))
        #expect(try await program.run("models", "list").output.contains("broken  cannot be read: "))
        #expect(try await program.run("models", "show", "broken").status == 1)
    }

    @Test func modelsOfOthersAreShownAndConverted() async throws {
        let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "CheckpointsTests/Fixtures")
        func path(_ name: String) -> String { fixtures.appending(path: name).path }
        let model = try await program.run("models", "show", path("models/sd1.ckpt"), "--json").object
        #expect(model["kind"] as? String == "model" && model["family"] as? String == "Stable Diffusion 1.x")
        #expect((model["parts"] as? [Any])?.count == 3 && model["prediction"] as? String == "epsilon")
        let adapter = try await program.run("models", "show", path("adapters/kohya.safetensors"))
        #expect(adapter.status == 0 && adapter.output.contains("18 weights, rank 2"))
        let words = try await program.run("models", "show", path("adapters/webui.pt"), "--json").object
        #expect(words["tokens"] as? [String] == ["mood"])

        let converted = try await program.run(
            "models", "convert", path("models/sd1.ckpt"), "x", "--dtype", "fp32", "--json")
        #expect(converted.status == 0 && program.names == ["x"])
        #expect(try await program.run("models", "convert", "x", "y.safetensors").output == "y.safetensors\n")
        #expect(
            try await program.run("models", "convert", "x", "y.safetensors").output == "y-2.safetensors\n")
        let back = try await program.run("models", "show", "y.safetensors", "--json").object
        #expect(back["parameters"] as? Int == model["parameters"] as? Int)
        let wrong = try await program.run("models", "convert", "x", "z", "--dtype", "fp8")
        #expect(wrong.status == 2 && wrong.errors.contains("--dtype: expected fp32, fp16 or bf16, found fp8"))
        #expect(program.names == ["x", "y-2.safetensors", "y.safetensors"])
    }

    @Test func dataIsDrawn() async throws {
        let outcome = try await program.run(
            "data", "scenes", "--count", "2", "--size", "16", "-o", "x.png", "--json")
        #expect(outcome.status == 0 && program.names == ["x.png"])
        let examples = try #require(outcome.object["examples"] as? [[String: Any]])
        #expect(examples.count == 2 && examples.allSatisfy { ($0["caption"] as? String)?.isEmpty == false })
        #expect(try await program.run("data", "sceens").errors.contains("did you mean \"scenes\"?"))
        #expect(try await program.run("data", "scenes", "--dry-run").status == 0)
        #expect(program.names == ["x.png"])
    }

    @Test func picturesAreShownAndChecked() async throws {
        _ = try await program.run("data", "scenes", "--count", "3", "--size", "16", "-o", "photos", "--quiet")
        try Data("none".utf8).write(to: program.folder.appending(path: "photos/broken.png"))
        let check = try await program.run("data", "check", "photos", "--json")
        let sources = try #require(check.object["sources"] as? [[String: Any]])
        #expect(check.status == 0 && sources.first?["pictures"] as? Int == 4)
        #expect((sources.first?["broken"] as? [[String: Any]])?.first?["name"] as? String == "broken.png")
        let text = try await program.run("data", "check", "photos")
        #expect(text.status == 0 && text.output.contains("photos: 4 pictures"))
        #expect(text.output.contains("broken.png: expected a PNG, JPEG or WebP picture"))
        try FileManager.default.removeItem(at: program.folder.appending(path: "photos/broken.png"))
        let shown = try await program.run("data", "photos", "--size", "16")
        #expect(shown.status == 0 && shown.output == "photos.png\n")
        let absent = try await program.run("data", "check", "fotos")
        #expect(absent.status == 1 && absent.errors.contains("Did you mean photos?"))
        #expect(try await program.run("data", "check", "photos", "--distance", "99").status == 2)
    }

    @Test func theDoctorLooks() async throws {
        let outcome = try await program.run("doctor", "--no-speed", "--json")
        #expect(outcome.status == 0)
        let report = try outcome.object
        for key in ["darkroom", "libtorch", "processor", "capability", "memoryBytes", "models", "advice"] {
            #expect(report[key] != nil, "\(key)")
        }
    }

    @Test func trainingSpeaksInLinesAndStopsWhenAsked() async throws {
        try Data(TinyModel.recipe().json().utf8).write(to: program.folder.appending(path: "tiny.json"))
        // Words come from the tiny model, so nothing that bootstrap brings is needed.
        let common = [
            "train", "tiny.json", "--run", "run", "--set", "initialWeights=Models/tiny.safetensors",
        ]
        let dry = try await program.start(common + ["--set", "batchSize=1", "--dry-run", "--json"]).end()
        #expect(try dry.status == 0 && TrainingRecipe.decoded(from: dry.output).batchSize == 1)
        #expect(program.names == ["tiny.json"])

        let long = common + ["--set", "totalImages=1000000", "--set", "samples.everyImages=0", "--json"]
        let running = try program.start(long)
        while running.process.isRunning, lastEvents().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        running.signal(SIGINT)
        let outcome = try await running.end()
        #expect(outcome.status == 130 && outcome.errors.contains("goes on from there"))
        let events = try outcome.output.split(separator: "\n").map {
            try JSONDecoder().decode(TrainingEvent.self, from: Data($0.utf8))
        }
        guard case .started(0, _, _) = events.first, case .checkpoint(let seen, _) = events.last else {
            Issue.record("expected a start and a last checkpoint, found \(outcome.output.prefix(500))")
            return
        }
        let end = try await program.start(common + ["--set", "totalImages=\(seen + 2)"]).end()
        #expect(end.status == 0 && end.errors.contains("going on after"))
        #expect(end.output == "run/model.safetensors\n")
        let wrong = try await program.start(common + ["--set", "batchSiez=1"]).end()
        #expect(wrong.status == 2 && wrong.errors.contains("did you mean \"batchSize\"?"))
    }

    /// Lines that the run has written so far.
    private func lastEvents() -> Substring {
        let text = try? String(
            contentsOf: program.folder.appending(path: "run/events.jsonl"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").dropFirst().last ?? ""
    }

    @Test func aBenchWorksLineByLine() async throws {
        let bench = Process()
        bench.executableURL = program.executable
        bench.arguments = ["bench", "serve", "--model", "tiny", "--steps", "2"]
        bench.currentDirectoryURL = program.folder
        bench.environment = ProcessInfo.processInfo.environment.merging(["OMP_NUM_THREADS": "1"]) { _, new in
            new
        }
        let (input, output) = (Pipe(), Pipe())
        (bench.standardInput, bench.standardOutput) = (input, output)
        try bench.run()
        try input.fileHandleForWriting.write(contentsOf: Data("go\ngo\nquit\n".utf8))
        while bench.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n")
        while bench.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        #expect(bench.terminationStatus == 0 && lines.count == 3 && lines.first == "{\"ready\":true}")
        #expect(lines.dropFirst().allSatisfy { $0.contains("\"s\":") && $0.contains("\"others\":") })
    }

    #if os(Linux)
        /// A thread's own heap would lie at a multiple of 64 MiB and reserve as much, the rest of it without access.
        @Test func allThreadsShareOneHeap() async throws {
            let bench = Process()
            bench.executableURL = program.executable
            bench.arguments = ["bench", "serve", "--model", "tiny", "--steps", "2", "--threads", "1"]
            bench.currentDirectoryURL = program.folder
            let (input, output) = (Pipe(), Pipe())
            (bench.standardInput, bench.standardOutput) = (input, output)
            try bench.run()
            let ready = output.fileHandleForReading.availableData
            let maps = try String(contentsOfFile: "/proc/\(bench.processIdentifier)/maps", encoding: .utf8)
            try input.fileHandleForWriting.write(contentsOf: Data("quit\n".utf8))
            while bench.isRunning { try await Task.sleep(for: .milliseconds(5)) }
            #expect(String(decoding: ready, as: UTF8.self).contains("ready") && maps.contains("[heap]"))
            let piece = 64 << 20
            let regions = maps.split(separator: "\n").map { $0.split(whereSeparator: { " -".contains($0) }) }
                .compactMap { words -> (start: Int, end: Int, access: Substring)? in
                    guard words.count > 2, let start = Int(words[0], radix: 16),
                        let end = Int(words[1], radix: 16)
                    else { return nil }
                    return (start, end, words[2])
                }
            for (own, rest) in zip(regions, regions.dropFirst())
            where own.start.isMultiple(of: piece) && own.end == rest.start && own.access.hasPrefix("rw") {
                #expect(rest.end - own.start != piece, "a heap of a thread's own at \(own.start)")
            }
        }
    #endif

    @Test func averagesOfARunBecomeModelsAndPlansAreTold() async throws {
        let program = try Program()
        try Data(TinyModel.recipe().json().utf8).write(to: program.folder.appending(path: "tiny.json"))
        let settings = [
            "--set", "initialWeights=Models/tiny.safetensors", "--set", "samples.everyImages=0", "--set",
            #"powerAverages={"everyImages": 2}"#, "--threads", "1",
        ]
        let plan = try await program.start(["train", "tiny.json", "--plan", "--json"] + settings).end()
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(try plan.object["parameters"] as? Int ?? 0 > 1000)
        #expect(program.names == ["tiny.json"], "a plan writes nothing")

        let trained = try await program.start(["train", "tiny.json", "--run", "run"] + settings).end()
        #expect(
            trained.status == 0 && trained.errors.contains("averages    run/averages/"), "\(trained.errors)")
        let made = try await program.run(
            "models", "average", "run", "--sigma-rel", "0.12", "--at", "6", "--output", "longer.safetensors",
            "--json")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try made.object["snapshots"] as? Int == 3)
        let shown = try await program.run("models", "show", "longer.safetensors", "--json")
        #expect(try shown.object["imagesSeen"] as? Int == 6)
        let early = try await program.run("models", "average", "run", "--sigma-rel", "0.1", "--at", "1")
        #expect(early.status == 1 && early.errors.contains("Ask for a later moment."), "\(early.errors)")
        let wrong = try await program.run("models", "average", "run", "--sigma-rel", "0.5")
        #expect(
            wrong.status == 2 && wrong.errors.contains("--sigma-rel: expected a number from 0.01 to 0.28"))
        let both = try await program.run("train", "tiny.json", "--plan", "--find-learning-rate")
        #expect(both.status == 2, "\(both.errors)")
    }
}
