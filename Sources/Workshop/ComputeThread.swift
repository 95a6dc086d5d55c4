import Dispatch
import Foundation

/// One thread of its own that runs the jobs of one actor, in order.
///
/// The tensor engine keeps modes and thread pools per thread, and one of its calls may take seconds. So each device has
/// such a thread, and Swift's shared pool stays free for everything else.
///
/// `@unchecked Sendable`: `waiting` and `isClosed` are only touched while `condition` is locked; everything else is
/// constant.
public final class ComputeThread: SerialExecutor, @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [UnownedJob] = []
    private var isClosed = false

    /// Starts the thread.
    /// - Parameter name: what debuggers and `top -H` show.
    public init(name: String) {
        // The thread holds the queue, not the other way round: `close` ends both.
        let hasStarted = DispatchSemaphore(value: 0)
        let thread = Thread { [self] in
            hasStarted.wait()  // until then, Foundation on Linux forgets a thread's name
            Thread.current.name = name
            work()
        }
        thread.stackSize = 16 << 20
        thread.qualityOfService = .userInitiated
        thread.start()
        hasStarted.signal()
    }

    /// Puts a job behind those that wait.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            waiting.append(job)
            condition.signal()
        }
    }

    /// Lets the thread end once nothing waits any more.
    func close() {
        condition.withLock {
            isClosed = true
            condition.signal()
        }
    }

    /// The next job; nil when there will be none.
    private func next() -> UnownedJob? {
        condition.withLock {
            while waiting.isEmpty && !isClosed { condition.wait() }
            return waiting.isEmpty ? nil : waiting.removeFirst()
        }
    }

    private func work() {
        while let job = next() {
            #if canImport(Darwin)
                autoreleasepool { job.runSynchronously(on: asUnownedSerialExecutor()) }
            #else
                job.runSynchronously(on: asUnownedSerialExecutor())
            #endif
        }
    }
}
