import Foundation
public import NoiseSchedules
public import Recipes
public import Tensors

/// How two estimates of the clean sample become the guided one, by the choice somebody made.
///
/// One for each walk: momentum remembers what came before.
public final class GuidanceRule {
    /// Weight, interval, schedule and method.
    public let choice: GuidanceChoice
    private let weight: Double
    /// Above this sigma nothing moves.
    private let stillAbove: Double
    /// The sum of differences that momentum has kept.
    private var kept: Tensor?

    /// The rule of a choice.
    ///
    /// - Parameters:
    ///   - choice: weight, interval, schedule and method; a weight of nil is 1.
    ///   - levels: the levels of the walk, which CFG-Zero* counts its first steps by; without them it has none.
    public init(_ choice: GuidanceChoice, along levels: [NoiseLevel] = []) {
        self.choice = choice
        weight = choice.scale ?? 1
        guard case .optimizedScale(let steps) = choice.method, steps > 0, weight != 1, !levels.isEmpty else {
            stillAbove = .infinity
            return
        }
        // Whatever the number, the last step moves.
        stillAbove = levels[min(steps, max(0, levels.count - 2))].sigma
    }

    /// The weight at a level: 1 for none, and outside of the interval.
    ///
    /// 1 + (weight − 1) · f, where f is 1, twice the share of signal, or 1 − cos(π · share of signal).
    public func scale(at level: NoiseLevel) -> Double {
        guard choice.interval.contains(level.noiseShare) else { return 1 }
        let share = 1 - level.noiseShare
        return switch choice.schedule {
        case .constant: weight
        case .linear: 1 + (weight - 1) * 2 * share
        case .cosine: 1 + (weight - 1) * (1 - cos(.pi * share))
        }
    }

    /// True where the second estimate is needed.
    public func isOn(at level: NoiseLevel) -> Bool { scale(at: level) != 1 }

    /// True in CFG-Zero*'s first steps, in which the flow's velocity is 0 whatever the estimates.
    public func isStill(at level: NoiseLevel) -> Bool { level.sigma > stillAbove }

    /// The estimate with which a step of a flow does not move: x / (signal + noise).
    /// - Throws: `TensorError`.
    public static func stillEstimate(_ x: Tensor, at level: NoiseLevel) throws(TensorError) -> Tensor {
        try x / (level.signal + level.noise)
    }

    /// The guided estimate.
    ///
    /// - Parameters:
    ///   - towards: the estimate with the prompt, `[batch, …]`.
    ///   - away: the other estimate, of the same shape.
    ///   - x: what both are estimates for.
    ///   - level: the level of `x`.
    /// - Returns: an estimate of that shape; every image of the batch is treated by itself.
    /// - Throws: `TensorError`.
    public func guided(
        _ towards: Tensor, away: Tensor, x: Tensor, at level: NoiseLevel
    ) throws -> Tensor {
        let scale = scale(at: level)
        let guided: Tensor
        switch choice.method {
        case .classifierFree: guided = try away.lerp(to: towards, weight: scale)
        case .projected(let projection):
            guided = try projected(towards, away: away, projection, scale: scale)
        case .optimizedScale:
            guided = try optimized(towards, away: away, x: x, at: level, scale: scale)
        }
        guard choice.rescale > 0 else { return guided }
        // Source: Lin et al. 2024, section 3.4.
        let factor = try towards.spread() / guided.spread().clamped(from: 1e-12)
        return try guided * (factor * choice.rescale + (1 - choice.rescale))
    }

    /// Adaptive projected guidance.
    ///
    /// Source: Sadat et al. 2024 (arXiv 2410.02416).
    private func projected(
        _ towards: Tensor, away: Tensor, _ projection: GuidanceMethod.Projection, scale: Double
    ) throws -> Tensor {
        var difference = try towards - away
        if projection.momentum != 0 {
            if let kept, kept.shape == difference.shape {
                difference = try difference + kept * projection.momentum
            }
            kept = difference
        }
        if projection.threshold > 0 {
            let length = try difference.dot(difference).squareRoot().clamped(from: 1e-12)
            difference = try difference * (projection.threshold / length).clamped(to: 1)
        }
        let share = try difference.dot(towards) / towards.dot(towards).clamped(from: 1e-12)
        let along = try towards * share
        let across = try difference - along
        return try towards + (across + along * projection.eta) * (scale - 1)
    }

    /// CFG-Zero*: the other velocity is scaled to lie nearest the prompt's.
    ///
    /// Source: Fan et al. 2025 (arXiv 2503.18886).
    private func optimized(
        _ towards: Tensor, away: Tensor, x: Tensor, at level: NoiseLevel, scale: Double
    ) throws -> Tensor {
        guard level.noise > 0 else { return try away.lerp(to: towards, weight: scale) }
        func velocity(_ estimate: Tensor) throws -> Tensor {
            try PredictionTarget.sample.convert(estimate, to: .flow, x: x, at: level)
        }
        let (fast, slow) = (try velocity(towards), try velocity(away))
        let fitted = try slow * (fast.dot(slow) / slow.dot(slow).clamped(from: 1e-12))
        return try PredictionTarget.flow.convert(
            fitted.lerp(to: fast, weight: scale), to: .sample, x: x, at: level)
    }
}

extension Tensor {
    /// The sum of products with another tensor for each image, of a shape that multiplies with both.
    fileprivate func dot(_ other: Tensor) throws(TensorError) -> Tensor {
        let sums = try (self * other).reshaped(size(0), -1).sum(1)
        return try sums.reshaped(to: [size(0)] + [Int](repeating: 1, count: max(0, rank - 1)))
    }

    /// The deviation of each image's values about their mean, of a shape that multiplies with the image.
    fileprivate func spread() throws(TensorError) -> Tensor {
        let count = Double(max(1, self.count / max(1, size(0))))
        let mean = try dot(self * 0.0 + 1.0) / count
        let centred = try self - mean
        return try (centred.dot(centred) / count).squareRoot()
    }
}
