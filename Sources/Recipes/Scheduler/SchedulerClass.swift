/// The solver classes of diffusers that a `scheduler_config.json` may name.
public enum SchedulerClass: String, CaseIterable, Sendable {
    /// DDIM.
    case ddim = "DDIMScheduler"
    /// DDPM.
    case ddpm = "DDPMScheduler"
    /// PNDM, with or without its Runge–Kutta start.
    case pndm = "PNDMScheduler"
    /// Linear multistep.
    case lms = "LMSDiscreteScheduler"
    /// Euler.
    case euler = "EulerDiscreteScheduler"
    /// Ancestral Euler.
    case eulerAncestral = "EulerAncestralDiscreteScheduler"
    /// Heun.
    case heun = "HeunDiscreteScheduler"
    /// DPM-Solver, multistep.
    case dpmMultistep = "DPMSolverMultistepScheduler"
    /// UniPC.
    case unipc = "UniPCMultistepScheduler"
    /// Latent consistency models.
    case lcm = "LCMScheduler"
    /// DPM2: Karras et al.'s midpoint rule.
    case dpm2 = "KDPM2DiscreteScheduler"
    /// Ancestral DPM2.
    case dpm2Ancestral = "KDPM2AncestralDiscreteScheduler"
    /// DPM-Solver, single step.
    case dpmSinglestep = "DPMSolverSinglestepScheduler"
    /// DPM++ SDE.
    case dpmSDE = "DPMSolverSDEScheduler"
    /// DEIS.
    case deis = "DEISMultistepScheduler"
    /// Trajectory consistency models.
    case tcd = "TCDScheduler"

    /// True for solvers that walk in x = sample + sigma · epsilon.
    public var walksInSigma: Bool {
        switch self {
        case .lms, .euler, .eulerAncestral, .heun, .dpm2, .dpm2Ancestral, .dpmSDE: true
        default: false
        }
    }

    /// True for solvers that step between whole timesteps of the training grid and ask for nothing in between.
    public var walksWholeTimesteps: Bool {
        switch self {
        case .ddim, .ddpm, .pndm, .lcm, .tcd: true
        default: false
        }
    }

    /// The class that a sampler is known by in diffusers, or whose levels suit one that diffusers does not have.
    public init(of choice: SamplerChoice) {
        self =
            switch choice.kind {
            case .ddpm: .ddpm
            case .ddim: .ddim
            case .pndm: .pndm
            case .lms: .lms
            case .euler: .euler
            case .eulerAncestral: .eulerAncestral
            case .heun: .heun
            case .dpm2: .dpm2
            case .dpm2Ancestral: .dpm2Ancestral
            case .dpmpp2S: .dpmSinglestep
            case .dpmpp2M, .dpmpp2MSDE, .dpmpp3MSDE: .dpmMultistep
            case .dpmppSDE: .dpmSDE
            case .unipc: .unipc
            case .deis: .deis
            case .lcm: .lcm
            case .tcd: .tcd
            case .dpmpp2SAncestral, .restart, .adaptive: .euler
            }
    }
}
