import Foundation
import Testing

@Suite struct InstrumentTests {
    private let program: Program

    init() throws { program = try Program() }

    /// The object under a key of a verb's JSON.
    private func numbers(_ outcome: Program.Outcome) throws -> [String: Any] {
        try #require(outcome.object["numbers"] as? [String: Any])
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: program.folder.appending(path: name)))
    }

    @Test func aLineIsExplained() async throws {
        let outcome = try await program.run("explain", "line", "--points", "8", "--epochs", "1", "--json")
        #expect(outcome.status == 0 && outcome.errors.isEmpty)
        #expect(program.names == ["line.png", "line.webp"])
        let numbers = try numbers(outcome)
        #expect((numbers["weights"] as? [Double])?.count == 9)
        #expect(numbers["leastSquares"] as? Double != nil && numbers["isLost"] as? Bool == false)
        #expect(try Array(bytes("line.webp").prefix(4)) == Array("RIFF".utf8))

        // Off a terminal nothing moves; a taken name gets a number, the same for both files.
        let again = try await program.run("explain", "line", "--points", "8", "--epochs", "1")
        #expect(again.output.hasSuffix("line-2.png\nline-2.webp\n") && !again.output.contains("\u{1B}"))
        #expect(again.output.contains("least squares w = "))
        #expect(try bytes("line.png") == bytes("line-2.png") && bytes("line.webp") == bytes("line-2.webp"))
        #expect(program.names.count == 4)
        try await program.run(
            "explain", "line", "--points", "9", "--epochs", "1", "--overwrite", "-o", "line")
        #expect(program.names.count == 4)
        #expect(try bytes("line.png") != bytes("line-2.png"))
    }

    @Test func tooLargeARateIsALessonNotAnError() async throws {
        let outcome = try await program.run("explain", "line", "--points", "8", "--alpha", "50", "-o", "lost")
        #expect(outcome.status == 0 && outcome.output.contains("lost after "))
        let refused = try await program.run("explain", "line", "--alpha", "0")
        #expect(refused.status == 2 && refused.errors.contains("alpha: expected a number above 0"))
        #expect(try await program.run("explain", "lien").errors.contains("did you mean \"line\"?"))
    }

    @Test func aPictureIsBuried() async throws {
        try await program.run("data", "scenes", "--count", "1", "--size", "16", "-o", "x.png")
        let outcome = try await program.run("noise", "x.png", "--schedule", "flow", "--steps", "3", "--json")
        #expect(outcome.status == 0)
        #expect(program.names == ["noise.png", "noise.webp", "x.png"])
        let stages = try #require(numbers(outcome)["stages"] as? [[String: Any]])
        #expect(stages.count == 9 && stages.last?["signal"] as? Double == 0)
        let unknown = try await program.run("noise", "x.png", "--schedule", "cosin")
        #expect(unknown.status == 2 && unknown.errors.contains("cosine"))
        #expect(try await program.run("noise", "nothing.png").status == 1)
        #expect(
            try await program.run("noise", "x.png", "--steps", "1").errors.contains("steps: expected 2 to 16")
        )
        #expect(try await program.run("noise", "x.png", "--dry-run").output.contains("\"cosine\""))
        #expect(program.names.count == 3)
    }

    @Test func aWalkHoldsTheNoise() async throws {
        let walk = [
            "walk", "a red sphere", "a blue cube", "--steps", "2", "--seed", "3", "--json", "--frames",
        ]
        let outcome = try await program.start(walk + ["3"]).end()
        #expect(outcome.status == 0)
        #expect(program.names == ["walk.png", "walk.webp"])
        let distances = try #require(numbers(outcome)["distances"] as? [String: Any])
        #expect((distances["neighbours"] as? [Double])?.count == 2)
        #expect(try #require(distances["ends"] as? Double) > 0)
        #expect(try numbers(outcome)["interpolation"] as? String == "spherical")

        // From a prompt to itself there is no way to go.
        let still = try await program.run(
            "walk", "a red sphere", "a red sphere", "--frames", "2", "--steps", "2", "--json", "-o", "still")
        let none = try #require(numbers(still)["distances"] as? [String: Any])
        #expect(none["ends"] as? Double == 0)
        #expect(try await program.start(walk + ["1"]).end().errors.contains("frames: expected 2 to 240"))
        let wrong = try await program.run("walk", "a", "b", "--interpolation", "liner")
        #expect(wrong.status == 2 && wrong.errors.contains("did you mean \"linear\"?"))
    }

    @Test func wordsAreAdded() async throws {
        let outcome = try await program.run("concept", "red - blue + cube", "--count", "2", "--json")
        #expect(outcome.status == 0 && program.names == ["concept.png"])
        let nearest = try #require(numbers(outcome)["nearest"] as? [[String: Any]])
        #expect(nearest.count == 2)
        #expect(Set(nearest.compactMap { $0["word"] as? String }).isDisjoint(with: ["red", "blue", "cube"]))
        let text = try await program.run("concept", "red + snow")
        #expect(text.output.contains("red + snow is nearest to\n") && text.output.contains(" *"))
        let typo = try await program.run("concept", "red + sphree")
        #expect(typo.status == 2 && typo.errors.contains("did you mean \"sphere\"?"))
        let unreadable = try await program.run("concept", "red blue")
        #expect(unreadable.status == 2 && unreadable.errors.contains("at character 5"))
        #expect(try await program.run("concept", "red", "-o", "x.gif").errors.contains("x.gif"))
    }
}
