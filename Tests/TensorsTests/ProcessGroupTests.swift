import Diagnostics
import TestSupport
import Testing

@testable import Tensors

/// Ranks on threads of one process; CLITests has them in processes that are killed.
@Suite(.serialized) struct ProcessGroupTests {
    /// Sums, means and copies have the same bytes in all ranks, whatever lies in memory how.
    @Test(arguments: [2, 3]) func allRanksGetTheSameSumsMeansAndCopies(count: Int) async throws {
        let found = try await together(localRanks(count)) { place in
            let group = try ProcessGroup(place)
            let own = Double(place.rank + 1)
            func mine() throws -> [Tensor] {
                let ramp = try Tensor.range(to: 24).reshaped(to: [1, 2, 3, 4])
                return [
                    try ramp * own, try (ramp + own).channelsLast(), try Tensor.full([], own),
                    try Tensor.full([5], own, dtype: .float64), try Tensor.zeros([0, 3]),
                ]
            }
            let (sums, means, copies) = (try mine(), try mine(), try mine())
            try group.sum(sums)
            try group.mean(means)
            try group.broadcast(copies, from: 1)
            try group.barrier()
            group.leave()
            return try [sums, means, copies].map { try $0.map { try $0.values(as: Double.self) } }
        }.map { try $0.get() }
        let whole = Double(count * (count + 1) / 2)
        let ramp = (0..<24).map(Double.init)
        #expect(found.count == count)
        for ranks in found {
            #expect(ranks[0][0] == ramp.map { $0 * whole })
            #expect(ranks[0][1] == ramp.map { $0 * Double(count) + whole })
            #expect(ranks[0][2] == [whole] && ranks[0][3] == .init(repeating: whole, count: 5))
            for (mean, sum) in zip(ranks[1][0], ramp) {
                #expect(abs(mean - sum * whole / Double(count)) < 1e-5)
            }
            #expect(ranks[1] == found[0][1])
            #expect(ranks[2][0] == ramp.map { $0 * 2 } && ranks[2][2] == [2])
        }
    }

    @Test func whatIsChannelsLastStaysSo() async throws {
        let found = try await together(localRanks(2)) { place in
            let group = try ProcessGroup(place)
            let tensor = try Tensor.ones([2, 3, 4, 4]).channelsLast()
            try group.sum([tensor])
            return (tensor.isChannelsLast, group.exchanging > .zero)
        }.map { try $0.get() }
        #expect(found.allSatisfy { $0.0 && $0.1 })
    }

    /// Ten tensors of 400 bytes: two in each bucket of 900, none across a change of type.
    @Test func tensorsTravelInBucketsOfOneType() throws {
        let floats = try (0..<5).map { _ in try Tensor.ones([100]) }
        let integers = try (0..<5).map { _ in try Tensor.zeros([100], dtype: .int32) }
        let buckets = ProcessGroup.buckets(floats + integers + [try .ones([1000])], bytes: 900)
        #expect(buckets.map(\.count) == [2, 2, 1, 2, 2, 1, 1])
    }

    private static func failure(_ place: RankPlace) -> ProcessGroupError? {
        do {
            _ = try ProcessGroup(place)
            return nil
        } catch { return error }
    }

    @Test func aRankThatDoesNotComeIsNamed() async throws {
        let places = try localRanks(3, patience: 1).filter { $0.rank != 1 }
        let found = await together(places) { Self.failure($0) }
        #expect(try found[0].get() == .missing(ranks: [1], count: 3, seconds: 1))
        switch try found[1].get() {
        // Rank 0 may have gone by then, and the store with it.
        case .missing([1], 3, 1), .unreachable: break
        case let other: Issue.record("found \(String(describing: other))")
        }
    }

    @Test func twoRanksOfOneNumberAreRefused() async throws {
        let places = try localRanks(3, patience: 2)
        let found = await together([places[0], places[1], places[1]]) { Self.failure($0) }.map {
            try? $0.get()
        }
        #expect(found[1...].count { $0 == .rankTaken(1, count: 3) } == 1)
        #expect(found[0] == .missing(ranks: [2], count: 3, seconds: 2))
    }

    @Test func aPortInUseIsSaid() async throws {
        let places = try localRanks(2, patience: 2)
        let found = try await together([places[0], places[0]]) { Self.failure($0) }.map { try $0.get() }
        #expect(
            found.contains {
                if case .unreachable("127.0.0.1", places[0].port, let reason) = $0 {
                    reason.contains("in use") || reason.contains("EADDRINUSE")
                } else {
                    false
                }
            }, "\(found)")
    }

    /// torchrun's agent keeps the store, and starts all again at the same one.
    @Test func aStoreKeptElsewhereServesOneStartAfterAnother() async throws {
        var places = try localRanks(2)
        let keeper = try RankStore(places[0], isKeeper: true)
        for attempt in ["0", "1"] {
            for rank in places.indices {
                (places[rank].isStoreElsewhere, places[rank].attempt) = (true, attempt)
            }
            let sums = try await together(places) { place in
                let group = try ProcessGroup(place)
                defer { group.leave() }
                return try group.sum(Double(place.rank + 1))
            }.map { try $0.get() }
            #expect(sums == [3, 3])
        }
        try keeper.set("end", to: "")
    }

    /// The recipe of rank 0, say, is known to all.
    @Test func rankZeroTellsATextToAll() async throws {
        let found = try await together(localRanks(2)) { place in
            let group = try ProcessGroup(place)
            defer { group.leave() }
            return try group.textOfFirst("name", "of \(place.rank)")
        }.map { try $0.get() }
        #expect(found == ["of 0", "of 0"])
    }

    private static let errors: [(error: ProcessGroupError, summary: String, advice: String)] = [
        (.unreachable(host: "a", port: 9, reason: "no route"), "meeting point a:9", "MASTER_PORT"),
        (.rankTaken(1, count: 4), "is rank 1 of 4 already", "RANK of its own"),
        (
            .missing(ranks: [2, 3], count: 4, seconds: 30), "ranks 2, 3 of 4 did not come within 30 s",
            "DARKROOM_RANK_TIMEOUT"
        ),
        (.lost(ranks: [3], count: 4), "rank 3 of 4 gives no sign of life", "messages of rank 3"),
        (.broken(reason: "reset"), "between the ranks failed: reset", "GLOO_SOCKET_IFNAME"),
        (
            .engine(TensorError(kind: .outOfMemory, operation: "x", engineMessage: "m")), "out of memory",
            "smaller batch"
        ),
    ]
    @Test func everyErrorSaysWhatAndWhatToDo() {
        for (error, summary, advice) in Self.errors {
            #expect(error.summary.contains(summary), "\(error)")
            #expect(error.advice.contains { $0.contains(advice) }, "\(error)")
        }
    }
}
