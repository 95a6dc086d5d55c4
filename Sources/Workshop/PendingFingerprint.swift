import Dispatch
import Foundation
import Synchronization

/// The fingerprint of a file, taken on a thread of its own while other work goes on.
final class PendingFingerprint: Sendable {
    private let file: URL
    private let result = Mutex<Result<String, WorkshopError>?>(nil)
    private let done = DispatchGroup()

    /// Begins at once.
    init(ofFile url: URL) {
        file = url
        done.enter()
        let thread = Thread { [self] in
            let found = Result { () throws(WorkshopError) in try Fingerprint.sha256(ofFile: file) }
            result.withLock { $0 = found }
            done.leave()
        }
        thread.start()
    }

    /// Waits for the end if need be; for threads that may wait, such as a device's.
    /// - Throws: `WorkshopError.unreadable`.
    func value() throws(WorkshopError) -> String {
        done.wait()
        guard let result = result.withLock({ $0 }) else { throw .unreadable(file, reason: "it was not read") }
        return try result.get()
    }
}
