import Foundation
import NoiseSchedules
public import Tensors

/// The logarithm of a model's density at given samples, by the probability-flow equation.
///
/// In u = log sigma and EDM's scale a sample moves by dx/du = x − denoised(x); its log density falls by the divergence of
/// that, D − tr ∂denoised/∂x. Walked from the least sigma to the greatest, where the density is taken for a Gaussian's, this
/// gives the density at the least sigma. Source: Song et al. 2021 (arXiv 2011.13456), equation 39.
public struct LogLikelihood: Hashable, Sendable {
    /// How the divergence is had.
    public enum Divergence: Hashable, Sendable {
        /// Every element of the diagonal; costs as many backward passes as a sample has numbers, `rows` of them at a time.
        case exact(rows: Int = 64)
        /// The mean over random signs, the same throughout a walk: unbiased, with noise. Source: Hutchinson 1990.
        case estimated(probes: Int)
    }

    /// How the equation is walked.
    public enum Solver: Hashable, Sendable {
        /// Runge and Kutta's rule of order 4 in equal steps of log sigma; four evaluations a step.
        case fixed(steps: Int)
        /// Dormand and Prince's pair of orders 5 and 4, whose difference keeps to the tolerance; six evaluations a step.
        case adaptive(tolerance: Double)
    }

    /// The sigma at which the density is asked for; above 0.
    public let least: Double
    /// The sigma at which nothing of the samples can be made out.
    public let greatest: Double
    /// The variance of x at the greatest sigma.
    public let finalVariance: Double
    /// How the divergence is had.
    public let divergence: Divergence
    /// How the equation is walked.
    public let solver: Solver

    /// A way to measure.
    ///
    /// - Parameters:
    ///   - least: the sigma at which the density is asked for.
    ///   - greatest: the sigma at which the density is taken for a Gaussian's.
    ///   - finalVariance: that Gaussian's variance; nil for greatest².
    ///   - divergence: exact, or estimated.
    ///   - solver: in equal steps, or as the error allows.
    /// - Throws: `DiffusionError.invalidLevels` unless 0 < least < greatest < ∞.
    public init(
        from least: Double = 0.002, to greatest: Double = 80, finalVariance: Double? = nil,
        divergence: Divergence, solver: Solver = .adaptive(tolerance: 1e-5)
    ) throws(DiffusionError) {
        guard least > 0, least < greatest, greatest.isFinite else {
            throw .invalidLevels(
                problem:
                    "expected a least sigma above 0 and below the greatest, found \(least) and \(greatest)")
        }
        (self.least, self.greatest) = (least, greatest)
        self.finalVariance = finalVariance ?? greatest * greatest
        (self.divergence, self.solver) = (divergence, solver)
    }

    /// What was found.
    public struct Report: Hashable, Sendable {
        /// The natural logarithm of the density at each sample.
        public let nats: [Double]
        /// How often the denoiser was asked for the whole batch.
        public let evaluations: Int
    }

    /// The log densities of samples; gradients must be recorded, so not inside of `Autograd.disabled`.
    ///
    /// - Parameters:
    ///   - samples: `[batch, …]`, x at the least sigma in EDM's scale.
    ///   - denoiser: the model.
    ///   - random: one stream a sample, for estimated divergences.
    /// - Returns: a number for each sample.
    /// - Throws: `DiffusionError.noGradient`, `DiffusionError.tooManySteps`, what the denoiser throws.
    public func report(
        of samples: Tensor, under denoiser: some Denoiser, random: inout RandomStream
    ) throws -> Report {
        let size = max(1, samples.count / max(1, samples.size(0)))
        let seeds = try seeds(for: samples, random: &random)
        var evaluations = 0
        let path = try FlowPath(solver: solver).end(
            of: .init(x: samples, volume: [Double](repeating: 0, count: samples.size(0))), from: log(least),
            to: log(greatest)
        ) { point, u in
            evaluations += 1
            let level = try NoiseLevel(signal: 1, noise: exp(u))
            let (denoised, trace) = try trace(of: denoiser, at: point.x, level, seeds: seeds)
            return .init(x: try point.x - denoised, volume: trace.map { Double(size) - $0 })
        }
        let squares = try path.x.squared().reshaped(samples.size(0), -1).sum(1).values(as: Double.self)
        let nats = zip(squares, path.volume).map { square, volume in
            volume - (square / finalVariance + Double(size) * log(2 * Double.pi * finalVariance)) / 2
        }
        return Report(nats: nats, evaluations: evaluations)
    }

    /// Bits for each number of a sample whose numbers are `cell` apart: −log₂ density / dimensions − log₂ cell.
    ///
    /// - Parameters:
    ///   - nats: the natural logarithm of the density.
    ///   - dimensions: how many numbers a sample has.
    ///   - cell: the distance of neighbouring values; 2/255 for 8-bit pixels from −1 to 1.
    /// - Returns: bits; 8 for uniform noise over the 256 cells.
    public static func bitsPerDimension(
        nats: Double, dimensions: Int, cell: Double = 2.0 / 255
    ) -> Double { -nats / (Double(dimensions) * log(2)) - log2(cell) }

    /// The vectors v whose products vᵀ J v add up to the trace, `[count, batch, …]`, and how much each counts.
    private func seeds(
        for samples: Tensor, random: inout RandomStream
    ) throws -> (vectors: [Tensor], weight: Double) {
        let (batch, size) = (samples.size(0), max(1, samples.count / max(1, samples.size(0))))
        switch divergence {
        case .estimated(let probes):
            let count = max(1, probes)
            let vectors = try (0..<count).map { _ in
                let signs = try freshNoise(like: samples, &random).isGreater(than: 0).to(samples.dtype)
                return try signs * 2.0 - 1
            }
            return ([try Tensor.concatenated(vectors)], 1 / Double(count))
        case .exact(let rows):
            let together = max(1, rows / max(1, batch))
            let vectors = try stride(from: 0, to: size, by: together).map { first in
                let last = min(first + together, size)
                var values = [Float](repeating: 0, count: (last - first) * batch * size)
                for axis in first..<last {
                    for image in 0..<batch { values[((axis - first) * batch + image) * size + axis] = 1 }
                }
                return try Tensor(
                    values, shape: [(last - first) * batch] + Array(samples.shape.dropFirst())
                ).to(samples.device, samples.dtype)
            }
            return (vectors, 1)
        }
    }

    /// The estimate for x and, for each image, the trace of its Jacobian.
    private func trace(
        of denoiser: some Denoiser, at x: Tensor, _ level: NoiseLevel,
        seeds: (vectors: [Tensor], weight: Double)
    ) throws -> (denoised: Tensor, trace: [Double]) {
        let batch = x.size(0)
        var denoised: Tensor?
        var traces = [Double](repeating: 0, count: batch)
        for vectors in seeds.vectors {
            let copies = [Tensor](repeating: x, count: vectors.size(0) / max(1, batch))
            let leaf = try Tensor.concatenated(copies).requiringGradient()
            let answer = try denoiser.denoised(leaf, at: level)
            guard answer.requiresGradient else { throw DiffusionError.noGradient }
            try (answer * vectors).sum().backward()
            guard let gradient = leaf.gradient else { throw DiffusionError.noGradient }
            let products = try (gradient * vectors).reshaped(vectors.size(0), -1).sum(1)
            for (row, product) in try products.values(as: Double.self).enumerated() {
                traces[row % batch] += product * seeds.weight
            }
            if denoised == nil { denoised = try answer.slice(0..<batch).detached() }
        }
        guard let denoised else { throw DiffusionError.noGradient }
        return (denoised, traces)
    }
}
