import Foundation
import Images

/// Lets only so many pixels be in the works at once, however many threads decode.
///
/// Unchecked but safe to share: `used` is touched with the condition's lock held only.
final class PictureGate: @unchecked Sendable {
    private let condition = NSCondition()
    private let limit: Int
    private var used = 0

    /// At most 64 million pixels: about half a gigabyte while pictures are cut and resized.
    init(limit: Int = Image.defaultPixelLimit) { self.limit = limit }

    /// Runs `body` when there is room for so many pixels; what is larger than the limit runs alone.
    func run<Result, Failure: Error>(
        pixels: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        condition.lock()
        while used > 0 && used + pixels > limit { condition.wait() }
        used += pixels
        condition.unlock()
        defer {
            condition.lock()
            used -= pixels
            condition.broadcast()
            condition.unlock()
        }
        return try body()
    }
}
