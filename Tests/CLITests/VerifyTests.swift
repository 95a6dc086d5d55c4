import Foundation
import Testing

@Suite struct VerifyTests {
    private let program: Program

    init() throws { program = try Program() }

    @Test func aPictureIsMadeAgain() async throws {
        try await program.run(
            "generate", "a red sphere", "--model", "tiny", "--steps", "2", "--seed", "3", "-o", "x.png")
        let outcome = try await program.run("verify", "x.png")
        #expect(outcome.status == 0 && outcome.output.hasPrefix("identical"))
        #expect(outcome.errors.contains("seed 3"))
        let json = try await program.run("verify", "x.png", "--json", "--quiet")
        #expect(json.status == 0 && json.errors.isEmpty)
        let report = try json.object
        #expect(report["verdict"] as? String == "identical" && report["largest_difference"] as? Int == 0)
        #expect(program.names == ["x.png"])
    }

    @Test func whatCannotBeMadeAgainIsAFailureWithAReason() async throws {
        try await program.run("data", "scenes", "--count", "1", "-o", "scenes.png")
        let outcome = try await program.run("verify", "scenes.png", "--json")
        #expect(outcome.status == 1 && outcome.errors.contains("carries no record"))
        #expect(try outcome.object["error"] != nil)
    }
}
