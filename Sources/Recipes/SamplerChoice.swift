/// Which solver walks the noise levels; made into a `Sampler` by `Diffusion`.
///
/// Three spellings are understood: ours (`dpmpp_2m`), the class names of diffusers (`DPMSolverMultistepScheduler`) and
/// the labels of A1111 (`DPM++ 2M`, also with `Karras` behind it: see `SpacingChoice.init(impliedBySampler:)`).
public enum SamplerChoice: Equatable, Sendable {
    /// Ancestral sampling with the posterior variance. Source: Ho et al. 2020.
    case ddpm
    /// The implicit sampler; eta from 0 (no fresh noise) to 1 (as much as DDPM). Source: Song et al. 2021.
    case ddim(eta: Double)
    /// Linear multistep of the network's output. Source: Liu et al. 2022.
    case pndm
    /// Linear multistep of order 4 in sigma.
    case lms
    /// First-order steps along the probability flow.
    case euler
    /// First-order steps with fresh noise; eta as for DDIM.
    case eulerAncestral(eta: Double)
    /// Second-order steps, two evaluations each. Source: Karras et al. 2022.
    case heun
    /// Second-order steps by way of the midpoint, two evaluations each.
    case dpm2
    /// The same with fresh noise.
    case dpm2Ancestral(eta: Double)
    /// Second-order steps over two levels. Source: Lu et al. 2022.
    case dpmpp2S
    /// Second-order steps with fresh noise, two evaluations each.
    case dpmpp2SAncestral(eta: Double)
    /// Second-order multistep, one evaluation each. Source: Lu et al. 2022.
    case dpmpp2M
    /// The same for the stochastic equation.
    case dpmpp2MSDE
    /// Third-order multistep for the stochastic equation.
    case dpmpp3MSDE
    /// Second-order steps for the stochastic equation, two evaluations each.
    case dpmppSDE
    /// Multistep with a corrector, one evaluation each. Source: Zhao et al. 2023.
    case unipc
    /// Multistep in log sigma, one evaluation each. Source: Zhang and Chen 2023.
    case deis
    /// Jumps to the sample, for latent consistency models. Source: Luo et al. 2023.
    case lcm
    /// Jumps to any level, for trajectory consistency models; eta from 0 to 1. Source: Zheng et al. 2024.
    case tcd(eta: Double)
    /// Heun's steps down, up again and down once more. Source: Xu et al. 2023.
    case restart
    /// Steps as long as a bound on the error allows.
    case adaptive

    /// Every sampler, with its default options.
    public static let all: [SamplerChoice] = [
        .euler, .eulerAncestral(eta: 1), .heun, .dpm2, .dpm2Ancestral(eta: 1), .lms, .dpmpp2S,
        .dpmpp2SAncestral(eta: 1), .dpmpp2M, .dpmpp2MSDE, .dpmpp3MSDE, .dpmppSDE, .unipc, .deis,
        .ddim(eta: 0),
        .ddpm, .pndm, .lcm, .tcd(eta: 0), .restart, .adaptive,
    ]

    /// The names used in JSON and on the command line.
    public static let ids = all.map(\.id)

    /// The name used in JSON and on the command line.
    public var id: String { names.id }
    /// The name that A1111 shows and writes into pictures.
    public var label: String { names.label }

    /// Our name, A1111's, and others that are understood, all of which `folded` makes alike.
    private var names: (id: String, label: String, others: [String]) {
        switch self {
        case .ddpm: ("ddpm", "DDPM", ["DDPMScheduler"])
        case .ddim: ("ddim", "DDIM", ["DDIMScheduler"])
        case .pndm: ("pndm", "PLMS", ["PNDMScheduler"])
        case .lms: ("lms", "LMS", ["LMSDiscreteScheduler"])
        case .euler: ("euler", "Euler", ["EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler"])
        case .eulerAncestral: ("euler_ancestral", "Euler a", ["EulerAncestralDiscreteScheduler"])
        case .heun: ("heun", "Heun", ["HeunDiscreteScheduler", "FlowMatchHeunDiscreteScheduler"])
        case .dpm2: ("dpm2", "DPM2", ["KDPM2DiscreteScheduler", "dpm_2"])
        case .dpm2Ancestral:
            ("dpm2_ancestral", "DPM2 a", ["KDPM2AncestralDiscreteScheduler", "dpm_2_ancestral"])
        case .dpmpp2S: ("dpmpp_2s", "DPM++ 2S", ["DPMSolverSinglestepScheduler"])
        case .dpmpp2SAncestral: ("dpmpp_2s_ancestral", "DPM++ 2S a", [])
        case .dpmpp2M: ("dpmpp_2m", "DPM++ 2M", ["DPMSolverMultistepScheduler", "k_dpmpp_2m"])
        case .dpmpp2MSDE: ("dpmpp_2m_sde", "DPM++ 2M SDE", [])
        case .dpmpp3MSDE: ("dpmpp_3m_sde", "DPM++ 3M SDE", [])
        case .dpmppSDE: ("dpmpp_sde", "DPM++ SDE", ["DPMSolverSDEScheduler"])
        case .unipc: ("unipc", "UniPC", ["UniPCMultistepScheduler", "uni_pc"])
        case .deis: ("deis", "DEIS", ["DEISMultistepScheduler"])
        case .lcm: ("lcm", "LCM", ["LCMScheduler"])
        case .tcd: ("tcd", "TCD", ["TCDScheduler"])
        case .restart: ("restart", "Restart", [])
        case .adaptive: ("dpm_adaptive", "DPM adaptive", ["adaptive"])
        }
    }

    /// The share of fresh noise; nil for samplers that have no such option.
    public var eta: Double? {
        switch self {
        case .ddim(let eta), .eulerAncestral(let eta), .dpm2Ancestral(let eta), .dpmpp2SAncestral(let eta),
            .tcd(let eta):
            eta
        default: nil
        }
    }

    /// The same sampler with another share of fresh noise; nil for samplers that have no such option.
    public func with(eta: Double) -> SamplerChoice? {
        switch self {
        case .ddim: .ddim(eta: eta)
        case .eulerAncestral: .eulerAncestral(eta: eta)
        case .dpm2Ancestral: .dpm2Ancestral(eta: eta)
        case .dpmpp2SAncestral: .dpmpp2SAncestral(eta: eta)
        case .tcd: .tcd(eta: eta)
        default: nil
        }
    }

    /// The sampler of that name in any of the three spellings, with its default options.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "sampler") }

    static func named(_ name: String, at path: String) throws(RecipeError) -> SamplerChoice {
        let wanted = folded(name)
        let choice = all.first { choice in
            let names = choice.names
            return ([names.id, names.label] + names.others).contains { folded($0) == wanted }
        }
        if let choice { return choice }
        // Suggest in the spelling that the name is most like.
        let known: [String] =
            if name.lowercased().contains("sched") {
                all.flatMap(\.names.others).filter { $0.hasSuffix("Scheduler") }
            } else {
                name.contains { $0 == "+" || $0 == " " } ? all.map(\.label) : ids
            }
        throw .unknownChoice(path: path, what: "sampler", found: name, known: known)
    }

    /// Letters and digits only, `+` as `p`, without the words that carry no choice.
    private static func folded(_ name: String) -> String {
        var name = String(
            name.lowercased().compactMap { $0 == "+" ? "p" : $0.isLetter || $0.isNumber ? $0 : nil })
        for ending in SpacingChoice.labels.map(\.ending) + ["scheduler"]
        where name.hasSuffix(ending) && name != ending {
            name.removeLast(ending.count)
        }
        return name
    }
}

extension SamplerChoice: Codable {
    private struct Options: Codable {
        var eta: Double?

        enum CodingKeys: String, CodingKey, CaseIterable { case eta }
        init(eta: Double? = nil) { self.eta = eta }
        init(from decoder: any Decoder) throws {
            eta = try StrictFields(decoder, CodingKeys.self).value(.eta, or: 0, in: 0...1)
        }
    }

    /// Reads a name, or `{"ddim": {"eta": 0.5}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "sampler")
        let sampler = try SamplerChoice.named(choice.name, at: choice.path)
        if sampler.eta != nil {
            self = try choice.options(or: Options()).eta.flatMap { sampler.with(eta: $0) } ?? sampler
        } else {
            try choice.refuseOptions()
            self = sampler
        }
    }

    /// Writes the name, or `{"ddim": {"eta": 0.5}}`.
    public func encode(to encoder: any Encoder) throws {
        if let eta {
            try NamedChoice.encode(id, Options(eta: eta), to: encoder)
        } else {
            try NamedChoice.encode(id, to: encoder)
        }
    }
}
