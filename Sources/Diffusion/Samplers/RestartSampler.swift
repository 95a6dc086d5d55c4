import Foundation
public import NoiseSchedules
public import Tensors

/// Walks the noise levels with Heun's rule and, having come low, goes up again with fresh noise and comes down once more.
///
/// Two evaluations a step. What went wrong in the upper range is drawn anew while what is known of the sample stays.
/// Source: Xu et al. 2023 (Restart), algorithm 1.
public struct RestartSampler: Sampler, Hashable {
    /// The sigma from which the walk goes up again.
    public let least: Double
    /// The sigma up to which it goes.
    public let greatest: Double
    /// How often.
    public let times: Int
    /// The steps of each way down.
    public let steps: Int

    /// A walk that goes up again, `times` times, from `least` to `greatest`, and comes down in `steps` steps.
    public init(least: Double = 0.1, greatest: Double = 2, times: Int = 1, steps: Int = 9) {
        (self.least, self.greatest, self.times, self.steps) = (least, greatest, times, steps)
    }

    /// Walks the levels as `Sampler` says, drawing a tensor of noise each time it goes up.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        let walks = try self.walks(along: levels)
        let count = walks.reduce(0) { $0 + $1.count - 1 }
        var index = 0
        for (number, walk) in walks.enumerated() {
            if number > 0, let bottom = walks[number - 1].last {
                let factors = try ForwardProcess.stepFactors(from: bottom, to: walk[0])
                x = try x * factors.kept + freshNoise(like: x, &random) * factors.added
            }
            for step in try Stride.along(walk) {
                let stride = Stride(index: index, count: count, level: step.level, next: step.next)
                let denoised = try denoiser.denoised(x, at: stride.level)
                try onStep(stride.report(x, denoised))
                x = try HeunSampler.step(stride, x, denoised) { try denoiser.denoised($0, at: $1) }
                index += 1
            }
        }
        return x
    }

    /// The ways down: to the level nearest `least`, again from the one nearest `greatest`, and to the end.
    private func walks(along levels: [NoiseLevel]) throws -> [[NoiseLevel]] {
        func nearest(_ sigma: Double) -> Int {
            let inner = levels.indices.dropLast()
            return inner.min { abs(levels[$0].sigma - sigma) < abs(levels[$1].sigma - sigma) } ?? 0
        }
        let (bottom, top) = (nearest(least), nearest(greatest))
        guard times > 0, steps > 0, top < bottom, bottom < levels.count - 1 else { return [levels] }
        let ramp = SigmaRamp.karras(rho: 7).sigmas(
            from: levels[top].sigma, to: levels[bottom].sigma, count: steps + 1)
        // In a scale that goes over from that of the one end into that of the other.
        let signals = SigmaRamp.exponential.sigmas(
            from: levels[top].signal, to: levels[bottom].signal, count: steps + 1)
        let inner = try zip(signals, ramp).map { try NoiseLevel(signal: $0, noise: $0 * $1) }
        let again = [levels[top]] + inner.dropFirst().dropLast() + [levels[bottom]]
        return [Array(levels[...bottom])] + Array(repeating: again, count: times) + [Array(levels[bottom...])]
    }
}
