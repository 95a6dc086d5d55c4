/// Which solver walks the noise levels; made into a `Sampler` by `Diffusion`.
///
/// Three spellings are understood: ours (`dpmpp_2m`), the class names of diffusers (`DPMSolverMultistepScheduler`) and
/// the labels of A1111 (`DPM++ 2M`, also with `Karras` behind it: see `SpacingChoice.init(impliedBySampler:)`).
public enum SamplerChoice: Equatable, Sendable {
    /// Ancestral sampling with the posterior variance. Source: Ho et al. 2020.
    case ddpm
    /// The implicit sampler; eta from 0 (no fresh noise) to 1 (as much as DDPM). Source: Song et al. 2021.
    case ddim(eta: Double)
    /// First-order steps along the probability flow.
    case euler
    /// Second-order steps, two evaluations each. Source: Karras et al. 2022.
    case heun
    /// Second-order multistep, one evaluation each. Source: Lu et al. 2022.
    case dpmpp2M

    /// The names used in JSON and on the command line.
    public static let ids = ["ddpm", "ddim", "euler", "heun", "dpmpp_2m"]

    /// The name used in JSON and on the command line.
    public var id: String {
        switch self {
        case .ddpm: "ddpm"
        case .ddim: "ddim"
        case .euler: "euler"
        case .heun: "heun"
        case .dpmpp2M: "dpmpp_2m"
        }
    }

    /// The name that A1111 shows and writes into pictures.
    public var label: String {
        switch self {
        case .ddpm: "DDPM"
        case .ddim: "DDIM"
        case .euler: "Euler"
        case .heun: "Heun"
        case .dpmpp2M: "DPM++ 2M"
        }
    }

    /// The sampler of that name in any of the three spellings, with its default options.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "sampler") }

    static func named(_ name: String, at path: String) throws(RecipeError) -> SamplerChoice {
        switch folded(name) {
        case "ddpm": return .ddpm
        case "ddim": return .ddim(eta: 0)
        case "euler", "eulerdiscrete", "flowmatcheulerdiscrete": return .euler
        case "heun", "heundiscrete", "flowmatchheundiscrete": return .heun
        case "dpmpp2m", "dpmsolvermultistep", "kdpmpp2m": return .dpmpp2M
        default:
            // Suggest in the spelling that the name is nearest to.
            let known = ids + ["DPM++ 2M", "DDIMScheduler", "DDPMScheduler", "EulerDiscreteScheduler"]
            throw .unknownChoice(
                path: path, what: "sampler", found: name,
                known: known + ["HeunDiscreteScheduler", "DPMSolverMultistepScheduler"])
        }
    }

    /// Letters and digits only, `+` as `p`, without the words that carry no choice.
    private static func folded(_ name: String) -> String {
        var name = String(
            name.lowercased().compactMap { $0 == "+" ? "p" : $0.isLetter || $0.isNumber ? $0 : nil })
        for ending in ["karras", "scheduler"] where name.hasSuffix(ending) && name != ending {
            name.removeLast(ending.count)
        }
        return name
    }
}

extension SamplerChoice: Codable {
    private struct DDIM: Codable {
        var eta = 0.0

        enum CodingKeys: String, CodingKey, CaseIterable { case eta }
        init(eta: Double = 0) { self.eta = eta }
        init(from decoder: any Decoder) throws {
            eta = try StrictFields(decoder, CodingKeys.self).value(.eta, or: 0, in: 0...1)
        }
    }

    /// Reads a name, or `{"ddim": {"eta": 0.5}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "sampler")
        self = try .named(choice.name, at: choice.path)
        if case .ddim = self {
            self = .ddim(eta: try choice.options(or: DDIM()).eta)
        } else {
            try choice.refuseOptions()
        }
    }

    /// Writes the name, or `{"ddim": {"eta": 0.5}}`.
    public func encode(to encoder: any Encoder) throws {
        if case .ddim(let eta) = self {
            try NamedChoice.encode(id, DDIM(eta: eta), to: encoder)
        } else {
            try NamedChoice.encode(id, to: encoder)
        }
    }
}
