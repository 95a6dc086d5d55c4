import Foundation
public import Recipes

/// The learning rate over images seen: a straight rise, then half a cosine down.
///
/// Source: Loshchilov and Hutter 2017 for the cosine.
public struct LearningRateSchedule: Sendable, Equatable {
    private let plan: LearningRatePlan
    private let totalImages: Int

    /// The schedule of a plan for a run of `totalImages`.
    public init(_ plan: LearningRatePlan, totalImages: Int) {
        (self.plan, self.totalImages) = (plan, totalImages)
    }

    /// The rate for the update that begins after `imagesSeen` images and takes in `batch` more.
    public func rate(at imagesSeen: Int, batch: Int) -> Double {
        let rise = Double(imagesSeen + batch) / Double(max(1, plan.warmupImages))
        let rest = Double(max(1, totalImages - plan.warmupImages))
        let share = min(1, max(0, Double(imagesSeen - plan.warmupImages) / rest))
        let fall = plan.finalFraction + (1 - plan.finalFraction) * (1 + cos(.pi * share)) / 2
        return plan.peak * min(1, rise) * fall
    }
}
