public import NoiseSchedules
public import Tensors

/// A solver that walks from noise to a sample along given noise levels.
///
/// It knows a denoiser, levels and random numbers; never a network, a file or a family of models.
public protocol Sampler: Sendable {
    /// Walks the levels.
    ///
    /// - Parameters:
    ///   - denoiser: estimates the clean sample.
    ///   - x: the start at `levels[0]`, `[batch, channel, height, width]`.
    ///   - levels: at least two, sigma strictly falling; only the last may be noise-free.
    ///   - random: one stream an image, for solvers that add fresh noise.
    ///   - onStep: called after each evaluation at a level, before the step is taken.
    /// - Returns: the end at the last level.
    /// - Throws: `DiffusionError.invalidLevels`, what the denoiser throws, and what `onStep` throws, such as
    ///   `CancellationError`.
    func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor
}

/// Where a sampler stands: the sample at a level and the estimate of its clean end.
public struct SamplerStep: Sendable {
    /// Steps done before, from 0.
    public let index: Int
    /// Steps in all.
    public let count: Int
    /// The level of `x`.
    public let level: NoiseLevel
    /// The level that the step leads to.
    public let next: NoiseLevel
    /// The sample before the step.
    public let x: Tensor
    /// The estimate of the clean sample.
    public let denoised: Tensor
}

/// One step between two neighbouring levels.
struct Stride {
    let index: Int
    let count: Int
    let level: NoiseLevel
    let next: NoiseLevel

    /// next.noise / level.noise: the factor of `x` in every first-order step.
    var kept: Double { next.noise / level.noise }

    /// The first-order step: `denoised` and its epsilon stay as they are while the level changes.
    ///
    /// Euler's rule in the scale of EDM and of flow models, DDIM's in the variance-preserving one.
    func moved(_ x: Tensor, towards denoised: Tensor) throws(TensorError) -> Tensor {
        try x * kept + denoised * (next.signal - level.signal * kept)
    }

    /// The same step to another level.
    func landing(at next: NoiseLevel) -> Stride {
        Stride(index: index, count: count, level: level, next: next)
    }

    /// A level below the next one and the deviation of the fresh noise that leads from there to it.
    ///
    /// - Parameter eta: the share of what the forward process adds between the two levels: 0 for none, 1 for all.
    /// - Returns: the level to step to, and how much fresh noise to add there.
    /// - Throws: nothing for levels that `along(_:landingAt:)` made.
    func ancestral(eta: Double) throws(NoiseScheduleError) -> (down: NoiseLevel, fresh: Double) {
        let fresh = min(eta * Posterior(from: level, to: next).deviation, next.noise)
        guard fresh > 0 else { return (next, 0) }
        let stays = max(0, next.noise * next.noise - fresh * fresh).squareRoot()
        return (try NoiseLevel(signal: next.signal, noise: stays), fresh)
    }

    func report(_ x: Tensor, _ denoised: Tensor) -> SamplerStep {
        SamplerStep(index: index, count: count, level: level, next: next, x: x, denoised: denoised)
    }

    /// The steps along `levels`, each to the next of them or to a landing of its own.
    /// - Throws: `DiffusionError.invalidLevels` unless sigma falls and only the last level is noise-free.
    static func along(
        _ levels: [NoiseLevel], landingAt landings: [NoiseLevel]? = nil
    ) throws(DiffusionError) -> [Stride] {
        guard levels.count >= 2 else {
            throw .invalidLevels(problem: "expected at least 2, found \(levels.count)")
        }
        var strides: [Stride] = []
        for (index, (level, next)) in zip(levels, levels.dropFirst()).enumerated() {
            guard level.sigma > next.sigma else {
                throw .invalidLevels(
                    problem:
                        "expected sigma to fall, found \(level.sigma) and then \(next.sigma) at step \(index)"
                )
            }
            strides.append(Stride(index: index, count: levels.count - 1, level: level, next: next))
        }
        guard let landings else { return strides }
        guard landings.count == strides.count, zip(landings, levels).allSatisfy({ $0.sigma < $1.sigma })
        else {
            throw .invalidLevels(problem: "expected a landing below each of \(strides.count) levels")
        }
        return zip(strides, landings).map {
            Stride(index: $0.index, count: $0.count, level: $0.level, next: $1)
        }
    }
}

extension NoiseLevel {
    /// The noise in x that an estimate of the clean sample implies: (x − signal · denoised) / noise.
    func epsilon(in x: Tensor, _ denoised: Tensor) throws(TensorError) -> Tensor {
        try (x - denoised * signal) / noise
    }

    /// The level at the geometric mean of the sigmas; nil where one of them is infinite or zero.
    ///
    /// Its signal and noise are of unit power, so that it is never taken for a level visited in the scale of EDM.
    func midpoint(to other: NoiseLevel) -> NoiseLevel? {
        guard signal > 0, other.noise > 0 else { return nil }
        let sigma = (self.sigma * other.sigma).squareRoot()
        let length = (1 + sigma * sigma).squareRoot()
        return try? NoiseLevel(signal: 1 / length, noise: sigma / length)
    }

    /// The level of a lower sigma and the same signal.
    func cleaned(to sigma: Double) throws(NoiseScheduleError) -> NoiseLevel {
        try NoiseLevel(signal: signal, noise: signal * sigma)
    }
}

/// Fresh unit noise of the shape, type and device of `x`.
func freshNoise(like x: Tensor, _ random: inout RandomStream) throws -> Tensor {
    guard random.count == x.size(0) else {
        throw DiffusionError.imageCount(expected: x.size(0), found: random.count, what: "random streams")
    }
    return try random.normal(Array(x.shape.dropFirst())).to(x.device, x.dtype)
}
