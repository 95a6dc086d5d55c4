public import NoiseSchedules
public import Recipes

extension SamplerChoice {
    /// The solver of that choice.
    public func make() -> any Sampler {
        switch self {
        case .ddpm: DDPMSampler()
        case .ddim(let eta): DDIMSampler(eta: eta)
        case .euler: EulerSampler()
        case .heun: HeunSampler()
        case .dpmpp2M: DPMSolverSampler()
        }
    }
}

extension SpacingChoice {
    /// The spacing of that choice.
    public func make() -> any StepSpacing {
        switch self {
        case .leading: LeadingSpacing()
        case .trailing: TrailingSpacing()
        case .karras: KarrasSpacing()
        case .linspace: LinspaceSpacing()
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
                from: betas.betaStart, to: betas.betaEnd, timesteps: betas.timesteps)
        case .scaledLinear(let betas):
            try VariancePreserving.scaledLinear(
                from: betas.betaStart, to: betas.betaEnd, timesteps: betas.timesteps)
        }
    }
}
