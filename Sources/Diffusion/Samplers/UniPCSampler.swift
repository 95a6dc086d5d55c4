import Foundation
public import NoiseSchedules
public import Tensors

/// Walks the noise levels with a multistep predictor that is corrected once the next estimate is known.
///
/// One evaluation a step; the error falls with the step to the power of the order plus one, unless the order is lowered
/// towards the end. The first steps, and those to or from an end without noise or without signal, are of lower order.
/// Source: Zhao et al. 2023 (UniPC), algorithms 5 to 8.
public struct UniPCSampler: Sampler, Hashable {
    /// The function B(h) of the step length.
    public enum Scale: Hashable, Sendable {
        /// h.
        case linear
        /// exp(h) − 1.
        case exponential
    }

    /// The greatest order of the predictor, 1 to 3.
    public let order: Int
    /// B(h).
    public let scale: Scale
    /// What is held constant over a first-order step.
    public let equation: DPMSolverSampler.Equation
    /// True when the order falls to 1 towards the end.
    public let lowersOrderAtEnd: Bool
    /// Steps that follow on this walk and that another model takes: the end is that much further away.
    public let stepsAfter: Int
    /// Steps whose end is not corrected, counted from 0.
    public let uncorrected: Set<Int>
    /// True when the last level is evaluated, too, and the last step corrected by it.
    public let correctsEnd: Bool
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// The rule of order 2 with B(h) = exp(h) − 1, or another.
    public init(
        order: Int = 2, scale: Scale = .exponential, equation: DPMSolverSampler.Equation = .sample,
        lowersOrderAtEnd: Bool = true, stepsAfter: Int = 0, uncorrected: Set<Int> = [],
        correctsEnd: Bool = false, clipping: Clipping = .none
    ) {
        (self.order, self.scale, self.equation) = (order, scale, equation)
        (self.lowersOrderAtEnd, self.uncorrected) = (lowersOrderAtEnd, uncorrected)
        (self.stepsAfter, self.correctsEnd, self.clipping) = (stepsAfter, correctsEnd, clipping)
    }

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        var history: [(estimate: Tensor, lambda: Double)] = []
        var last: (x: Tensor, step: Step)?
        let strides = try Stride.along(levels)
        for stride in strides {
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: stride.level))
            try onStep(stride.report(x, denoised))
            let now = equation == .sample ? denoised : try stride.level.epsilon(in: x, denoised)
            if let last, !uncorrected.contains(stride.index - 1) {
                x = try last.step.corrected(from: last.x, history, now)
            }
            history = [(now, stride.level.logSNR / 2)] + history.prefix(max(order - 1, 1))
            let after = stepsAfter + (correctsEnd ? 1 : 0)
            let rest = lowersOrderAtEnd ? stride.count - stride.index + after : order
            let step = Step(stride, self, history.map(\.lambda), order: min(order, rest))
            last = (x, step)
            x = try step.predicted(from: x, history)
        }
        if correctsEnd, let last, let end = levels.last, end.noise > 0,
            !uncorrected.contains(strides.count - 1)
        {
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: end))
            x = try last.step.corrected(
                from: last.x, history, equation == .sample ? denoised : end.epsilon(in: x, denoised))
        }
        return x
    }

    /// The coefficients of one step between two levels: x' = kept · x + gained · (estimate + what is foreseen of it).
    private struct Step {
        private let kept, gained: Double
        /// B(h) / (exp(h) − 1): the share of `gained` that differences are weighed with.
        private let share: Double
        /// The positions of earlier estimates, in steps; 1 is the end of this one.
        private let ratios: [Double]
        private let moments: [Double]

        init(_ stride: Stride, _ rule: UniPCSampler, _ lambdas: [Double], order: Int) {
            let (level, next) = (stride.level, stride.next)
            let h = next.logSNR / 2 - lambdas[0]
            let isSample = rule.equation == .sample
            kept = isSample ? stride.kept : next.signal / level.signal
            gained = isSample ? next.signal - level.signal * kept : next.noise - level.noise * kept
            let earlier = lambdas.dropFirst().prefix(max(order, 1) - 1).map { ($0 - lambdas[0]) / h }
            // Only what lies at a finite distance can be compared.
            ratios = h.isFinite ? Array(earlier.prefix { $0.isFinite && $0 < 0 }) : []
            let g = isSample ? -h : h
            let phi = expm1(g)
            let weight = rule.scale == .linear && g.isFinite ? g : phi
            share = weight / phi
            var (moments, moment, factorial) = ([Double](), phi / g - 1, 1.0)
            for index in 1...(ratios.count + 1) {
                moments.append(moment * factorial / weight)
                factorial *= Double(index + 1)
                moment = moment / g - 1 / factorial
            }
            self.moments = moments
        }

        /// x at the end of the step, from the estimates known at its beginning.
        func predicted(
            from x: Tensor, _ history: [(estimate: Tensor, lambda: Double)]
        ) throws(TensorError) -> Tensor {
            // With a single difference any weight is of second order; one half is the usual one.
            let weights =
                ratios.count == 1 ? [0.5] : solve(ratios.vandermonde, Array(moments.prefix(ratios.count)))
            return try step(x, history, weights)
        }

        /// x at the end of the step, once the estimate there is known.
        func corrected(
            from x: Tensor, _ history: [(estimate: Tensor, lambda: Double)], _ ahead: Tensor
        ) throws(TensorError) -> Tensor {
            let weights = ratios.isEmpty ? [0.5] : solve((ratios + [1]).vandermonde, moments)
            let corrected = try step(x, history, Array(weights.dropLast()))
            return try corrected + (ahead - history[0].estimate) * ((weights.last ?? 0) * share * gained)
        }

        private func step(
            _ x: Tensor, _ history: [(estimate: Tensor, lambda: Double)], _ weights: [Double]
        ) throws(TensorError) -> Tensor {
            let now = history[0].estimate
            var x = try x * kept + now * gained
            for (index, weight) in weights.enumerated() {
                x = try x + (history[index + 1].estimate - now) * (weight / ratios[index] * share * gained)
            }
            return x
        }
    }
}

extension [Double] {
    /// Rows of powers: ones, the numbers, their squares and so on.
    fileprivate var vandermonde: [[Double]] {
        indices.map { power in map { pow($0, Double(power)) } }
    }
}
