import Foundation
public import NoiseSchedules
public import Tensors

/// Walks from the first level to the last noisy one with steps as long as a bound on the error allows, then to the end.
///
/// Each step is tried with DPM-Solver++'s single-step rule and with its half; their difference measures the error. Two
/// evaluations a try; levels between are chosen on the way, so the number of steps counts for nothing. The images of a batch
/// share their steps, which the worst of them decides.
/// Source: Lu et al. 2022 (DPM-Solver), appendix C, with k-diffusion's control of the step length.
public struct AdaptiveSampler: Sampler, Hashable {
    /// The error allowed, relative to x.
    public let relativeTolerance: Double
    /// The error allowed whatever x is.
    public let absoluteTolerance: Double
    /// Tries after which the walk goes on with steps of the given levels.
    public static let mostTries = 1000

    /// A walk within tolerances.
    public init(relativeTolerance: Double = 0.05, absoluteTolerance: Double = 0.0078) {
        (self.relativeTolerance, self.absoluteTolerance) = (relativeTolerance, absoluteTolerance)
    }

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        _ = try Stride.along(levels)
        var (x, level, accepted) = (x, levels[0], 0)
        var length = 0.05
        // A step from pure noise has no length in log sigma: it is taken as given.
        if level.signal == 0 {
            let stride = Stride(index: 0, count: levels.count - 1, level: level, next: levels[1])
            let denoised = try denoiser.denoised(x, at: level)
            try onStep(stride.report(x, denoised))
            (x, level, accepted) = (try stride.moved(x, towards: denoised), levels[1], 1)
        }
        guard let bottom = levels.last(where: { $0.noise > 0 }) else { return x }
        let total = log(
            levels[0].signal > 0 ? levels[0].sigma / bottom.sigma : max(1, level.sigma / bottom.sigma))
        var before: Tensor?
        for _ in 0..<Self.mostTries where level.sigma > bottom.sigma {
            let denoised = try before ?? denoiser.denoised(x, at: level)
            let left = log(level.sigma / bottom.sigma)
            let isLast = length >= left * (1 - 1e-9)
            let next = isLast ? bottom : try level.cleaned(to: level.sigma * exp(-length))
            let stride = Stride(index: accepted, count: 0, level: level, next: next)
            let coarse = try stride.moved(x, towards: denoised)
            guard let middle = level.midpoint(to: next) else { break }
            let guess = try stride.landing(at: middle).moved(x, towards: denoised)
            let fine = try stride.moved(x, towards: denoiser.denoised(guess, at: middle))
            let error = try self.error(of: coarse, fine, from: x)
            // The step that would just keep the bound, with some reserve, at most ten times as long or short.
            let factor = min(max(0.9 / max(error, 1e-12).squareRoot(), 0.1), 10)
            if error <= 1 {
                let expected = accepted + max(1, Int((left / min(length, left)).rounded(.up)))
                try onStep(
                    Stride(index: accepted, count: max(expected, accepted + 1), level: level, next: next)
                        .report(x, denoised))
                (x, level, accepted, before) = (fine, next, accepted + 1, nil)
            } else {
                before = denoised
            }
            length = max(min(length, left) * factor, total * 1e-4)
        }
        // What is left: the step to a clean end, and the given levels when the tries are used up.
        let left = levels.filter { $0.sigma < level.sigma }
        let count = accepted + left.count
        for next in left {
            let stride = Stride(index: accepted, count: count, level: level, next: next)
            let denoised = try denoiser.denoised(x, at: level)
            try onStep(stride.report(x, denoised))
            (x, level, accepted) = (try stride.moved(x, towards: denoised), next, accepted + 1)
        }
        return x
    }

    /// The root mean square of the difference in units of the error allowed; that of the worst image.
    private func error(of coarse: Tensor, _ fine: Tensor, from x: Tensor) throws -> Double {
        let images = try zip(
            zip(coarse.values(as: Float.self), fine.values(as: Float.self)), x.values(as: Float.self))
        let size = max(1, fine.count / max(1, fine.size(0)))
        var sums = [Double](repeating: 0, count: fine.size(0))
        for (index, ((coarse, fine), start)) in images.enumerated() {
            let greatest = Double(max(abs(coarse), abs(start)))
            let share = Double(fine - coarse) / max(absoluteTolerance, relativeTolerance * greatest)
            sums[index / size] += share * share
        }
        return ((sums.max() ?? 0) / Double(size)).squareRoot()
    }
}
