import Foundation
import Testing

@Suite struct EvaluateTests {
    private let program: Program

    init() throws { program = try Program() }

    @Test func aDryRunPrintsTheRequest() async throws {
        let plan = try await program.run(
            "evaluate", "tiny", "--prompts", "heldout", "--count", "12", "--cfg", "2", "--dry-run"
        ).object
        #expect(plan["prompts"] as? String == "heldout" && plan["count"] as? Int == 12)
        #expect(plan["output"] as? String == "evaluation-tiny")
        let usual = try await program.run("evaluate", "tiny", "--dry-run").object
        #expect(usual["prompts"] as? String == "both" && usual["count"] as? Int == 300)
        // A number of prompts is a number of prompts.
        let number = try await program.run("evaluate", "tiny", "--prompts", "7", "--dry-run").object
        #expect(number["prompts"] as? String == "both" && number["count"] as? Int == 7)
        // The world has its own probe and folder.
        #expect(usual["world"] as? String == "scenes")
        let faces = try await program.run("evaluate", "tiny", "--world", "portraits", "--dry-run").object
        #expect(faces["world"] as? String == "portraits")
        #expect(faces["output"] as? String == "evaluation-tiny-portraits")
        let probe = try await program.run("evaluate", "train-probe", "--world", "emoji", "--dry-run").object
        #expect(probe["world"] as? String == "emoji")
        #expect(probe["output"] as? String == "emoji-probe.safetensors")
        #expect(program.names.isEmpty)
    }

    @Test func badUsageIsTwo() async throws {
        for (arguments, words) in [
            (["evaluate", "tiny", "--prompts", "heldot"], "did you mean \"heldout\"?"),
            (["evaluate", "tiny", "--prompts", "3", "--count", "4"], "both say how many"),
            (["evaluate", "tiny", "--world", "potraits"], "did you mean \"portraits\"?"),
            (["evaluate", "tiny", "--count", "0"], "count: expected 1 to 100000"),
        ] {
            let outcome = try await program.start(arguments).end()
            #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
        }
        let unknown = try await program.run("evaluate", "tinny")
        #expect(unknown.status == 1 && unknown.errors.contains("did you mean \"tiny\"?"))
    }

    @Test func aProbeIsTrainedAndAModelIsScored() async throws {
        let trained = try await program.run(
            "evaluate", "train-probe", "--scenes", "8", "--epochs", "1", "--count", "2", "-o",
            "Models/scenes-probe.safetensors")
        #expect(trained.status == 0 && trained.output.contains("Models/scenes-probe.safetensors"))
        #expect(trained.output.contains("everything"))
        let outcome = try await program.run(
            "evaluate", "tiny", "--count", "2", "--seeds", "1", "--steps", "1", "-o", "card", "--json")
        #expect(outcome.status == 0)
        let parts = try #require(outcome.object["parts"] as? [[String: Any]])
        #expect(parts.map { $0["split"] as? String } == ["train", "heldout"])
        #expect(program.names == ["card"])
        let list = try await program.run("models", "list", "--json")
        #expect(!list.output.contains("scenes-probe"))
    }
}
