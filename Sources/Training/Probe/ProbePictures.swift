import Datasets
import Images
import Synchronization
import Tensors

/// The pictures that a probe learns from: made when first asked for, kept for the epochs after.
final class ProbePictures: Sendable {
    private let plan: ProbePlan
    private let common, rare: any PictureWorld
    private let order: EpochOrder
    private let kept = Mutex<[Int: Kept]>([:])

    private struct Kept: Sendable {
        let pixels: [UInt8]
        let labels: [Int64]
    }

    /// - Throws: `DatasetError` when the plan asks for pictures that cannot be.
    init(_ plan: ProbePlan) throws {
        self.plan = plan
        common = try plan.open(.train, seed: plan.seed)
        rare = try plan.open(.heldout, seed: plan.seed)
        order = EpochOrder(count: plan.pictures, seed: plan.seed)
    }

    /// The batch at a place in the order; every epoch visits every picture once.
    func batch(_ request: BatchLoader.Order) throws -> HostBatch {
        var pixels: [UInt8] = []
        var labels: [Int64] = []
        for place in request.start..<request.start + request.count {
            let (epoch, position) = place.quotientAndRemainder(dividingBy: order.count)
            let picture = try picture(order.index(at: position, epoch: epoch))
            pixels += picture.pixels
            labels += picture.labels
        }
        return HostBatch(
            start: request.start, count: request.count, resolution: request.resolution, pixels: pixels,
            pixelWeights: nil, ids: [], labels: labels)
    }

    private func picture(_ index: Int) throws -> Kept {
        if let known = kept.withLock({ $0[index] }) { return known }
        // Spread evenly: the i-th picture is a rare one where i · share passes a whole number.
        let share = plan.heldOutShare
        let isRare = (Double(index + 1) * share).rounded(.down) > (Double(index) * share).rounded(.down)
        let world = isRare ? rare : common
        let made = Kept(
            pixels: try world.picture(at: index).pixels,
            labels: try world.record(at: index).labels.map(Int64.init))
        kept.withLock { $0[index] = made }
        return made
    }
}
