import Diffusion
import Foundation
import NoiseSchedules
import Tensors
import Testing

/// The denoiser of the fixtures: 0.8 tanh(z) + 0.1 sin(3 z) with z = x / √(signal² + noise²).
struct ScriptedDenoiser: Denoiser {
    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let z = try x / hypot(level.signal, level.noise)
        return try z.tanh() * 0.8 + (z * 3.0).sin() * 0.1
    }
}

/// The perfect denoiser of Gaussian samples of a given deviation, for which the path is known exactly.
struct GaussianDenoiser: Denoiser {
    let deviation: Double

    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let power = deviation * deviation
        return try x * (level.signal * power / spread(at: level))
    }
    /// The variance of x at a level.
    func spread(at level: NoiseLevel) -> Double {
        level.signal * level.signal * deviation * deviation + level.noise * level.noise
    }
    /// The end of the path that starts with `x` at `start`.
    func exact(_ x: Double, from start: NoiseLevel, to end: NoiseLevel) -> Double {
        x * (spread(at: end) / spread(at: start)).squareRoot()
    }
}

/// Counts how often it is asked, and how large the batches were.
final class CountingDenoiser: Denoiser {
    private let base: any Denoiser
    private(set) var batches: [Int] = []
    init(_ base: any Denoiser) { self.base = base }

    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        batches.append(x.size(0))
        return try base.denoised(x, at: level)
    }
}

/// The greatest difference between two tensors' elements; infinite when their shapes differ.
func distance(_ left: Tensor, _ right: Tensor) throws -> Double {
    guard left.shape == right.shape else { return .infinity }
    let pairs = try zip(left.values(as: Double.self), right.values(as: Double.self))
    return pairs.reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}
