import Foundation
import ModelSupport
import Recipes
import Testing

/// Training on a folder with twins, with a network that sees its estimates and recomputes its blocks.
@Suite struct SchoolTests {
    private let program: Program

    init() throws {
        program = try Program()
        try Data(TinyModel.recipe().json().utf8).write(to: program.folder.appending(path: "tiny.json"))
    }

    private func train(_ run: String, nearDuplicates: String) async throws -> Program.Outcome {
        let folder = #"{"path": "photos", "nearDuplicates": "\#(nearDuplicates)"}"#
        return try await program.run(
            "train", "tiny.json", "--run", run, "--set", "initialWeights=Models/tiny.safetensors", "--set",
            #"data={"resolution": 16, "folder": \#(folder)}"#, "--set", "samples.everyImages=0", "--set",
            "selfConditioning=0.5", "--set", "gradientCheckpointing=true", "--threads", "1")
    }

    @Test func twinsAreToldAndTheModelDraws() async throws {
        _ = try await program.run("data", "scenes", "--count", "3", "--size", "32", "-o", "photos", "--quiet")
        let photos = program.folder.appending(path: "photos")
        let first = try #require(
            try FileManager.default.contentsOfDirectory(atPath: photos.path)
                .filter { $0.hasSuffix(".png") }.min())
        try FileManager.default.copyItem(
            at: photos.appending(path: first), to: photos.appending(path: "zz.png"))

        let refused = try await train("refused", nearDuplicates: "error")
        #expect(refused.status == 1 && refused.errors.contains("zz.png of photos looks like \(first)"))
        let told = try await train("run", nearDuplicates: "skip")
        #expect(told.status == 0, "\(told.errors)")
        #expect(told.errors.contains("look alike  1 group of pictures, 1 spare: 1 left out"))
        #expect(told.errors.contains("\(first) and zz.png"))
        let events = try String(
            contentsOf: program.folder.appending(path: "run/events.jsonl"), encoding: .utf8)
        #expect(events.contains("nearDuplicates"))

        // The finished model knows from its recipe that it sees estimates; the same seed draws the same bytes.
        for file in ["x.png", "y.png"] {
            let drawn = try await program.run(
                "generate", "a red sphere", "--model", "run/model.safetensors", "--steps", "3", "--seed", "4",
                "--output", file, "--dtype", "fp32", "--sampler", "heun")
            #expect(drawn.status == 0, "\(drawn.errors)")
        }
        let pictures = try ["x.png", "y.png"].map {
            try Data(contentsOf: program.folder.appending(path: $0))
        }
        #expect(pictures[0] == pictures[1])
    }
}
