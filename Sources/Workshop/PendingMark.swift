import Dispatch
import Foundation
import Recipes
import Synchronization

/// What a model is known again by, found on a thread of its own while other work goes on.
final class PendingMark: Sendable {
    private let model: URL
    private let result = Mutex<Result<ModelMark, WorkshopError>?>(nil)
    private let done = DispatchGroup()

    /// Begins at once.
    init(of model: URL) {
        self.model = model
        done.enter()
        let thread = Thread { [self] in
            let found = Result { () throws(WorkshopError) in
                try ModelFootprint(of: model).mark()
            }
            result.withLock { $0 = found }
            done.leave()
        }
        thread.start()
    }

    /// Waits for the end if need be; for threads that may wait, such as a device's.
    /// - Throws: `WorkshopError.unreadable`.
    func value() throws(WorkshopError) -> ModelMark {
        done.wait()
        guard let result = result.withLock({ $0 }) else {
            throw .unreadable(model, reason: "it was not read")
        }
        return try result.get()
    }
}
