public import Diagnostics

/// What can go wrong between processes that compute together.
public enum ProcessGroupError: ActionableError, Equatable {
    /// The store by which the processes find each other cannot be opened or does not answer.
    case unreachable(host: String, port: Int, reason: String)
    /// Two processes have the same number.
    case rankTaken(Int, count: Int)
    /// Some processes did not come in time.
    case missing(ranks: [Int], count: Int, seconds: Double)
    /// Some processes came and gave no sign of life any more.
    case lost(ranks: [Int], count: Int)
    /// The connections between living processes failed.
    case broken(reason: String)
    /// The engine refused a tensor.
    case engine(TensorError)

    private static func names(_ ranks: [Int], of count: Int) -> String {
        let list = ranks.map(String.init).joined(separator: ", ")
        return (ranks.count == 1 ? "rank " : "ranks ") + list + " of \(count)"
    }
    private static let goOn =
        "start the same command on all ranks again: it goes on after the last checkpoint, with any number of ranks"

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .unreachable(let host, let port, let reason):
            "the ranks' meeting point \(host):\(port) cannot be used: \(reason)"
        case .rankTaken(let rank, let count): "another process is rank \(rank) of \(count) already"
        case .missing(let ranks, let count, let seconds):
            "\(Self.names(ranks, of: count)) did not come within \(Int(seconds)) s"
        case .lost(let ranks, let count): "\(Self.names(ranks, of: count)) gives no sign of life any more"
        case .broken(let reason): "the connection between the ranks failed: \(reason)"
        case .engine(let error): error.summary
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .unreachable:
            [
                "MASTER_ADDR and MASTER_PORT must name rank 0's machine and a port that is free there and open to the others",
                "start rank 0 too, if it does not run",
            ]
        case .rankTaken:
            [
                "give each process a RANK of its own, from 0 to WORLD_SIZE − 1",
                "or give this run another MASTER_PORT",
            ]
        case .missing(let ranks, _, _):
            [
                "look at the messages of rank \(ranks.first ?? 0), and start as many processes as WORLD_SIZE says",
                "if they need longer to start, set DARKROOM_RANK_TIMEOUT to more seconds",
            ]
        case .lost(let ranks, _):
            [
                "look at the messages of rank \(ranks.first ?? 0): it was killed, lost its machine, or stopped with an error",
                Self.goOn,
            ]
        case .broken:
            [
                Self.goOn,
                "where a machine has several networks, name the right one in GLOO_SOCKET_IFNAME, such as eth0",
            ]
        case .engine(let error): error.advice
        }
    }
}
