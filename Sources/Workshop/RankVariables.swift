public import Diagnostics
import Tensors

/// What torchrun, Slurm or Kubernetes say to each of the processes that train together.
public struct RankVariables: Sendable, Equatable {
    /// This process's number, from 0.
    public var rank: Int { place.rank }
    /// How many processes there are.
    public var count: Int { place.count }
    /// This process's number among those on its machine; its GPU has the same.
    public let localRank: Int
    let place: RankPlace

    /// Reads `RANK`, `WORLD_SIZE`, `LOCAL_RANK`, `MASTER_ADDR` and `MASTER_PORT`, what torchrun's agent adds to them, and
    /// `DARKROOM_RANK_TIMEOUT`; nil for a process by itself.
    /// - Throws: `RankVariableError` when one is missing or cannot be.
    public init?(environment: [String: String]) throws(RankVariableError) {
        let given = environment.filter { !$0.value.isEmpty }
        func number(_ name: String, _ range: ClosedRange<Int>) throws(RankVariableError) -> Int? {
            guard let text = given[name] else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw .badValue(
                    name: name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)",
                    found: text)
            }
            return number
        }
        let found = ["RANK", "WORLD_SIZE"].filter { given[$0] != nil }
        guard !found.isEmpty else { return nil }
        guard let count = try number("WORLD_SIZE", 1...4096) else {
            throw .incomplete(missing: ["WORLD_SIZE"], found: found)
        }
        guard let rank = try number("RANK", 0...(count - 1)) else {
            throw .incomplete(missing: ["RANK"], found: found)
        }
        localRank = try number("LOCAL_RANK", 0...127) ?? 0
        let patience = try number("DARKROOM_RANK_TIMEOUT", 5...86_400) ?? 300
        guard count > 1 else { return nil }
        let missing = ["MASTER_ADDR", "MASTER_PORT"].filter { given[$0] == nil }
        guard let host = given["MASTER_ADDR"], let port = try number("MASTER_PORT", 1...65_535) else {
            throw .incomplete(missing: missing, found: found)
        }
        place = RankPlace(
            rank: rank, count: count, host: host, port: port,
            isStoreElsewhere: given["TORCHELASTIC_USE_AGENT_STORE"]?.lowercased() == "true",
            attempt: given["TORCHELASTIC_RESTART_COUNT"] ?? "0", patience: Double(patience))
    }

    /// The device that `auto` means for this process: the GPU of its number on the machine, else the processor.
    func automaticDevice(among available: [Device]) -> String {
        let hasGPU = available.contains { if case .cuda = $0 { true } else { false } }
        return hasGPU ? "cuda:\(localRank)" : "cpu"
    }
}

/// What is wrong with the variables by which processes are started together.
public enum RankVariableError: ActionableError, Equatable {
    /// Some are set and others are not.
    case incomplete(missing: [String], found: [String])
    /// One has a value that cannot be.
    case badValue(name: String, expected: String, found: String)

    /// True: nothing has begun.
    public var isBadUsage: Bool { true }

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .incomplete(let missing, let found):
            "the environment has \(found.joined(separator: " and ")) but not \(missing.joined(separator: " and "))"
        case .badValue(let name, let expected, let found):
            "the environment variable \(name): expected \(expected), found \"\(found)\""
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        [
            "torchrun --no-python --nproc-per-node 2 -- darkroom train RECIPE sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT",
            "to train with one process, unset RANK and WORLD_SIZE",
        ]
    }
}
