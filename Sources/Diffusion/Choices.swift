public import NoiseSchedules
public import Recipes

extension SamplerChoice {
    /// The solver of that choice.
    public func make() -> any Sampler {
        let eta = options.eta ?? 0
        return switch kind {
        case .ddpm: DDPMSampler()
        case .ddim, .eulerAncestral: DDIMSampler(eta: eta, noiseScale: options.noiseScale)
        case .pndm: PNDMSampler()
        case .lms: LMSSampler(order: options.order ?? 4)
        case .euler: EulerSampler(churn: churn)
        case .heun: HeunSampler(churn: churn)
        case .dpm2: DPM2Sampler(churn: churn)
        case .dpm2Ancestral: DPM2Sampler(eta: eta, noiseScale: options.noiseScale)
        case .dpmpp2S: DPMSolverSinglestepSampler(order: options.order ?? 2)
        case .dpmpp2SAncestral: DPMPlusPlus2SAncestralSampler(eta: eta, noiseScale: options.noiseScale)
        case .dpmpp2M: DPMSolverSampler(order: options.order ?? 2)
        case .dpmpp2MSDE: DPMSolverSampler(addsNoise: true, fresh: freshNoise)
        case .dpmpp3MSDE: DPMSolverSampler(order: 3, correction: .heun, addsNoise: true, fresh: freshNoise)
        case .dpmppSDE: DPMPlusPlusSDESampler(eta: eta, noiseScale: options.noiseScale)
        case .unipc: UniPCSampler(order: options.order ?? 2)
        case .deis: DEISSampler(order: options.order ?? 2)
        case .lcm: LCMSampler()
        case .tcd: TCDSampler(eta: eta)
        case .restart: RestartSampler()
        case .adaptive: AdaptiveSampler()
        }
    }

    /// The noise that is added on the way and removed again.
    var churn: Churn {
        Churn(
            amount: options.churn, range: options.churnFrom...max(options.churnFrom, options.churnTo),
            scale: options.noiseScale)
    }

    /// The noise that a stochastic equation adds.
    var freshNoise: FreshNoise {
        FreshNoise(eta: options.eta ?? 1, scale: options.noiseScale)
    }
}

extension SpacingChoice {
    /// The spacing of that choice.
    /// - Throws: `NoiseScheduleError.invalidParameter` for sigmas that do not fall.
    public func make() throws(NoiseScheduleError) -> any StepSpacing {
        switch self {
        case .leading: LeadingSpacing()
        case .trailing: TrailingSpacing()
        case .karras: KarrasSpacing()
        case .linspace: LinspaceSpacing()
        case .exponential: RampSpacing(.exponential)
        case .polyexponential: RampSpacing(.polyexponential(rho: 1))
        case .beta: RampSpacing(.beta(alpha: 0.6, beta: 0.6))
        case .simple: SimpleSpacing()
        case .sgmUniform: SGMUniformSpacing()
        case .klOptimal: RampSpacing(.divergence)
        case .sigmas(let sigmas): try ListedSpacing(sigmas)
        }
    }
}

extension ScheduleChoice {
    /// The schedule of that choice.
    /// - Throws: `NoiseScheduleError.invalidBetas` for variances outside of (0, 1).
    public func make() throws(NoiseScheduleError) -> any NoiseSchedule {
        switch self {
        case .flow: RectifiedFlow()
        case .cosine(let timesteps): try VariancePreserving.cosine(timesteps: timesteps)
        case .linear(let betas):
            try VariancePreserving.linear(
                from: betas.betaStart, to: betas.betaEnd, timesteps: betas.timesteps
            ).endingInPureNoise(betas.zeroTerminalSNR)
        case .scaledLinear(let betas):
            try VariancePreserving.scaledLinear(
                from: betas.betaStart, to: betas.betaEnd, timesteps: betas.timesteps
            ).endingInPureNoise(betas.zeroTerminalSNR)
        case .edm(let sigmas):
            try EDMSchedule(least: sigmas.least, greatest: sigmas.greatest, ofData: sigmas.ofData)
        }
    }
}
