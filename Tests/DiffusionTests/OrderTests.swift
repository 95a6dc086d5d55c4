import Diffusion
import Foundation
import NoiseSchedules
import Recipes
import Tensors
import Testing

/// The perfect denoiser of a mixture of two equal Gaussians around ±1, whose path bends.
struct MixtureDenoiser: Denoiser {
    let deviation: Double

    func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let (s, n) = (level.signal, level.noise)
        let power = deviation * deviation
        let spread = s * s * power + n * n
        // Each half's own estimate is linear; the halves' weights are a logistic function of x.
        let lean = try (x * (s / spread)).tanh()
        return try x * (s * power / spread) + lean * (n * n / spread)
    }
}

@Suite struct OrderTests {
    /// Levels that grow finer towards their start, so that the low order of a multistep rule's first steps does not count.
    private func levels(_ steps: Int, isEDM: Bool) throws -> [NoiseLevel] {
        try (0...steps).map { index in
            let position = pow(Double(index) / Double(steps), 2)
            let sigma = exp(log(8) + position * (log(0.2) - log(8)))
            let length = isEDM ? 1 : hypot(1, sigma)
            return try NoiseLevel(signal: 1 / length, noise: sigma / length)
        }
    }

    private func end(_ sampler: any Sampler, steps: Int, isEDM: Bool) throws -> Double {
        let levels = try levels(steps, isEDM: isEDM)
        var random = try RandomStream(seed: 0)
        let start = try Tensor([0.7 * 8 * levels[0].signal], shape: [1, 1])
        return try sampler.sample(
            MixtureDenoiser(deviation: 0.5), from: start, along: levels, random: &random
        ) { _ in }.item() / (levels.last?.signal ?? 1)
    }

    private static let samplers: [(name: String, sampler: any Sampler, order: Double)] = [
        ("Euler", EulerSampler(), 1), ("DDIM", DDIMSampler(), 1), ("Heun", HeunSampler(), 2),
        ("DPM2", DPM2Sampler(), 2), ("LMS of order 3", LMSSampler(order: 3), 3), ("LMS", LMSSampler(), 4),
        ("PNDM", PNDMSampler(), 2), ("PNDM with velocities", PNDMSampler(history: .velocity), 1),
        ("DPM++ 1", DPMSolverSampler(order: 1), 1), ("DPM++ 2M", DPMSolverSampler(), 2),
        ("DPM++ 2M by Heun", DPMSolverSampler(correction: .heun), 2),
        ("DPM++ 3M", DPMSolverSampler(order: 3), 2), ("DPM 2M", DPMSolverSampler(equation: .noise), 2),
        ("DPM 2M by Heun", DPMSolverSampler(equation: .noise, correction: .heun), 2),
        ("UniPC 1", UniPCSampler(order: 1, lowersOrderAtEnd: false), 2),
        ("UniPC 2", UniPCSampler(lowersOrderAtEnd: false), 3),
        ("UniPC 3", UniPCSampler(order: 3, lowersOrderAtEnd: false), 4),
        ("UniPC 3 in the noise", UniPCSampler(order: 3, equation: .noise, lowersOrderAtEnd: false), 4),
        ("UniP 2", UniPCSampler(lowersOrderAtEnd: false, uncorrected: Set(0..<400)), 2),
        ("UniP 3", UniPCSampler(order: 3, lowersOrderAtEnd: false, uncorrected: Set(0..<400)), 3),
        ("DEIS 1", DEISSampler(order: 1), 1), ("DEIS 2", DEISSampler(), 2),
        ("DEIS 3", DEISSampler(order: 3), 3),
        ("DPM++ 2S", DPMSolverSinglestepSampler(orders: (0..<400).map { $0 % 2 + 1 }), 2),
        ("DPM++ 3S", DPMSolverSinglestepSampler(orders: (0..<400).map { $0 % 3 + 1 }), 3),
        (
            "DPM++ 3S by Heun",
            DPMSolverSinglestepSampler(orders: (0..<400).map { $0 % 3 + 1 }, correction: .heun), 3
        ),
        ("DPM++ 2S a without noise", DPMPlusPlus2SAncestralSampler(eta: 0), 2),
        ("Restart without restarts", RestartSampler(times: 0), 2),
    ]

    /// Halving the step divides the error by 2 to the power of the order, in two scales.
    @Test(arguments: samplers.indices, [true, false])
    func errorsFallWithTheOrderOfTheSolver(index: Int, isEDM: Bool) throws {
        let (name, sampler, order) = Self.samplers[index]
        let exact = try end(LMSSampler(), steps: 4000, isEDM: true)
        let errors = try [192, 384].map { try abs(end(sampler, steps: $0, isEDM: isEDM) - exact) }
        let measured = log2(errors[0] / errors[1])
        #expect(abs(measured - order) < 0.3, "\(name): order \(measured)")
    }

    @Test func twoSolversAgreeOnWhatIsExact() throws {
        let difference = try abs(
            end(LMSSampler(), steps: 4000, isEDM: true)
                - end(UniPCSampler(order: 3, lowersOrderAtEnd: false), steps: 4000, isEDM: false))
        #expect(difference < 1e-10)
    }

    @Test func theAdaptiveWalkKeepsItsTolerance() throws {
        let exact = try end(LMSSampler(), steps: 4000, isEDM: true)
        let errors = try [0.1, 0.01, 0.001].map { tolerance in
            let sampler = AdaptiveSampler(relativeTolerance: tolerance, absoluteTolerance: tolerance / 10)
            return try abs(end(sampler, steps: 5, isEDM: true) - exact)
        }
        #expect(
            errors[0] < 0.3 && errors[1] < 0.03 && errors[2] < 0.003, "\(errors)"
        )
    }
}

@Suite struct DistributionTests {
    private static let samplers: [(name: String, sampler: any Sampler)] = [
        ("DDIM with eta 1", DDIMSampler(eta: 1)), ("DDIM with eta 0.5", DDIMSampler(eta: 0.5)),
        ("DDPM", DDPMSampler()), ("DDPM with large variance", DDPMSampler(variance: .large)),
        ("DPM2 a", DPM2Sampler(eta: 1)), ("DPM++ 2S a", DPMPlusPlus2SAncestralSampler()),
        ("DPM++ 2M SDE", DPMSolverSampler(addsNoise: true)),
        ("DPM++ 2M SDE by Heun", DPMSolverSampler(correction: .heun, addsNoise: true)),
        ("DPM++ 3M SDE", DPMSolverSampler(order: 3, addsNoise: true)),
        ("DPM 2M SDE", DPMSolverSampler(equation: .noise, addsNoise: true)),
        ("DPM++ SDE", DPMPlusPlusSDESampler()), ("DPM++ 2S SDE", DPMSolverSinglestepSampler(addsNoise: true)),
        ("Euler with churn", EulerSampler(churn: Churn(amount: 10))),
        ("Heun with churn", HeunSampler(churn: Churn(amount: 10))), ("Restart", RestartSampler(times: 2)),
    ]

    /// With the perfect denoiser of Gaussian samples, what comes out has their mean and their variance.
    @Test(arguments: samplers.indices, [true, false])
    func whatIsDrawnHasTheRightMeanAndVariance(index: Int, isEDM: Bool) throws {
        let (name, sampler) = Self.samplers[index]
        let levels = try (0...640).map { index in
            let sigma = exp(log(20) + Double(index) / 640 * (log(0.05) - log(20)))
            let length = isEDM ? 1 : hypot(1, sigma)
            return try NoiseLevel(signal: 1 / length, noise: sigma / length)
        }
        let denoiser = GaussianDenoiser(deviation: 0.6)
        var random = try RandomStream(seed: 5)
        let unit = try random.normal([40_000]).to(.float64)
        let start = try unit * denoiser.spread(at: levels[0]).squareRoot()
        let end = try sampler.sample(denoiser, from: start, along: levels, random: &random) { _ in }
        let last = try #require(levels.last)
        let values = try end.values(as: Double.self).map { $0 / denoiser.spread(at: last).squareRoot() }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        // 40000 draws know the mean to 0.005 and the variance to 0.007, one deviation each.
        #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.04, "\(name): mean \(mean), variance \(variance)")
    }
}
