import Dispatch
import Synchronization

/// Work on all processors whose results come in order.
public enum ParallelMap {
    /// What `body` makes of each number below `count`, computed on all processors, in order.
    ///
    /// - Throws: what `body` threw for the lowest number, after all have ended.
    public static func results<Result: Sendable>(
        _ count: Int, _ body: @Sendable (Int) throws -> Result
    ) throws -> [Result] {
        let slots = Mutex([Swift.Result<Result, any Error>?](repeating: nil, count: count))
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = Swift.Result { try body(index) }
            slots.withLock { $0[index] = result }
        }
        return try slots.withLock { $0 }.compactMap { try $0?.get() }
    }
}
