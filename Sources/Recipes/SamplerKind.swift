/// The rule of a sampler, without its options.
public enum SamplerKind: String, CaseIterable, Hashable, Sendable {
    /// First-order steps along the probability flow.
    case euler
    /// First-order steps with fresh noise.
    case eulerAncestral = "euler_ancestral"
    /// Second-order steps, two evaluations each. Source: Karras et al. 2022.
    case heun
    /// Second-order steps by way of the midpoint, two evaluations each.
    case dpm2
    /// The same with fresh noise.
    case dpm2Ancestral = "dpm2_ancestral"
    /// Linear multistep in sigma.
    case lms
    /// Second-order steps over two levels. Source: Lu et al. 2022.
    case dpmpp2S = "dpmpp_2s"
    /// Second-order steps with fresh noise, two evaluations each.
    case dpmpp2SAncestral = "dpmpp_2s_ancestral"
    /// Second-order multistep, one evaluation each. Source: Lu et al. 2022.
    case dpmpp2M = "dpmpp_2m"
    /// The same for the stochastic equation.
    case dpmpp2MSDE = "dpmpp_2m_sde"
    /// Third-order multistep for the stochastic equation.
    case dpmpp3MSDE = "dpmpp_3m_sde"
    /// Second-order steps for the stochastic equation, two evaluations each.
    case dpmppSDE = "dpmpp_sde"
    /// Multistep with a corrector, one evaluation each. Source: Zhao et al. 2023.
    case unipc
    /// Multistep in log sigma, one evaluation each. Source: Zhang and Chen 2023.
    case deis
    /// The implicit sampler. Source: Song et al. 2021.
    case ddim
    /// Ancestral sampling with the posterior variance. Source: Ho et al. 2020.
    case ddpm
    /// Linear multistep of the network's output. Source: Liu et al. 2022.
    case pndm
    /// Jumps to the sample, for latent consistency models. Source: Luo et al. 2023.
    case lcm
    /// Jumps to any level, for trajectory consistency models. Source: Zheng et al. 2024.
    case tcd
    /// Heun's steps down, up again and down once more. Source: Xu et al. 2023.
    case restart
    /// Steps as long as a bound on the error allows.
    case adaptive = "dpm_adaptive"

    /// The name used in JSON and on the command line.
    public var id: String { rawValue }
    /// The name that A1111 shows and writes into pictures.
    public var label: String { names.label }

    /// A1111's name, and others that are understood beside it and ours, all of which `folded` makes alike.
    private var names: (label: String, others: [String]) {
        switch self {
        case .ddpm: ("DDPM", ["DDPMScheduler"])
        case .ddim: ("DDIM", ["DDIMScheduler"])
        case .pndm: ("PLMS", ["PNDMScheduler"])
        case .lms: ("LMS", ["LMSDiscreteScheduler"])
        case .euler: ("Euler", ["EulerDiscreteScheduler", "FlowMatchEulerDiscreteScheduler"])
        case .eulerAncestral: ("Euler a", ["EulerAncestralDiscreteScheduler"])
        case .heun: ("Heun", ["HeunDiscreteScheduler", "FlowMatchHeunDiscreteScheduler"])
        case .dpm2: ("DPM2", ["KDPM2DiscreteScheduler", "dpm_2"])
        case .dpm2Ancestral: ("DPM2 a", ["KDPM2AncestralDiscreteScheduler", "dpm_2_ancestral"])
        case .dpmpp2S: ("DPM++ 2S", ["DPMSolverSinglestepScheduler"])
        case .dpmpp2SAncestral: ("DPM++ 2S a", [])
        case .dpmpp2M: ("DPM++ 2M", ["DPMSolverMultistepScheduler", "k_dpmpp_2m"])
        case .dpmpp2MSDE: ("DPM++ 2M SDE", [])
        case .dpmpp3MSDE: ("DPM++ 3M SDE", [])
        case .dpmppSDE: ("DPM++ SDE", ["DPMSolverSDEScheduler"])
        case .unipc: ("UniPC", ["UniPCMultistepScheduler", "uni_pc"])
        case .deis: ("DEIS", ["DEISMultistepScheduler"])
        case .lcm: ("LCM", ["LCMScheduler"])
        case .tcd: ("TCD", ["TCDScheduler"])
        case .restart: ("Restart", [])
        case .adaptive: ("DPM adaptive", ["adaptive"])
        }
    }

    static func named(_ name: String, at path: String) throws(RecipeError) -> SamplerKind {
        let wanted = folded(name)
        let kind = allCases.first { kind in
            let names = kind.names
            return ([kind.id, names.label] + names.others).contains { folded($0) == wanted }
        }
        if let kind { return kind }
        // Suggest in the spelling that the name is most like.
        let known: [String] =
            if name.lowercased().contains("sched") {
                allCases.flatMap(\.names.others).filter { $0.hasSuffix("Scheduler") }
            } else {
                name.contains { $0 == "+" || $0 == " " } ? allCases.map(\.label) : allCases.map(\.id)
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

extension SamplerKind {
    /// What the rule can be told.
    public var options: [SamplerOption] {
        switch self {
        case .euler, .heun, .dpm2: [.sChurn, .sTmin, .sTmax, .sNoise]
        case .eulerAncestral, .dpm2Ancestral, .dpmpp2SAncestral, .dpmppSDE, .dpmpp2MSDE, .dpmpp3MSDE:
            [.eta, .sNoise]
        case .ddim, .tcd: [.eta]
        case .lms, .deis, .unipc, .dpmpp2M, .dpmpp2S: [.order]
        case .ddpm, .pndm, .lcm, .restart, .adaptive: []
        }
    }

    /// The share of fresh noise that is usual; nil for rules without that option.
    var usualEta: Double? {
        guard options.contains(.eta) else { return nil }
        return self == .ddim || self == .tcd ? 0 : 1
    }

    /// The orders that the rule knows; nil for rules without that option.
    public var orders: ClosedRange<Int>? {
        guard options.contains(.order) else { return nil }
        return self == .lms ? 1...4 : 1...3
    }
}
