import Checkpoints
import Foundation
import ModelSupport
import Recipes
import Tensors
import TestSupport
import Testing
import WeightFiles

/// `darkroom train` in two processes, as torchrun would start them.
@Suite(.serialized) struct RanksTests {
    private let program: Program

    init() throws {
        program = try Program()
        try Data(TinyModel.recipe().json().utf8).write(to: program.folder.appending(path: "tiny.json"))
    }

    private func arguments(run: String, images: Int, _ more: String...) -> [String] {
        [
            "train", "tiny.json", "--run", run, "--set", "initialWeights=Models/tiny.safetensors", "--set",
            "totalImages=\(images)", "--set", "samples.everyImages=0", "--threads", "1",
        ] + more.flatMap { ["--set", $0] }
    }
    private func environment(rank: Int, port: Int, timeout: Int = 60) -> [String: String] {
        [
            "RANK": "\(rank)", "WORLD_SIZE": "2", "LOCAL_RANK": "\(rank)", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": "\(port)", "DARKROOM_RANK_TIMEOUT": "\(timeout)",
        ]
    }
    private func startTwo(run: String, images: Int, timeout: Int = 60) throws -> [Program.Running] {
        let port = try freePort()
        return try (0..<2).map {
            try program.start(
                arguments(run: run, images: images),
                environment: environment(rank: $0, port: port, timeout: timeout))
        }
    }
    private func names(of run: String) -> [String] {
        let folder = program.folder.appending(path: run + "/checkpoints").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            !$0.hasPrefix(".")
        }
    }
    private func parameters(of run: String) throws -> [String: [Float]] {
        let last = try #require(names(of: run).max())
        let file = program.folder.appending(path: "\(run)/checkpoints/\(last)/parameters.safetensors")
        let checkpoint = try Checkpoint(opening: file)
        return try Dictionary(
            uniqueKeysWithValues: checkpoint.file.names.map {
                ($0, try checkpoint.tensor(named: $0).values(as: Float.self))
            })
    }

    /// The root of the summed squares of differences.
    private func distance(_ left: [String: [Float]], _ right: [String: [Float]]) throws -> Double {
        #expect(Set(left.keys) == Set(right.keys) && !left.isEmpty)
        var sum = 0.0
        for (name, values) in left {
            for (value, other) in zip(values, try #require(right[name])) {
                sum += pow(Double(value) - Double(other), 2)
            }
        }
        return sum.squareRoot()
    }

    /// The same global batch in one process and in two; tolerance: 1/1000 of what another seed changes.
    @Test func twoProcessesGiveTheWeightsOfOne() async throws {
        let images = 64
        let one = try await program.start(arguments(run: "one", images: images)).end()
        let other = try await program.start(arguments(run: "other", images: images, "seed=4")).end()
        #expect(one.status == 0 && other.status == 0, "\(one.errors)\(other.errors)")
        let two = try startTwo(run: "two", images: images)
        let (first, second) = (try await two[0].end(), try await two[1].end())
        #expect(first.status == 0 && second.status == 0, "\(first.errors)\n\(second.errors)")
        #expect(first.output.contains("two/model.safetensors") && second.output.isEmpty)
        #expect(second.errors.contains("rank 1 of 2") && !second.errors.contains("checkpoint"))

        let expected = try parameters(of: "one")
        let apart = try distance(parameters(of: "two"), expected)
        let way = try distance(parameters(of: "other"), expected)
        #expect(way > 0 && apart < 1e-3 * way, "\(apart) apart, \(way) with another seed")
    }

    /// SIGKILL of either: the other says who is lost and ends with status 1; one process goes on from the checkpoint.
    @Test(arguments: [0, 1]) func aKilledRankEndsTheOther(victim: Int) async throws {
        let run = "killed"
        let two = try startTwo(run: run, images: 1_000_000)
        try await two[0].wait(for: "checkpoint")
        two[victim].signal(SIGKILL)
        let (dead, left) = (try await two[victim].end(), try await two[1 - victim].end())
        #expect(dead.status == -SIGKILL, "\(dead.errors)")
        #expect(left.status == 1, "\(left.errors)")
        #expect(left.errors.contains("rank \(victim) of 2 gives no sign of life"), "\(left.errors)")
        #expect(left.errors.contains("start the same command"), "\(left.errors)")

        let seen = try #require(names(of: run).compactMap { Int($0) }.max())
        let end = try await program.start(arguments(run: run, images: seen + 4)).end()
        #expect(end.status == 0 && end.errors.contains("going on after"), "\(end.errors)")
    }

    /// A stopped process keeps its connections; only its silence gives it away.
    @Test func aSilentRankEndsTheOther() async throws {
        let two = try startTwo(run: "silent", images: 1_000_000, timeout: 6)
        try await two[0].wait(for: "checkpoint")
        two[1].signal(SIGSTOP)
        let left = try await two[0].end()
        two[1].signal(SIGKILL)
        _ = try await two[1].end()
        #expect(
            left.status == 1 && left.errors.contains("rank 1 of 2 gives no sign of life"), "\(left.errors)")
    }

    /// Ctrl-C at one ends both, and the state is saved.
    @Test func oneInterruptedRankStopsAll() async throws {
        let two = try startTwo(run: "stopped", images: 1_000_000)
        try await two[0].wait(for: "checkpoint")
        two[1].signal(SIGINT)
        let (first, second) = (try await two[0].end(), try await two[1].end())
        #expect(first.status == 130 && second.status == 130, "\(first.errors)\n\(second.errors)")
        #expect(first.errors.contains("the state is saved"), "\(first.errors)")
    }

    @Test func badVariablesAreBadUsage() async throws {
        let outcome = try await program.start(
            arguments(run: "none", images: 8), environment: ["RANK": "0"]
        ).end()
        #expect(outcome.status == 2 && outcome.errors.contains("WORLD_SIZE"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: program.folder.appending(path: "none").path))
    }
}
