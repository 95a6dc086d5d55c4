/// Which solver walks the noise levels, and how; made into a `Sampler` by `Diffusion`.
///
/// Three spellings are understood: ours (`dpmpp_2m`), the class names of diffusers (`DPMSolverMultistepScheduler`) and
/// the labels of A1111 (`DPM++ 2M`, also with `Karras` behind it: see `SpacingChoice.init(impliedBySampler:)`).
public struct SamplerChoice: Hashable, Sendable {
    /// The rule.
    public let kind: SamplerKind
    /// What it is told; options that the rule does not have are as usual.
    public let options: SamplerOptions

    /// The rule as it is usual.
    public init(_ kind: SamplerKind) {
        (self.kind, options) = (kind, SamplerOptions(eta: kind.usualEta))
    }

    private init(_ kind: SamplerKind, _ options: SamplerOptions) {
        (self.kind, self.options) = (kind, options)
    }

    /// The same rule told otherwise; nil when the options name one that the rule does not have.
    public func with(_ options: SamplerOptions) -> SamplerChoice? {
        guard Set(options.given).isSubset(of: kind.options) else { return nil }
        var options = options
        options.eta = options.eta ?? kind.usualEta
        return SamplerChoice(kind, options)
    }

    /// The same rule with another share of fresh noise; nil for rules that have no such option.
    public func with(eta: Double) -> SamplerChoice? {
        var options = options
        options.eta = eta
        return with(options)
    }

    /// The share of fresh noise; nil for rules that have no such option.
    public var eta: Double? { options.eta }

    /// Every sampler, as it is usual.
    public static let all = SamplerKind.allCases.map { SamplerChoice($0) }
    /// The names used in JSON and on the command line.
    public static let ids = all.map(\.id)

    /// The name used in JSON and on the command line.
    public var id: String { kind.id }
    /// The name that A1111 shows and writes into pictures.
    public var label: String { kind.label }

    /// The sampler of that name in any of the three spellings, as it is usual.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self.init(try .named(name, at: "sampler")) }
}

extension SamplerChoice {
    /// `SamplerKind.euler`, as it is usual.
    public static let euler = SamplerChoice(.euler)
    /// `SamplerKind.heun`, as it is usual.
    public static let heun = SamplerChoice(.heun)
    /// `SamplerKind.dpm2`, as it is usual.
    public static let dpm2 = SamplerChoice(.dpm2)
    /// `SamplerKind.lms`, as it is usual.
    public static let lms = SamplerChoice(.lms)
    /// `SamplerKind.dpmpp2S`, as it is usual.
    public static let dpmpp2S = SamplerChoice(.dpmpp2S)
    /// `SamplerKind.dpmpp2M`, as it is usual.
    public static let dpmpp2M = SamplerChoice(.dpmpp2M)
    /// `SamplerKind.dpmpp2MSDE`, as it is usual.
    public static let dpmpp2MSDE = SamplerChoice(.dpmpp2MSDE)
    /// `SamplerKind.dpmpp3MSDE`, as it is usual.
    public static let dpmpp3MSDE = SamplerChoice(.dpmpp3MSDE)
    /// `SamplerKind.dpmppSDE`, as it is usual.
    public static let dpmppSDE = SamplerChoice(.dpmppSDE)
    /// `SamplerKind.unipc`, as it is usual.
    public static let unipc = SamplerChoice(.unipc)
    /// `SamplerKind.deis`, as it is usual.
    public static let deis = SamplerChoice(.deis)
    /// `SamplerKind.ddpm`, as it is usual.
    public static let ddpm = SamplerChoice(.ddpm)
    /// `SamplerKind.pndm`, as it is usual.
    public static let pndm = SamplerChoice(.pndm)
    /// `SamplerKind.lcm`, as it is usual.
    public static let lcm = SamplerChoice(.lcm)
    /// `SamplerKind.restart`, as it is usual.
    public static let restart = SamplerChoice(.restart)
    /// `SamplerKind.adaptive`, as it is usual.
    public static let adaptive = SamplerChoice(.adaptive)

    /// `SamplerKind.eulerAncestral` with a share of fresh noise.
    public static func eulerAncestral(eta: Double) -> SamplerChoice { fresh(.eulerAncestral, eta) }
    /// `SamplerKind.dpm2Ancestral` with a share of fresh noise.
    public static func dpm2Ancestral(eta: Double) -> SamplerChoice { fresh(.dpm2Ancestral, eta) }
    /// `SamplerKind.dpmpp2SAncestral` with a share of fresh noise.
    public static func dpmpp2SAncestral(eta: Double) -> SamplerChoice { fresh(.dpmpp2SAncestral, eta) }
    /// `SamplerKind.ddim` with a share of fresh noise, from 0 to 1, with which it is DDPM.
    public static func ddim(eta: Double) -> SamplerChoice { fresh(.ddim, eta) }
    /// `SamplerKind.tcd` with a share of fresh noise.
    public static func tcd(eta: Double) -> SamplerChoice { fresh(.tcd, eta) }

    private static func fresh(_ kind: SamplerKind, _ eta: Double) -> SamplerChoice {
        SamplerChoice(kind, SamplerOptions(eta: eta))
    }
}

extension SamplerChoice: Codable {
    /// Reads a name, or a name with options, `{"ddim": {"eta": 0.5}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "sampler")
        let kind = try SamplerKind.named(choice.name, at: choice.path)
        guard !kind.options.isEmpty else {
            try choice.refuseOptions()
            self.init(kind)
            return
        }
        guard let fields = try choice.fields(kind.options) else {
            self.init(kind)
            return
        }
        var options = try SamplerOptions(fields, of: kind)
        if kind.usualEta == nil { options.eta = nil }
        self.init(kind, options)
    }

    /// Writes the name, or the name with the options that it is told.
    public func encode(to encoder: any Encoder) throws {
        if options.given.isEmpty {
            try NamedChoice.encode(id, to: encoder)
        } else {
            try NamedChoice.encode(id, options, to: encoder)
        }
    }
}
