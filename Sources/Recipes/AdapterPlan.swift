/// Trains a low-rank adapter (LoRA) beside a model that stays as it is, in place of the whole model.
///
/// The model is the recipe's `initialWeights`. Source: Hu et al. 2021 (arXiv 2106.09685).
public struct AdapterPlan: Codable, Equatable, Sendable {
    /// The width of the bottleneck.
    public var rank = 16
    /// What the adapter adds is multiplied by alpha / rank.
    public var alpha = 16.0
    /// The modules that get an adapter.
    public var targets = AdapterTargets.attention
    /// The share of numbers that are zeroed before they reach an adapter, in training only.
    public var dropout = 0.0
    /// How the saved file names things; nil for what is usual: `kohya` for Stable Diffusion, `peft` for Darkroom's own
    /// networks.
    public var keys: AdapterKeys?

    /// Rank 16 at the attention layers.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable { case rank, alpha, targets, dropout, keys }

    /// Reads an object; `alpha` is the rank where it is not given.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        rank = try fields.value(.rank, or: rank, in: 1...4096)
        alpha = try fields.positive(.alpha, or: Double(rank))
        targets = try fields.value(.targets, or: targets)
        dropout = try fields.value(.dropout, or: dropout, "a number of at least 0 and below 1") {
            $0 >= 0 && $0 < 1
        }
        keys = try fields.optional(.keys)
    }
}

/// Which modules of a model get an adapter.
public enum AdapterTargets: Codable, Equatable, Sendable {
    /// The projections of all attention layers of the network that draws.
    case attention
    /// All linear maps of the network that draws.
    case allLinear
    /// The modules whose path is one of these names or ends with one, after a dot.
    case named([String])

    /// What stands in JSON in place of a list.
    static let ids = ["attention", "all-linear"]

    /// Reads `"attention"`, `"all-linear"` or a list of names such as `["to_q", "to_v"]`.
    public init(from decoder: any Decoder) throws {
        let path = joined(decoder.codingPath)
        if (try? decoder.unkeyedContainer()) != nil {
            let names = try [String](from: decoder)
            guard (1...1000).contains(names.count), names.allSatisfy({ !$0.isEmpty }) else {
                throw RecipeError.outOfRange(
                    path: path, expected: "1 to 1000 names of modules, or one of attention and all-linear",
                    found: names.isEmpty ? "none" : "\(names.count), of which some are empty")
            }
            self = .named(names)
            return
        }
        let choice = try NamedChoice(decoder, what: "set of targets")
        try choice.refuseOptions()
        switch choice.name {
        case "attention": self = .attention
        case "all-linear": self = .allLinear
        default:
            throw RecipeError.unknownChoice(
                path: path, what: "set of targets", found: choice.name, known: Self.ids)
        }
    }

    /// Writes a name or a list.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .attention: try NamedChoice.encode("attention", to: encoder)
        case .allLinear: try NamedChoice.encode("all-linear", to: encoder)
        case .named(let names): try names.encode(to: encoder)
        }
    }
}

/// How a file of an adapter names things.
public enum AdapterKeys: String, PlainChoice, Equatable, Sendable {
    /// `lora_unet_….lora_down.weight`, with an `alpha` a module.
    case kohya
    /// `unet.….lora_A.weight`, with the settings in the metadata.
    case diffusers
    /// A folder with `adapter_model.safetensors`, `base_model.model.….lora_A.weight`, and `adapter_config.json`.
    case peft

    static let what = "style of keys"

    /// Reads the name of a style.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}
