import Foundation

/// How much signal and how much noise there is: `x = signal · sample + noise · epsilon`.
///
/// A pair of plain numbers; one solver serves every kind of model with it. (1, sigma) for EDM, (√alphaBar,
/// √(1 − alphaBar)) for variance-preserving models, (1 − time, time) for flow models.
public struct NoiseLevel: Hashable, Sendable {
    /// The factor of the clean sample, at least 0.
    public let signal: Double
    /// The factor of the unit noise, at least 0.
    public let noise: Double

    /// The level of that pair.
    /// - Throws: `NoiseScheduleError.invalidLevel` unless both are finite, at least 0 and not both 0.
    public init(signal: Double, noise: Double) throws(NoiseScheduleError) {
        guard signal.isFinite, noise.isFinite, signal >= 0, noise >= 0, signal + noise > 0 else {
            throw .invalidLevel(signal: signal, noise: noise)
        }
        (self.signal, self.noise) = (signal, noise)
    }

    /// The level of a pair that a formula guarantees to be valid.
    init(unchecked signal: Double, _ noise: Double) { (self.signal, self.noise) = (signal, noise) }

    /// A clean sample: signal 1, noise 0.
    public static let clean = NoiseLevel(unchecked: 1, 0)
    /// Nothing but noise: signal 0, noise 1.
    public static let pureNoise = NoiseLevel(unchecked: 0, 1)

    /// Noise over signal, 0 to infinity.
    public var sigma: Double { noise / signal }
    /// The logarithm of the signal-to-noise ratio of powers, 2 · log(signal / noise); from −∞ to ∞.
    public var logSNR: Double { 2 * log(signal / noise) }
    /// The share of noise, noise / (signal + noise); 0 to 1, and the time of a flow model.
    public var noiseShare: Double { noise / (signal + noise) }
    /// The signal-to-noise ratio of powers in decibels.
    public var decibels: Double { 20 * log10(signal / noise) }
}

extension NoiseLevel: CustomStringConvertible {
    /// The pair with four digits.
    public var description: String { String(format: "(signal %.4g, noise %.4g)", signal, noise) }
}
