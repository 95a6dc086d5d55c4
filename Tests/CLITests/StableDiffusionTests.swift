import Foundation
import Recipes
import Testing

/// The tiny folders of `Scripts/make-fixtures/pipelines.py`, drawn with from the shell.
@Suite struct StableDiffusionTests {
    private let program: Program
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures").standardizedFileURL

    init() throws { program = try Program() }

    private func model(_ name: String) -> String { Self.fixtures.appending(path: name).path }

    private func report(_ outcome: Program.Outcome) throws -> GenerationReport {
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try JSONDecoder().decode(GenerationReport.self, from: Data(outcome.output.utf8))
    }

    @Test(arguments: ["sd1", "sd2", "sd2-v", "xl", "lcm"])
    func drawsWithAFolder(family: String) async throws {
        let outcome = try await program.run(
            "generate", "a red cube", "--model", model(family), "--steps", "2", "--seed", "1", "-o", "x.png",
            "--json")
        let report = try report(outcome)
        #expect(report.images.map(\.path) == ["x.png"] && report.model.name == family)
        #expect(report.seconds.steps.count >= 2 && report.model.mark.fingerprint?.count == 64)
    }

    @Test func startsFromPicturesAndMasks() async throws {
        let (picture, mask) = (model("sd1") + "/init.png", model("sd1") + "/mask.png")
        func draw(_ output: String, _ extra: String...) async throws -> GenerationReport {
            let arguments = [
                "generate", "a red cube", "--model", model("sd1"), "--sampler", "ddim", "--steps", "4",
                "--seed", "1",
                "--dtype", "fp32", "-o", output, "--json",
            ]
            return try report(try await program.start(arguments + extra).end())
        }
        let plain = try await draw("a.png")
        let started = try await draw("b.png", "-i", picture, "--strength", "0.5")
        let masked = try await draw("c.png", "--init-img", picture, "--mask", mask)
        #expect(plain.seconds.steps.count == 4 && started.seconds.steps.count == 2)
        #expect(Set([plain, started, masked].compactMap { $0.images.first?.sha256 }).count == 3)
        let lost = try await program.run(
            "generate", "x", "--model", model("sd1"), "--init-img", "none.png", "--json")
        #expect(lost.status == 1 && lost.errors.contains("none.png"))
        let alone = try await program.run("generate", "x", "--model", model("sd1"), "--mask", mask)
        #expect(alone.status == 2 && alone.errors.contains("--init-img"))
    }

    @Test func aPlanIsPrintedAndNothingDrawn() async throws {
        let outcome = try await program.run(
            "generate", "x", "--model", model("sd1"), "--steps", "2", "--plan", "--json")
        let plan = try JSONDecoder().decode(GenerationPlan.self, from: Data(outcome.output.utf8))
        #expect(outcome.status == 0 && plan.peakMemoryBytes > 0 && plan.work.calls >= 2)
        #expect(plan.seconds != nil && program.names.isEmpty)
        let text = try await program.run("generate", "x", "--model", model("sd1"), "--plan")
        #expect(text.output.contains("at most: weights") && text.output.contains("it fits"))
        let ratio = try await program.run("generate", "x", "--model", model("sd1"), "--tome-ratio", "0.9")
        #expect(ratio.status == 2 && ratio.errors.contains("tokenMerging"))
        let own = try await program.run("generate", "x", "--cache-interval", "3")
        #expect(own.status == 2 && own.errors.contains("--cache-interval"))
    }

    @Test func aDryRunFillsInTheModelsDefaults() async throws {
        let outcome = try await program.run(
            "generate", "x", "--model", model("xl"), "--dry-run", "--json", "-s", "1")
        let request = try GenerationRequest.decoded(from: outcome.output)
        #expect(request.guidance.scale == 5 && request.steps == 25 && request.sampler == .euler)
        #expect(request.width == 64 && request.height == 64)
    }

    @Test func politelyRefusesASize() async throws {
        let outcome = try await program.run("generate", "x", "--model", model("sd1"), "--width", "33")
        #expect(outcome.status == 2 && outcome.errors.contains("multiples of 4"))
    }

    @Test func familiesAreListed() async throws {
        let outcome = try await program.run(
            "models", "list", environment: ["DARKROOM_MODELS": Self.fixtures.path])
        for family in ["Stable Diffusion 1.x", "Stable Diffusion 2.x", "Stable Diffusion XL", "Darkroom"] {
            #expect(outcome.output.contains(family), "\(family)")
        }
        let shown = try await program.run("models", "show", model("xl"), "--json")
        #expect(try shown.object["family"] as? String == "Stable Diffusion XL")
        #expect(try shown.object["resolution"] as? Int == 64)
    }

    @Test(arguments: ["unet", "vae", "picture"])
    func unitsOfWorkCanBeRaced(stage: String) async throws {
        let outcome = try await program.run(
            "bench", "serve", "--model", model("sd1"), "--stage", stage, "--dtype", "bf16")
        #expect(outcome.status == 0 && outcome.output == #"{"ready":true}"# + "\n", "\(outcome.errors)")
    }

    @Test func otherWorkSaysThatItNeedsAModelOfItsOwn() async throws {
        let outcome = try await program.run("walk", "a", "b", "--model", model("sd1"), "--seed", "1")
        #expect(outcome.status == 1 && outcome.errors.contains("models that Darkroom trained"))
    }
}
