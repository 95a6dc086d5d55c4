import NoiseSchedules
import Tensors

/// Fresh noise before a step, which the step then removes again: it corrects errors of earlier steps.
///
/// Source: Karras et al. 2022, algorithm 2.
public struct Churn: Hashable, Sendable {
    /// The sum of the relative rises of sigma over a walk; 0 for none.
    public var amount: Double
    /// The sigmas at which noise is added.
    public var range: ClosedRange<Double>
    /// The deviation of the noise added, 1 or a little more.
    public var scale: Double

    /// Noise of an amount within a range of sigmas.
    public init(amount: Double, range: ClosedRange<Double> = 0...Double.infinity, scale: Double = 1) {
        (self.amount, self.range, self.scale) = (amount, range, scale)
    }

    /// No noise.
    public static let none = Churn(amount: 0)

    /// The step from the noisier level that it starts from; the step itself where no noise is added.
    func risen(_ stride: Stride) throws(NoiseScheduleError) -> Stride {
        let level = stride.level
        guard amount > 0, level.signal > 0, range.contains(level.sigma) else { return stride }
        let rise = min(amount / Double(stride.count), 2.0.squareRoot() - 1)
        let raised = try NoiseLevel(signal: level.signal, noise: level.noise * (1 + rise))
        return Stride(index: stride.index, count: stride.count, level: raised, next: stride.next)
    }

    /// Raises x to a noisier level, from which the step then starts.
    func raised(_ stride: Stride, _ x: inout Tensor, _ random: inout RandomStream) throws -> Stride {
        let risen = try risen(stride)
        let (before, after) = (stride.level.noise, risen.level.noise)
        guard after > before else { return stride }
        let added = (after * after - before * before).squareRoot()
        x = try x + freshNoise(like: x, &random) * (added * scale)
        return risen
    }
}

/// The noise that a solver of the stochastic equation adds.
public struct FreshNoise: Hashable, Sendable {
    /// The share of a step's noise that is drawn anew, 0 to 1.
    public var eta: Double
    /// The factor of what is drawn, 1 or a little more.
    public var scale: Double

    /// All of the noise, or another share or scale.
    public init(eta: Double = 1, scale: Double = 1) { (self.eta, self.scale) = (eta, scale) }
}
