import Foundation
public import NoiseSchedules
public import Tensors

/// Walks the noise levels with a multistep rule of order 1 to 3 in log sigma.
///
/// One evaluation a step. A polynomial in log sigma through the latest noise estimates is integrated over sigma. The first
/// steps, and those from pure noise or to a noise-free level, are of lower order.
/// Source: Zhang and Chen 2023 (DEIS), the variant "log rho".
public struct DEISSampler: Sampler, Hashable {
    /// The greatest order, 1 to 3.
    public let order: Int
    /// The greatest orders of the last steps; empty for no bound.
    public let finalOrders: [Int]
    /// How the estimates are clipped.
    public let clipping: Clipping

    /// The rule of order 2, or another.
    public init(order: Int = 2, finalOrders: [Int] = [], clipping: Clipping = .none) {
        (self.order, self.finalOrders, self.clipping) = (min(max(order, 1), 3), finalOrders, clipping)
    }

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        var history: [(estimate: Tensor, logSigma: Double)] = []
        for stride in try Stride.along(levels) {
            let (level, next) = (stride.level, stride.next)
            let denoised = try clipping.applied(to: denoiser.denoised(x, at: level))
            try onStep(stride.report(x, denoised))
            guard level.signal > 0, next.noise > 0 else {
                x = try stride.moved(x, towards: denoised)
                continue
            }
            history = [(try level.epsilon(in: x, denoised), log(level.sigma))] + history.prefix(2)
            let known = history.prefix(min(order, finalOrders.bound(stride) ?? order))
            let weights = Self.integrals(through: known.map(\.logSigma), to: log(next.sigma))
            x = try x * (next.signal / level.signal)
            for ((estimate, _), weight) in zip(known, weights) {
                x = try x + estimate * (weight * level.sigma * next.signal)
            }
        }
        return x
    }

    /// The integrals over sigma, from the first node to `end`, of the polynomials in log sigma that are 1 at one node and 0
    /// at the others; in units of the first node's sigma.
    static func integrals(through nodes: [Double], to end: Double) -> [Double] {
        let h = end - nodes[0]
        // Integrals of v^k · exp(v) from 0 to h, by parts.
        var moments = [expm1(h)]
        for power in 1..<3 {
            moments.append(pow(h, Double(power)) * exp(h) - Double(power) * moments[power - 1])
        }
        return nodes.indices.map { index in
            let others = nodes.indices.filter { $0 != index }.map { nodes[$0] - nodes[0] }
            let scale = others.reduce(1) { $0 * (nodes[index] - nodes[0] - $1) }
            switch others.count {
            case 0: return moments[0]
            case 1: return (moments[1] - others[0] * moments[0]) / scale
            default:
                let (sum, product) = (others[0] + others[1], others[0] * others[1])
                return (moments[2] - sum * moments[1] + product * moments[0]) / scale
            }
        }
    }
}
