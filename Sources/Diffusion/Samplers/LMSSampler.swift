public import NoiseSchedules
public import Tensors

/// Walks the noise levels with a linear multistep rule of order 4 in sigma.
///
/// One evaluation a step. A polynomial through the latest four noise estimates is integrated over the step; the first
/// steps, and the one after pure noise, have fewer.
/// Source: Karras et al. 2022's flow with the rule of Adams and Bashforth on unequal steps, as in k-diffusion.
public struct LMSSampler: Sampler, Hashable {
    /// The greatest number of estimates.
    public let order: Int
    /// Sigmas before the first level that the polynomials run through although nothing is known there.
    ///
    /// Diffusers does so when it starts in the middle of a walk; the first steps are then longer than they ought to be.
    public let sigmasBefore: [Double]

    /// The rule of an order from 1 to 4.
    public init(order: Int = 4, sigmasBefore: [Double] = []) {
        (self.order, self.sigmasBefore) = (min(max(order, 1), 4), sigmasBefore)
    }

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        var x = x
        var estimates: [Tensor] = []
        var sigmas: [Double] = sigmasBefore.reversed()
        for stride in try Stride.along(levels) {
            let (level, next) = (stride.level, stride.next)
            let denoised = try denoiser.denoised(x, at: level)
            try onStep(stride.report(x, denoised))
            guard level.signal > 0 else {
                x = try stride.moved(x, towards: denoised)
                continue
            }
            estimates = [try level.epsilon(in: x, denoised)] + estimates.prefix(order - 1)
            sigmas = [level.sigma] + sigmas.prefix(order - 1)
            // In x / signal, whose derivative by sigma is the noise estimate.
            x = try x * (next.signal / level.signal)
            for (index, estimate) in estimates.enumerated() {
                let weight = Self.integral(ofBasis: index, through: sigmas, to: next.sigma)
                x = try x + estimate * (weight * next.signal)
            }
        }
        return x
    }

    /// The integral, from the first node to `end`, of the polynomial that is 1 at node `index` and 0 at the others.
    static func integral(ofBasis index: Int, through nodes: [Double], to end: Double) -> Double {
        // Two points of Gauss and Legendre integrate polynomials of degree 3 exactly.
        let (middle, half) = ((nodes[0] + end) / 2, (end - nodes[0]) / 2)
        let reach = half / 3.0.squareRoot()
        return half
            * [middle - reach, middle + reach].reduce(0) { sum, point in
                sum
                    + nodes.indices.reduce(1) { product, other in
                        other == index
                            ? product : product * (point - nodes[other]) / (nodes[index] - nodes[other])
                    }
            }
    }
}
