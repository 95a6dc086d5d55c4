import Diffusion
import Foundation
import NoiseSchedules
import Tensors

/// Samples of two equal Gaussians around ± a centre, of which everything is known: a single Gaussian with centre 0.
///
/// In one dimension the probability flow keeps the order of the points, so it carries each quantile to the same quantile:
/// that is its solution, in closed form, at every noise level.
struct MixtureProblem: Denoiser {
    let centre: Double
    let deviation: Double

    static let gaussian = MixtureProblem(centre: 0, deviation: 0.6)
    static let mixture = MixtureProblem(centre: 1, deviation: 0.5)

    /// The perfect denoiser: each half's own estimate is linear, the halves' weights are a logistic function of x.
    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let (s, n) = (level.signal, level.noise)
        let spread = s * s * deviation * deviation + n * n
        let linear = try x * (s * deviation * deviation / spread)
        if centre == 0 { return linear }
        return try linear + (x * (centre * s / spread)).tanh() * (centre * n * n / spread)
    }

    /// The variance of x in EDM's scale.
    func variance(at sigma: Double) -> Double { centre * centre + deviation * deviation + sigma * sigma }

    /// The share of the samples below x in EDM's scale.
    func share(below x: Double, at sigma: Double) -> Double {
        let spread = (2 * (deviation * deviation + sigma * sigma)).squareRoot()
        return (erfc((centre - x) / spread) + erfc((-centre - x) / spread)) / 4
    }

    /// The density of x in EDM's scale.
    func density(at x: Double, _ sigma: Double) -> Double {
        let variance = deviation * deviation + sigma * sigma
        func half(_ centre: Double) -> Double { exp(-(x - centre) * (x - centre) / (2 * variance)) }
        return (half(centre) + half(-centre)) / 2 / (2 * Double.pi * variance).squareRoot()
    }

    /// Where the probability flow carries a point, in EDM's scale.
    func carried(_ x: Double, from sigma: Double, to end: Double) -> Double {
        // On the side where the share is small its digits are worth most; the other side is its mirror.
        if x > 0 { return -carried(-x, from: sigma, to: end) }
        let share = share(below: x, at: sigma)
        var (low, high) = (-50.0, 0.0)
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if self.share(below: middle, at: end) < share { low = middle } else { high = middle }
        }
    }
}

/// Three scales of the same noise levels.
enum ProofScale: String, CaseIterable {
    case variancePreserving = "variance-preserving"
    case edm = "EDM"
    case flow = "flow"

    func level(sigma: Double) throws -> NoiseLevel {
        let length: Double =
            switch self {
            case .variancePreserving: hypot(1, sigma)
            case .edm: 1
            case .flow: 1 + sigma
            }
        return try NoiseLevel(signal: 1 / length, noise: sigma / length)
    }

    /// Levels from sigma 8 to 0.2 that grow finer towards their start, so that the low order of a multistep rule's first steps
    /// does not count.
    func levels(steps: Int) throws -> [NoiseLevel] {
        try (0...steps).map { index in
            let position = pow(Double(index) / Double(steps), 2)
            return try level(
                sigma: index == steps ? Self.least : Self.greatest * pow(Self.least / Self.greatest, position)
            )
        }
    }

    static let greatest = 8.0
    static let least = 0.2
}
