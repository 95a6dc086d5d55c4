import Datasets
import Images
import Synchronization
import Tensors

/// The scenes that a probe learns from: rendered when first asked for, kept for the epochs after.
final class ProbeScenes: Sendable {
    private let plan: ProbePlan
    private let common, rare: SceneWorld
    private let order: EpochOrder
    private let kept = Mutex<[Int: Kept]>([:])

    private struct Kept: Sendable {
        let pixels: [UInt8]
        let labels: [Int64]
    }

    /// - Throws: `DatasetError` when the plan asks for scenes that cannot be.
    init(_ plan: ProbePlan) throws {
        self.plan = plan
        common = try SceneWorld(plan.options, split: .train)
        rare = try SceneWorld(plan.options, split: .heldout)
        order = EpochOrder(count: plan.scenes, seed: plan.seed)
    }

    /// The batch at a place in the order; every epoch visits every scene once.
    func batch(_ request: BatchLoader.Order) throws -> HostBatch {
        var pixels: [UInt8] = []
        var labels: [Int64] = []
        for place in request.start..<request.start + request.count {
            let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
            let scene = try scene(order.index(at: position, epoch: epoch))
            pixels += scene.pixels
            labels += scene.labels
        }
        return HostBatch(
            start: request.start, count: request.count, resolution: request.resolution, pixels: pixels,
            pixelWeights: nil, ids: [], labels: labels)
    }

    private func scene(_ index: Int) throws -> Kept {
        if let known = kept.withLock({ $0[index] }) { return known }
        // Spread evenly: the i-th scene is a rare one where i · share passes a whole number.
        let share = plan.heldOutShare
        let isRare = (Double(index + 1) * share).rounded(.down) > (Double(index) * share).rounded(.down)
        let example = try (isRare ? rare : common).example(at: index)
        let made = Kept(
            pixels: example.image.pixels, labels: example.attributes.labels.map(Int64.init))
        kept.withLock { $0[index] = made }
        return made
    }
}
