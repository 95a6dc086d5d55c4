import Tensors
import Testing

@testable import Workshop

@Suite struct RankVariablesTests {
    private static let torchrun = [
        "RANK": "3", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "MASTER_ADDR": "node0", "MASTER_PORT": "29500",
    ]

    @Test func torchrunsVariablesAreRead() throws {
        let ranks = try #require(try RankVariables(environment: Self.torchrun))
        #expect((ranks.rank, ranks.count, ranks.localRank) == (3, 8, 1))
        #expect(ranks.place == RankPlace(rank: 3, count: 8, host: "node0", port: 29_500))
        let agent = Self.torchrun.merging([
            "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
            "DARKROOM_RANK_TIMEOUT": "20",
        ]) { $1 }
        let again = try #require(try RankVariables(environment: agent)).place
        #expect(again.isStoreElsewhere && again.attempt == "2" && again.patience == 20)
    }

    @Test func aProcessByItselfNeedsNone() throws {
        #expect(try RankVariables(environment: [:]) == nil)
        #expect(try RankVariables(environment: ["MASTER_ADDR": "x", "RANK": ""]) == nil)
        #expect(try RankVariables(environment: ["RANK": "0", "WORLD_SIZE": "1"]) == nil)
    }

    private static let mistakes: [(change: [String: String?], says: String)] = [
        (["WORLD_SIZE": nil], "has RANK but not WORLD_SIZE"),
        (["RANK": nil], "has WORLD_SIZE but not RANK"),
        (["MASTER_ADDR": nil, "MASTER_PORT": ""], "RANK and WORLD_SIZE but not MASTER_ADDR and MASTER_PORT"),
        (["RANK": "8"], "RANK: expected a whole number from 0 to 7, found \"8\""),
        (["RANK": "-1"], "found \"-1\""), (["WORLD_SIZE": "two"], "WORLD_SIZE: expected"),
        (["MASTER_PORT": "70000"], "from 1 to 65535, found \"70000\""), (["LOCAL_RANK": "x"], "LOCAL_RANK"),
        (["DARKROOM_RANK_TIMEOUT": "1"], "DARKROOM_RANK_TIMEOUT: expected a whole number from 5"),
    ]
    @Test func mistakesAreSaid() {
        for (change, says) in Self.mistakes {
            var environment = Self.torchrun
            for (name, value) in change { environment[name] = value }
            do {
                _ = try RankVariables(environment: environment)
                Issue.record("\(change) was taken")
            } catch {
                #expect(error.summary.contains(says), "\(error)")
                #expect(error.isBadUsage && error.advice.contains { $0.contains("torchrun") })
            }
        }
    }

    @Test func eachProcessTakesItsGPU() throws {
        let ranks = try #require(try RankVariables(environment: Self.torchrun))
        #expect(ranks.automaticDevice(among: [.cuda(0), .cuda(1), .cpu]) == "cuda:1")
        // One that is not there is asked for too: the error then names it, and no two share one unsaid.
        #expect(ranks.automaticDevice(among: [.cuda(0), .cpu]) == "cuda:1")
        #expect(ranks.automaticDevice(among: [.cpu]) == "cpu")
    }
}
