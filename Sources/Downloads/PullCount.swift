/// Bytes counted over all files; tells of them every now and then.
struct PullCount {
    let total: Int
    let onEvent: @Sendable (PullEvent) -> Void
    private var received = 0
    private var told = 0

    init(total: Int, onEvent: @escaping @Sendable (PullEvent) -> Void) {
        (self.total, self.onEvent) = (total, onEvent)
    }

    mutating func add(_ bytes: Int, of path: String) {
        received += bytes
        // Often enough for a bar, seldom enough for a log.
        guard abs(received - told) >= max(1 << 20, total / 1000) else { return }
        tell(path)
    }

    mutating func finish(_ path: String) {
        tell(path)
        onEvent(.finished(path: path))
    }

    private mutating func tell(_ path: String) {
        told = received
        onEvent(.progress(PullProgress(path: path, received: received, total: total)))
    }
}
