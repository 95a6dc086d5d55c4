public import NoiseSchedules
public import Recipes

extension SamplerChoice {
    /// The solver of that choice.
    public func make() -> any Sampler {
        switch self {
        case .ddpm: DDPMSampler()
        case .ddim(let eta), .eulerAncestral(let eta): DDIMSampler(eta: eta)
        case .pndm: PNDMSampler()
        case .lms: LMSSampler()
        case .euler: EulerSampler()
        case .heun: HeunSampler()
        case .dpm2: DPM2Sampler()
        case .dpm2Ancestral(let eta): DPM2Sampler(eta: eta)
        case .dpmpp2S: DPMSolverSinglestepSampler()
        case .dpmpp2SAncestral(let eta): DPMPlusPlus2SAncestralSampler(eta: eta)
        case .dpmpp2M: DPMSolverSampler()
        case .dpmpp2MSDE: DPMSolverSampler(addsNoise: true)
        case .dpmpp3MSDE: DPMSolverSampler(order: 3, addsNoise: true)
        case .dpmppSDE: DPMPlusPlusSDESampler()
        case .unipc: UniPCSampler()
        case .deis: DEISSampler()
        case .lcm: LCMSampler()
        case .tcd(let eta): TCDSampler(eta: eta)
        case .restart: RestartSampler()
        case .adaptive: AdaptiveSampler()
        }
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
