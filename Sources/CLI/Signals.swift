import Foundation
import Synchronization

/// What the process does when it is asked to stop.
///
/// The first Ctrl-C (SIGINT, SIGTERM, SIGHUP) cancels the work, which stops within a step and leaves nothing half
/// written. The second ends the process at once.
enum Signals {
    private static let interruptions = Atomic<Int>(0)

    /// True once the process has been asked to stop.
    static var wasInterrupted: Bool { interruptions.load(ordering: .relaxed) > 0 }

    /// Writing to a closed pipe becomes an error code that `Terminal.write` passes over.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Keeps the signals that ask to stop for `wait`; to be called before there are other threads, which inherit this.
    ///
    /// Signals that the caller's shell has set to be ignored, as `nohup` and background jobs do, stay ignored.
    static func block() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }

    /// Waits for signals on this thread, for ever; calls `cancel` at the first.
    static func wait(for signals: sigset_t, _ cancel: () -> Void) -> Never {
        var signals = signals
        var number: Int32 = 0
        while true {
            guard sigwait(&signals, &number) == 0 else {
                sleep(1)
                continue
            }
            if interruptions.add(1, ordering: .relaxed).oldValue > 0 { _exit(Door.Status.interrupted) }
            cancel()
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
            let handler = action.__sigaction_u.__sa_handler
        #else
            let handler = action.__sigaction_handler.sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
