import Dispatch
import Foundation
import Synchronization

/// The fingerprint of a model, taken on a thread of its own while other work goes on.
final class PendingFingerprint: Sendable {
    private let model: URL
    private let result = Mutex<Result<String, WorkshopError>?>(nil)
    private let done = DispatchGroup()

    /// Begins at once.
    init(of model: URL) {
        self.model = model
        done.enter()
        let thread = Thread { [self] in
            let found = Result { () throws(WorkshopError) in
                try ModelFootprint(of: model).fingerprint()
            }
            result.withLock { $0 = found }
            done.leave()
        }
        thread.start()
    }

    /// Waits for the end if need be; for threads that may wait, such as a device's.
    /// - Throws: `WorkshopError.unreadable`.
    func value() throws(WorkshopError) -> String {
        done.wait()
        guard let result = result.withLock({ $0 }) else {
            throw .unreadable(model, reason: "it was not read")
        }
        return try result.get()
    }
}
