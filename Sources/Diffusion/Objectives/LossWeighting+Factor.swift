import Foundation
public import NoiseSchedules
public import Recipes

extension LossWeighting {
    /// The factor of the squared error of the target at a level.
    ///
    /// An error of the target means an error of the implied sample that is b times as large, b being the prediction's factor
    /// in `PredictionTarget.sampleMix`; weightings that speak of the sample are brought to the target by b².
    public func factor(for target: PredictionTarget, at level: NoiseLevel) -> Double {
        switch self {
        case .uniform:
            return 1
        case .velocity:
            let share = max(level.noiseShare, 0.05)
            return Self.sampleFactor(of: target, at: level) / (share * share)
        case .minSNR(let gamma):
            let (s, n) = (level.signal, level.noise)
            // For epsilon b² is 1 / SNR; written so, pure noise gives 1 instead of 0 · ∞.
            if target == .epsilon { return s * s <= gamma * n * n ? 1 : gamma * n * n / (s * s) }
            let snr = n > 0 ? s * s / (n * n) : .infinity
            return Self.sampleFactor(of: target, at: level) * min(snr, gamma)
        case .softMinSNR(let gamma):
            // Written with s² and n² so that neither end divides by zero.
            let (s2, n2) = (level.signal * level.signal, level.noise * level.noise)
            if target == .epsilon { return gamma * n2 / (s2 + gamma * n2) }
            return Self.sampleFactor(of: target, at: level) * s2 * gamma / (s2 + gamma * n2)
        case .p2(let gamma, let k):
            // A squared error of epsilon is one of the sample times the SNR, limited as at a noise of 1/1000.
            let (s2, n2) = (level.signal * level.signal, level.noise * level.noise)
            let snr = s2 / max(n2, 1e-6 * (s2 + n2))
            let ofEpsilon = pow(k + snr, -gamma)
            return target == .epsilon
                ? ofEpsilon : Self.sampleFactor(of: target, at: level) * snr * ofEpsilon
        case .edm(let sigmaData):
            // 1 / sigma² + 1 / sigmaData² = (s² + n² / sigmaData²) / n², and b² / n² has no pole at n = 0 but for the sample.
            let (s, n) = (level.signal, level.noise)
            let mixed = s * s + n * n / (sigmaData * sigmaData)
            switch target {
            case .sample: return mixed / max(n * n, 1e-6)
            case .epsilon: return mixed / max(s * s, 1e-6)
            case .velocity: return mixed / ((s * s + n * n) * (s * s + n * n))
            case .flow: return mixed / ((s + n) * (s + n))
            }
        }
    }

    /// b²: the squared error of the sample for a unit squared error of the target.
    private static func sampleFactor(of target: PredictionTarget, at level: NoiseLevel) -> Double {
        let (s, n) = (level.signal, level.noise)
        switch target {
        case .sample: return 1
        // At pure noise an epsilon implies nothing; the factor is limited there as at a signal of 1/1000.
        case .epsilon: return n * n / max(s * s, 1e-6)
        case .velocity: return n * n / ((s * s + n * n) * (s * s + n * n))
        case .flow: return n * n / ((s + n) * (s + n))
        }
    }
}
