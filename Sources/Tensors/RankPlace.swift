/// Which of several processes this one is, and where they meet.
public struct RankPlace: Sendable, Equatable {
    /// This process's number, from 0.
    public var rank: Int
    /// How many processes there are.
    public var count: Int
    /// The machine that keeps the store by which the processes find each other.
    public var host: String
    /// The store's port, 1 to 65535.
    public var port: Int
    /// True when a starter such as torchrun keeps the store; otherwise rank 0 does.
    public var isStoreElsewhere: Bool
    /// Tells a new start at the same store from the one before.
    public var attempt: String
    /// Seconds to wait for the other processes at the start, and for a sign of life later.
    public var patience: Double

    /// The place of rank `rank` of `count`, who meet at `host` and `port`.
    public init(
        rank: Int, count: Int, host: String, port: Int, isStoreElsewhere: Bool = false, attempt: String = "0",
        patience: Double = 300
    ) {
        (self.rank, self.count, self.host, self.port) = (rank, count, host, port)
        (self.isStoreElsewhere, self.attempt, self.patience) = (isStoreElsewhere, attempt, patience)
    }

    /// True for the process in which the store runs.
    var keepsStore: Bool { rank == 0 && !isStoreElsewhere }
}
