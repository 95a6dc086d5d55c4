import Foundation
import Recipes
import Testing

@Suite struct GenerateTests {
    private let program: Program

    init() throws { program = try Program() }

    @Test func aDryRunPrintsTheWholeRequestAndDoesNothing() async throws {
        let outcome = try await program.run(
            "generate", "a red sphere", "--model", "tiny", "--num-inference-steps", "9", "--cfg", "2.5", "-s",
            "7",
            "-b", "2", "--sampler", "DPM++ 2M Karras", "-n", "snow", "--dtype", "fp32", "-t", "1", "--json",
            "--dry-run")
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.split(separator: "\n").count == 1)
        let request = try GenerationRequest.decoded(from: outcome.output)
        #expect(
            request
                == GenerationRequest(
                    prompt: "a red sphere", guidance: GuidanceChoice(scale: 2.5, negativePrompt: "snow"),
                    width: 16,
                    height: 16, steps: 9, seeds: [7, 8], sampler: .dpmpp2M, spacing: .karras,
                    precision: .fp32,
                    threads: 1, model: "tiny"))
        #expect(program.names.isEmpty)
        // Without --json the same on many lines.
        let pretty = try await program.run("generate", "x", "--model", "tiny", "--dry-run")
        #expect(try GenerationRequest.decoded(from: pretty.output).seeds.count == 1)
    }

    @Test func drawsAndReportsInJSON() async throws {
        let outcome = try await program.run(
            "generate", "a red sphere", "--model", "tiny", "--steps", "3", "--seed", "4", "--batch-count",
            "2",
            "--output", "x.png", "--dtype", "fp32", "--json")
        #expect(outcome.status == 0)
        let report = try JSONDecoder().decode(GenerationReport.self, from: Data(outcome.output.utf8))
        #expect(report.images.map(\.path) == ["x.png", "x-2.png"] && report.images.map(\.seed) == [4, 5])
        #expect(report.seconds.steps.count == 6 && report.peakMemoryBytes > 1_000_000)
        #expect(report.model.name == "tiny" && report.model.mark.sha256?.count == 64)
        #expect(program.names == ["x-2.png", "x.png"])
        // Alone, in another process, with a preview: the same bytes.
        try await program.run(
            "generate", "a red sphere", "--model", "tiny", "--steps", "3", "--seed", "5", "--output", "y.png",
            "--dtype", "fp32", "--preview-interval", "1")
        let (first, second) = try (bytes("x-2.png"), bytes("y.png"))
        #expect(first == second)
    }

    @Test func aGuidedPictureRecordsHowItWasGuided() async throws {
        let arguments = [
            "generate", "a red sphere", "--model", "tiny", "--guide-model", "Models/tiny.safetensors",
            "--steps", "3", "--seed", "5", "--cfg", "3", "--guidance-schedule", "linear", "--guidance-method",
            "apg", "--apg-eta", "0.5", "--flow-shift", "2", "--dtype", "fp32",
        ]
        let plan = try GenerationRequest.decoded(
            from: try await program.start(arguments + ["--json", "--dry-run"]).end().output)
        #expect(plan.guidance.method == .projected(.init(eta: 0.5)) && plan.guidance.schedule == .linear)
        #expect(plan.guidance.guideModel == "Models/tiny.safetensors" && plan.flowShift == .factor(2))
        let outcome = try await program.start(arguments + ["--output", "g.png"]).end()
        #expect(outcome.status == 0)
        let text = String(decoding: try bytes("g.png"), as: UTF8.self)
        #expect(text.contains("guideModelMark") && text.contains("Guidance method: apg"))
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: program.folder.appending(path: name))
    }

    @Test func namesComeFromThePromptAndTheSeedIsSaid() async throws {
        let outcome = try await program.run(
            "generate", "A red, red sphere!", "--model", "tiny", "--steps", "1")
        #expect(outcome.status == 0 && program.names == ["a-red-red-sphere.png"])
        #expect(outcome.output.hasPrefix("a-red-red-sphere.png  seed "))
        #expect(outcome.errors.contains("seed "))
        let quiet = try await program.run(
            "generate", "A red, red sphere!", "--model", "tiny", "--steps", "1", "--quiet")
        #expect(quiet.output == "a-red-red-sphere-2.png\n" && quiet.errors.isEmpty)
    }

    @Test func aClosedPipeIsNoCrash() async throws {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = [
            "-c",
            "{ \"$0\" generate a --model tiny --steps 2 -o piped.png --json; echo $? > status; } | true",
            program.executable.path,
        ]
        shell.currentDirectoryURL = program.folder
        try shell.run()
        while shell.isRunning { try await Task.sleep(for: .milliseconds(5)) }
        let status = try String(contentsOf: program.folder.appending(path: "status"), encoding: .utf8)
        #expect(status == "0\n" && program.names.contains("piped.png"))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func askedToStopItLeavesNothingBehind(signal: Int32) async throws {
        let running = try program.start([
            "generate", "a red sphere", "--model", "tiny", "--steps", "10000", "-o", "x.png",
            "--preview-interval", "1", "--seed", "1", "--width", "128", "--height", "128",
        ])
        while running.process.isRunning, !program.names.contains("x.preview.png") {
            try await Task.sleep(for: .milliseconds(5))
        }
        running.signal(signal)
        let outcome = try await running.end()
        #expect(outcome.status == 130 && outcome.errors.contains("interrupted"))
        #expect(program.names.isEmpty && outcome.output.isEmpty)
    }
}
