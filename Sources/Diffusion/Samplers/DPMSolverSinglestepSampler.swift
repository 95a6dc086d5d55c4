import Foundation
public import NoiseSchedules
public import Tensors

/// Walks the noise levels with the single-step rules of DPM-Solver++, in groups of one to three levels.
///
/// One evaluation a level. A group starts with a first-order step, then takes its start again as far as its second level with
/// two estimates, and as far as its third with three: the levels at the ends of groups have the group's order.
/// Source: Lu et al. 2022 (DPM-Solver++), algorithm 1, as diffusers divides a walk into groups.
public struct DPMSolverSinglestepSampler: Sampler, Hashable {
    /// The order of the step from each level; nil for groups of `order` that end in steps of order 1.
    public let orders: [Int]?
    /// The greatest order where none are listed, 1 to 3.
    public let order: Int
    /// How the last term is weighed.
    public let correction: DPMSolverSampler.Correction
    /// True for the stochastic rule.
    public let addsNoise: Bool
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// The rule, with the order of the step from each level.
    public init(
        orders: [Int]? = nil, order: Int = 2, correction: DPMSolverSampler.Correction = .midpoint,
        addsNoise: Bool = false, clipping: Clipping = .none
    ) {
        self.order = min(max(order, 1), 3)
        (self.orders, self.correction) = (orders, correction)
        (self.addsNoise, self.clipping) = (addsNoise, clipping)
    }

    /// The orders of the steps of a walk.
    ///
    /// - Parameters:
    ///   - steps: the number of steps.
    ///   - greatest: the greatest order, 1 to 3.
    ///   - lowersOrderAtEnd: ends with lower orders, so that any number of steps will do.
    ///   - endsClean: ends with a step of order 1.
    /// - Returns: one order a step.
    public static func orders(steps: Int, greatest: Int, lowersOrderAtEnd: Bool, endsClean: Bool) -> [Int] {
        var orders = (0..<steps).map { $0 % greatest + 1 }
        guard let last = orders.indices.last else { return [] }
        // A whole group at the end is cut into smaller ones.
        if lowersOrderAtEnd, greatest > 1, orders[last] == greatest { orders[last] = 1 }
        if endsClean { orders[last] = 1 }
        return orders
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if it adds noise.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        let strides = try Stride.along(levels)
        let orders =
            orders
            ?? Self.orders(steps: strides.count, greatest: order, lowersOrderAtEnd: true, endsClean: true)
        var (x, start) = (x, x)
        var history: [(estimate: Tensor, level: NoiseLevel)] = []
        for (stride, wanted) in zip(strides, orders) {
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            try onStep(stride.report(x, denoised))
            history = [(denoised, stride.level)] + history.prefix(2)
            let order = min(wanted, history.count)
            if order == 1 { start = x }
            let group = Array(history.prefix(order).reversed())
            let span = Stride(
                index: stride.index, count: stride.count, level: group[0].level, next: stride.next)
            let step = DPMSolverSampler.Step(span, .sample, correction, addsNoise ? FreshNoise() : nil)
            x = try start * step.kept + foreseen(step, group) * step.gained
            if step.deviation > 0 { x = try x + freshNoise(like: x, &random) * step.deviation }
        }
        return x
    }

    /// The estimate that a step over the whole group must be taken towards.
    private func foreseen(
        _ step: DPMSolverSampler.Step, _ group: [(estimate: Tensor, level: NoiseLevel)]
    ) throws(TensorError) -> Tensor {
        let ratios = group.map { ($0.level.logSNR / 2 - group[0].level.logSNR / 2) / step.h }
        let base = group[0].estimate
        guard ratios.count > 1, step.h.isFinite, ratios.dropFirst().allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            return base
        }
        let late = try (group[ratios.count - 1].estimate - base) / ratios[ratios.count - 1]
        guard ratios.count == 3 else { return try base + late * step.slope }
        guard correction == .heun else { return try base + late * step.line }
        let early = try (group[1].estimate - base) / ratios[1]
        let slope = try (early * ratios[2] - late * ratios[1]) / (ratios[2] - ratios[1])
        let bend = try (late - early) * (2 / (ratios[2] - ratios[1]))
        return try base + slope * step.line + bend * step.bend
    }
}
