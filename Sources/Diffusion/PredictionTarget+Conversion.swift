public import NoiseSchedules
public import Recipes
public import Tensors

/// Exact conversions, all of the form "so much of x plus so much of the prediction".
///
/// From x = signal · sample + noise · epsilon follow, with s and n for signal and noise:
/// velocity = s · epsilon − n · sample and flow = epsilon − sample determine both parts at every level; epsilon leaves the
/// sample open at pure noise (s = 0), sample leaves the epsilon open where there is none (n = 0).
extension PredictionTarget {
    /// What of x and what of a prediction add up to some quantity.
    public struct Mix: Hashable, Sendable {
        /// The factor of x.
        public let x: Double
        /// The factor of the prediction.
        public let prediction: Double
    }

    /// The clean sample as a mix of x and the prediction.
    /// - Throws: `DiffusionError.undetermined` for epsilon at pure noise.
    public func sampleMix(at level: NoiseLevel) throws(DiffusionError) -> Mix {
        let (s, n) = (level.signal, level.noise)
        switch self {
        case .sample: return Mix(x: 0, prediction: 1)
        case .velocity: return Mix(x: s / (s * s + n * n), prediction: -n / (s * s + n * n))
        case .flow: return Mix(x: 1 / (s + n), prediction: -n / (s + n))
        case .epsilon:
            guard s > 0 else { throw .undetermined(wanted: "sample", from: self, level: level) }
            return Mix(x: 1 / s, prediction: -n / s)
        }
    }

    /// The noise as a mix of x and the prediction.
    /// - Throws: `DiffusionError.undetermined` for sample where there is no noise.
    public func epsilonMix(at level: NoiseLevel) throws(DiffusionError) -> Mix {
        let (s, n) = (level.signal, level.noise)
        switch self {
        case .epsilon: return Mix(x: 0, prediction: 1)
        case .velocity: return Mix(x: n / (s * s + n * n), prediction: s / (s * s + n * n))
        case .flow: return Mix(x: 1 / (s + n), prediction: s / (s + n))
        case .sample:
            guard n > 0 else { throw .undetermined(wanted: "epsilon", from: self, level: level) }
            return Mix(x: 1 / n, prediction: -s / n)
        }
    }

    /// The target as so much of the sample plus so much of epsilon; defined at every level.
    public func parts(at level: NoiseLevel) -> (sample: Double, epsilon: Double) {
        switch self {
        case .epsilon: (0, 1)
        case .sample: (1, 0)
        case .velocity: (-level.noise, level.signal)
        case .flow: (-1, 1)
        }
    }

    /// Another target as a mix of x and this one's prediction.
    /// - Throws: `DiffusionError.undetermined` where this one leaves open what the other needs.
    public func mix(for other: PredictionTarget, at level: NoiseLevel) throws(DiffusionError) -> Mix {
        if other == self { return Mix(x: 0, prediction: 1) }
        let parts = other.parts(at: level)
        let nothing = Mix(x: 0, prediction: 0)
        let sample = parts.sample == 0 ? nothing : try sampleMix(at: level)
        let epsilon = parts.epsilon == 0 ? nothing : try epsilonMix(at: level)
        return Mix(
            x: parts.sample * sample.x + parts.epsilon * epsilon.x,
            prediction: parts.sample * sample.prediction + parts.epsilon * epsilon.prediction)
    }

    /// A prediction of this target turned into one of another.
    ///
    /// - Parameters:
    ///   - prediction: of this target, of the shape of `x`.
    ///   - other: the target wanted.
    ///   - x: the noisy sample that the prediction was made for.
    ///   - level: its level.
    /// - Returns: the prediction of `other` that says the same.
    /// - Throws: `DiffusionError.undetermined`, `TensorError`.
    public func convert(
        _ prediction: Tensor, to other: PredictionTarget, x: Tensor, at level: NoiseLevel
    ) throws -> Tensor {
        try mix(for: other, at: level).applied(to: x, prediction)
    }
}

extension PredictionTarget.Mix {
    /// x times its factor plus the prediction times its own.
    func applied(to x: Tensor, _ prediction: Tensor) throws(TensorError) -> Tensor {
        if self.x == 0 { return self.prediction == 1 ? prediction : try prediction * self.prediction }
        return try x * self.x + prediction * self.prediction
    }
}
