/// How the weight of guidance changes from noise to picture.
///
/// The mean of the weight over all shares of noise is the same for each.
/// Source: Wang et al. 2024 (arXiv 2404.13040).
public enum GuidanceSchedule: String, PlainChoice, Equatable, Sendable {
    /// The same at every noise level.
    case constant
    /// From none at pure noise to twice the weight at the end, in proportion to the share of signal.
    case linear
    /// The same ends, along a cosine: slow at both, steep between.
    case cosine

    static let what = "guidance schedule"

    /// Reads the name of a schedule.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }

    /// The schedule of that name.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "guidance schedule") }

    /// The names used in JSON and on the command line.
    public static let ids = allCases.map(\.rawValue)
}

/// How two estimates become a guided one.
public enum GuidanceMethod: Equatable, Sendable {
    /// Beyond the prompt's estimate, away from the other one. Source: Ho and Salimans 2022.
    case classifierFree
    /// The same with the part along the prompt's own estimate weakened: strong guidance without glaring colours.
    ///
    /// Source: Sadat et al. 2024 (arXiv 2410.02416).
    case projected(Projection)
    /// The other estimate scaled to fit the prompt's, and no movement in the first steps; made for flow models.
    ///
    /// Source: Fan et al. 2025 (arXiv 2503.18886).
    case optimizedScale(zeroSteps: Int)

    /// The options of adaptive projected guidance.
    public struct Projection: Codable, Equatable, Sendable {
        /// How much of the part along the prompt's estimate stays: 0 is none, 1 is all.
        public var eta: Double
        /// How much of the earlier differences is added to each; below 0 it pushes away from them.
        public var momentum: Double
        /// The greatest length of a difference, as the root of its sum of squares; 0 for no bound.
        public var threshold: Double

        /// The projection of the paper; its bounds run from 2.5 to 15, depending on the model.
        public init(eta: Double = 0, momentum: Double = -0.5, threshold: Double = 0) {
            (self.eta, self.momentum, self.threshold) = (eta, momentum, threshold)
        }

        /// All of each difference, as it is: plain classifier-free guidance.
        public static let none = Projection(eta: 1, momentum: 0, threshold: 0)

        enum CodingKeys: String, CodingKey, CaseIterable { case eta, momentum, threshold }

        /// Reads an object.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            eta = try fields.value(.eta, or: 0, in: 0...10)
            momentum = try fields.value(.momentum, or: -0.5, "a number between -1 and 1") {
                (value: Double) in abs(value) < 1
            }
            threshold = try fields.value(.threshold, or: 0, in: 0...1e6)
        }
    }

    /// The names used in JSON and on the command line.
    public static let ids = ["cfg", "apg", "cfg_zero"]

    /// The name used in JSON and on the command line.
    public var id: String {
        switch self {
        case .classifierFree: "cfg"
        case .projected: "apg"
        case .optimizedScale: "cfg_zero"
        }
    }

    /// The method of that name with its default options; also as papers write it ("CFG-Zero*").
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "guidance method") }

    static func named(_ name: String, at path: String) throws(RecipeError) -> GuidanceMethod {
        switch name.lowercased().filter({ $0.isLetter || $0.isNumber }) {
        case "cfg", "classifierfree": return .classifierFree
        case "apg", "projected": return .projected(.init())
        case "cfgzero", "cfgzerostar": return .optimizedScale(zeroSteps: 1)
        default: throw .unknownChoice(path: path, what: "guidance method", found: name, known: ids)
        }
    }
}

extension GuidanceMethod: Codable {
    private struct Zeros: Codable {
        var zeroSteps = 1

        enum CodingKeys: String, CodingKey, CaseIterable { case zeroSteps }
        init(_ zeroSteps: Int) { self.zeroSteps = zeroSteps }
        init(from decoder: any Decoder) throws {
            zeroSteps = try StrictFields(decoder, CodingKeys.self).value(.zeroSteps, or: 1, in: 0...10_000)
        }
    }

    /// Reads a name, or an object such as `{"apg": {"eta": 0.2}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "guidance method")
        switch try GuidanceMethod.named(choice.name, at: choice.path) {
        case .classifierFree:
            try choice.refuseOptions()
            self = .classifierFree
        case .projected(let projection): self = .projected(try choice.options(or: projection))
        case .optimizedScale(let steps):
            self = .optimizedScale(zeroSteps: try choice.options(or: Zeros(steps)).zeroSteps)
        }
    }

    /// Writes a name, or an object with the options.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .classifierFree: try NamedChoice.encode(id, to: encoder)
        case .projected(let projection): try NamedChoice.encode(id, projection, to: encoder)
        case .optimizedScale(let steps): try NamedChoice.encode(id, Zeros(steps), to: encoder)
        }
    }
}
