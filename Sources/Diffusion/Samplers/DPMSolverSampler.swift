import Foundation
public import NoiseSchedules
public import Tensors

/// Walks the noise levels with the multistep rules of DPM-Solver and DPM-Solver++, of order 1 to 3, with or without fresh
/// noise.
///
/// One evaluation a step; without noise the error falls with the step to the power of the order, but for order 3: as its
/// authors wrote it, it counts the bend by half, which makes its error small and leaves its order at 2. Earlier estimates tell how
/// the estimate changes along half the log of the signal-to-noise ratio, λ. The first steps are of lower order, and so is
/// any step from pure noise or to a noise-free level.
/// Source: Lu et al. 2022 (DPM-Solver++), algorithms 2 and 3 and appendix B; of order 3 with noise, k-diffusion's 3M SDE.
public struct DPMSolverSampler: Sampler, Hashable {
    /// What is held constant over a first-order step.
    public enum Equation: Hashable, Sendable {
        /// The estimate of the clean sample: DPM-Solver++.
        case sample
        /// The estimate of the noise: DPM-Solver.
        case noise
    }
    /// How the second-order term is weighed.
    public enum Correction: Hashable, Sendable {
        /// By half the first-order step.
        case midpoint
        /// By the integral of a straight line.
        case heun
    }

    /// The greatest order, 1 to 3.
    public let order: Int
    /// What is held constant.
    public let equation: Equation
    /// How the second-order term is weighed; with order 3, that of the second step only.
    public let correction: Correction
    /// True for the stochastic rules.
    public let addsNoise: Bool
    /// How much noise the stochastic rules add; the share is that of the equation in the clean sample, the other has all.
    public let fresh: FreshNoise
    /// The greatest orders of the last steps; empty for no bound.
    public let finalOrders: [Int]
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// The two-step rule DPM-Solver++(2M), or another.
    public init(
        order: Int = 2, equation: Equation = .sample, correction: Correction = .midpoint,
        addsNoise: Bool = false, fresh: FreshNoise = FreshNoise(), finalOrders: [Int] = [],
        clipping: Clipping = .none
    ) {
        self.fresh = fresh
        (self.order, self.equation, self.correction) = (order, equation, correction)
        (self.addsNoise, self.finalOrders, self.clipping) = (addsNoise, finalOrders, clipping)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each step if it adds noise.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        var history: [(estimate: Tensor, lambda: Double)] = []
        for stride in try Stride.along(levels) {
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            try onStep(stride.report(x, denoised))
            let step = Step(stride, equation, correction, addsNoise ? fresh : nil)
            let now = equation == .sample ? denoised : try stride.level.epsilon(in: x, denoised)
            let allowed = min(order, finalOrders.bound(stride) ?? order)
            let foreseen = try foreseen(step, now, stride.level.logSNR / 2, history.prefix(allowed - 1))
            x = try x * step.kept + foreseen * step.gained
            if step.deviation > 0 { x = try x + freshNoise(like: x, &random) * step.deviation }
            history = [(now, stride.level.logSNR / 2)] + history.prefix(1)
        }
        return x
    }

    /// The estimate that a first-order step must be taken towards; `before` has the latest estimate first.
    private func foreseen(
        _ step: Step, _ now: Tensor, _ lambda: Double,
        _ before: ArraySlice<(estimate: Tensor, lambda: Double)>
    ) throws(TensorError) -> Tensor {
        let ratios = before.map { (lambda - $0.lambda) / step.h }
        guard let last = before.first, let r = ratios.first, r > 0, r.isFinite, step.h.isFinite else {
            return now
        }
        if ratios.count == 1 || !ratios[1].isFinite {
            let reach = step.slope / r
            return try now * (1 + reach) - last.estimate * reach
        }
        // Newton's divided differences through three estimates.
        let q = ratios[1] - r
        let late = try (now - last.estimate) / r
        let early = try (last.estimate - before[before.startIndex + 1].estimate) / q
        let bend = try (late - early) / (r + q)
        return try now + (late + bend * r) * step.line + bend * step.bend
    }

    /// The coefficients of one step: x' = kept · x + gained · foreseen + deviation · epsilon.
    struct Step {
        let kept, gained, deviation: Double
        /// The length of the step in λ.
        let h: Double
        /// The weights of a slope alone, of a slope beside a bend, and of a bend, as shares of `gained`.
        let slope, line, bend: Double

        /// The step of the stochastic rule where there is fresh noise.
        init(_ stride: Stride, _ equation: Equation, _ correction: Correction, _ fresh: FreshNoise?) {
            let (level, next) = (stride.level, stride.next)
            h = (next.logSNR - level.logSNR) / 2
            let (eta, scale) = (fresh?.eta ?? 0, fresh?.scale ?? 1)
            let addsNoise = eta > 0
            // Over the step the estimate is weighed by exp(g · position).
            let g: Double
            switch (equation, addsNoise) {
            case (.sample, false):
                g = -h
                kept = stride.kept
                gained = next.signal - level.signal * kept
                deviation = 0
            case (.sample, true):
                g = -(1 + eta) * h
                kept = stride.kept * exp(-eta * h)
                gained = -next.signal * expm1(g)
                deviation = next.noise * (-expm1(-2 * eta * h)).squareRoot() * scale
            case (.noise, _):
                g = h
                kept = next.signal / level.signal
                gained = (next.noise - level.noise * kept) * (addsNoise ? 2 : 1)
                deviation = addsNoise ? next.noise * expm1(2 * h).squareRoot() * scale : 0
            }
            let phi = expm1(g)
            line = (phi / g - 1) / phi
            slope = correction == .heun ? line : 0.5
            bend = ((phi - g) / (g * g) - 0.5) / phi
        }
    }
}

extension [Int] {
    /// The number that stands for a step in a list of numbers for the last steps; nil for earlier ones.
    func bound(_ stride: Stride) -> Int? {
        let rest = stride.count - 1 - stride.index
        return rest < count ? self[count - 1 - rest] : nil
    }
}
