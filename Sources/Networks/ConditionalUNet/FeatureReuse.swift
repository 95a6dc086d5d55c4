import Synchronization
import Tensors

/// Deep features of a U-Net, computed at one call of so many and used again at the others.
///
/// From one step to the next what the deep layers find hardly changes. A call that reuses runs the first convolution and
/// the last layer of the way up only, which sees the fresh skip beside the older features. Belongs to one picture's walk.
/// Source: Ma et al. 2023, DeepCache (arXiv 2312.00858), section 3.3, with the outermost skip.
public final class FeatureReuse: Sendable {
    /// Calls from one full computation to the next; 1 computes all.
    public let interval: Int
    private let state = Mutex<(calls: Int, features: Tensor?)>((0, nil))

    /// Nothing is kept yet, so that the first call computes all.
    public init(interval: Int) { self.interval = max(1, interval) }

    /// Counts a call; to be called after each.
    public func advance() { state.withLock { $0.calls += 1 } }

    /// Forgets what is kept: the next call computes all.
    public func forget() { state.withLock { $0.features = nil } }

    /// The features to use in place of new ones; nil when it is time to compute, or nothing of the size of `map` is kept.
    func features(for map: Tensor) -> Tensor? {
        state.withLock { state in
            guard !state.calls.isMultiple(of: interval), let kept = state.features,
                kept.size(0) == map.size(0), kept.size(2) == map.size(2), kept.size(3) == map.size(3),
                kept.dtype == map.dtype
            else { return nil }
            return kept
        }
    }

    /// Keeps features for the calls to come, where there are any.
    func keep(_ features: Tensor) {
        guard interval > 1 else { return }
        state.withLock { $0.features = features }
    }
}
