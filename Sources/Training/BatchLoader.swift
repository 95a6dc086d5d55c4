import Dispatch
import Foundation
import Synchronization

/// Makes batches ahead of the trainer on a thread of its own, in order, a bounded number of them.
///
/// What a batch holds depends on its place in the order only, never on timing.
public final class BatchLoader: Sendable {
    /// What to make: the place in the order, the number of examples, and the size of the pictures.
    public struct Order: Sendable, Equatable {
        /// Images seen before the batch.
        public let start: Int
        /// Number of examples.
        public let count: Int
        /// Side of the pictures, in pixels.
        public let resolution: Int
        /// True when captions alone are wanted.
        public let captionsOnly: Bool

        init(start: Int, count: Int, resolution: Int, captionsOnly: Bool = false) {
            (self.start, self.count, self.resolution) = (start, count, resolution)
            self.captionsOnly = captionsOnly
        }
    }
    private struct State {
        var ready: [Result<HostBatch, any Error>] = []
        var isStopped = false
    }
    private let state = Mutex(State())
    private let made = DispatchSemaphore(value: 0)
    private let wanted: DispatchSemaphore

    /// Starts making the batches that `orders` asks for; nil ends.
    public init(
        ahead: Int = 4, orders: @escaping @Sendable (Int) -> Order?, from start: Int,
        make: @escaping @Sendable (Order) throws -> HostBatch
    ) {
        // Counted up from zero: a semaphore may not go away with less than it began with.
        wanted = DispatchSemaphore(value: 0)
        for _ in 0..<ahead { wanted.signal() }
        let thread = Thread { [self] in
            var position = start
            while let order = orders(position) {
                wanted.wait()
                if state.withLock({ $0.isStopped }) { return }
                let batch = Result { try make(order) }
                state.withLock { $0.ready.append(batch) }
                made.signal()
                if case .failure = batch { return }
                position += order.count
            }
        }
        thread.name = "darkroom.batches"
        thread.start()
    }

    /// The next batch, waiting for it if need be.
    /// - Throws: what making the batch threw.
    public func next() throws -> HostBatch {
        made.wait()
        let batch = state.withLock { $0.ready.removeFirst() }
        wanted.signal()
        return try batch.get()
    }

    /// Lets the thread end; a batch under way is finished first.
    public func stop() {
        state.withLock { $0.isStopped = true }
        wanted.signal()
    }
}
