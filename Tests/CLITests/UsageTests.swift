import Foundation
import Testing

@Suite struct UsageTests {
    private let program: Program

    init() throws { program = try Program(hasModel: false) }

    @Test(arguments: [
        [], ["generate"], ["train"], ["data"], ["data", "show"], ["data", "check"], ["models"],
        ["models", "list"], ["models", "show"], ["models", "convert"], ["models", "average"], ["doctor"],
        ["verify"], ["evaluate"], ["evaluate", "train-probe"],
        ["bench"], ["bench", "serve"],
    ])
    func everyVerbHasHelpWithExamples(verb: [String]) async throws {
        let outcome = try await program.start(verb + ["--help"]).end()
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(outcome.output.contains("Example"))
        #expect(
            outcome.output.contains("darkroom " + (verb.isEmpty ? "generate" : verb.joined(separator: " "))))
    }

    @Test func theHelpOfGenerateNamesAllSpellings() async throws {
        let help = try await program.run("generate", "--help").output
        for option in [
            "-m", "--model", "-n", "--negative-prompt", "-W", "--width", "-H", "--height", "--steps",
            "--num-inference-steps", "--cfg-scale", "--cfg", "--guidance-scale", "-s", "--seed",
            "--sampling-method",
            "--sampler", "--scheduler", "-b", "--batch-count", "-o", "--output", "--dtype", "--device", "-t",
            "--threads", "--preview-interval", "--trajectory", "--save-latents", "--init-latents",
            "--dry-run", "--json", "-i", "--init-img", "--strength", "--mask", "--clip-skip", "--hires-scale",
            "--variation-seed", "--original-size", "--prompt-grammar", "--guidance-rescale",
            "--lora", "--embedding", "--guidance-schedule", "--guidance-method", "--apg-eta",
            "--apg-momentum", "--apg-threshold", "--zero-init-steps", "--guide-model", "--flow-shift",
            "--lora", "--embedding", "--tiling", "--tiling-x", "--tiling-y", "--circular", "--refiner",
            "--refiner-start", "--eta", "--order", "--s-churn", "--s-tmin", "--s-tmax", "--s-noise",
        ] {
            #expect(help.contains(option), "\(option)")
        }
        // What later versions will know is not offered.
        #expect(!help.contains("--controlnet"))
    }

    private static let mistakes: [(arguments: [String], summary: String, advice: String)] = [
        (["genrate", "x"], "no verb \"genrate\"", "did you mean \"generate\"?"),
        (["models", "lst"], "no verb \"lst\"", "did you mean \"list\"?"),
        (["generate", "x", "--stesp", "4"], "--stesp", "did you mean '--steps'?"),
        (["generate", "x", "--steps", "many"], "'many'", "darkroom generate --help"),
        (["generate", "x", "--controlnet"], "--controlnet", "darkroom generate --help"),
        (["generate", "x", "--refiner-start", "0.8"], "needs --refiner", "add --refiner"),
        (["generate", "x", "--refiner", "x", "--refiner-start", "1"], "refiner.start: expected", "start"),
        (["generate"], "prompt", "darkroom generate --help"),
        (["generate", "x", "--sampler", "eulr"], "no sampler \"eulr\"", "did you mean \"euler\"?"),
        (["generate", "x", "--scheduler", "karas"], "no spacing \"karas\"", "did you mean \"karras\"?"),
        (["generate", "x", "--dtype", "fp8"], "no precision \"fp8\"", "fp32"),
        (["generate", "x", "--steps", "0"], "steps: expected", "steps"),
        (["generate", "x", "--batch-count", "0"], "--batch-count", ""),
        (
            ["generate", "x", "--eta", "0.5"], "--eta belongs to the samplers euler_ancestral",
            "--sampler euler_a"
        ),
        (
            ["generate", "x", "--sampler", "unipc", "--s-churn", "5"], "euler, heun, dpm2, not to unipc",
            "--s-churn"
        ),
        (["generate", "x", "--sampler", "deis", "--order", "4"], "sampler.deis.order: expected", "order"),
        (
            ["generate", "x", "--sampler", "heun", "--s-churn", "9", "--s-tmin", "2", "--s-tmax", "1"],
            "sampler.heun.sTmax: expected a sigma of at least sTmin", "sTmax"
        ),
        (["generate", "x", "--guidance-interval", "0.8:0.2"], "--guidance-interval", ""),
        (["generate", "x", "--guidance-method", "apq"], "no guidance method \"apq\"", "\"apg\""),
        (["generate", "x", "--guidance-schedule", "cosin"], "guidance schedule", "did you mean \"cosine\"?"),
        (["generate", "x", "--apg-eta", "0.5"], "belong to --guidance-method apg", "--guidance-method apg"),
        (["generate", "x", "--zero-init-steps", "2"], "belongs to --guidance-method cfg_zero", "cfg_zero"),
        (["generate", "x", "--flow-shift", "far"], "--flow-shift", "resolution"),
        (["generate", "x", "--hires-strength", "0.5"], "need --hires-scale", "--hires-scale 2"),
        (["generate", "x", "--original-size", "big"], "--original-size", "1024x768"),
        (["generate", "x", "--prompt-grammar", "plane"], "no prompt grammar \"plane\"", "plain"),
        (["models", "pull", "sd-turbo"], "expected OWNER/NAME", "stabilityai/sd-turbo"),
        (["data", "scenes", "--split", "hedlout"], "--split", "did you mean \"heldout\"?"),
        (["bench", "serve", "--stage", "unit"], "--stage", "did you mean \"unet\"?"),
        (["bench", "serve", "--stage", "unet", "--batch", "0"], "--batch", "at least 1"),
    ]

    @Test func badUsageIsTwoAndSaysWhatToDo() async throws {
        for (arguments, summary, advice) in Self.mistakes {
            let outcome = try await program.start(arguments).end()
            #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errors.hasPrefix("error: "))
            #expect(outcome.errors.contains(summary), "\(arguments): \(outcome.errors)")
            #expect(advice.isEmpty || outcome.errors.contains(advice), "\(arguments): \(outcome.errors)")
        }
    }

    @Test func failuresAreOneAndJSONTellsThemToo() async throws {
        let outcome = try await program.run("generate", "x", "--model", "absent", "--json")
        #expect(outcome.status == 1 && outcome.errors.contains("there is no model \"absent\""))
        let error = try #require(outcome.object["error"] as? [String: Any])
        #expect((error["summary"] as? String)?.contains("absent") == true)
        #expect((error["advice"] as? [String])?.isEmpty == false)
        let usage = try await program.run("generate", "x", "--nonsense", "--json")
        #expect(try usage.status == 2 && usage.object["error"] != nil)
        let empty = try await program.run("generate", "x")
        // The checkout's own models lie above the program, so there may be one.
        if empty.status != 0 { #expect(empty.errors.contains("DARKROOM_MODELS")) }
    }

    @Test func theVersionIsOneLine() async throws {
        let outcome = try await program.run("--version")
        #expect(outcome.status == 0 && outcome.output.hasPrefix("darkroom 0."))
    }

    @Test func noColoursOffATerminal() async throws {
        #expect(try await !program.run("genrate").errors.contains("\u{1B}"))
    }
}
