/// Which noise levels generation visits; made into a `StepSpacing` by `Diffusion`.
public enum SpacingChoice: Equatable, Sendable {
    /// Equal strides up from the cleanest timestep; stops short of pure noise.
    case leading
    /// Equal strides down from pure noise.
    case trailing
    /// Equal steps of sigma to the power 1/7. Source: Karras et al. 2022, equation 5.
    case karras
    /// Equal strides with both ends of the training grid.
    case linspace
    /// Equal steps of log sigma.
    case exponential
    /// Steps of log sigma by a power of the position.
    case polyexponential
    /// Sigmas at the quantiles of a beta distribution. Source: Lee et al. 2024.
    case beta
    /// Equal strides down from the noisiest timestep, rounded down.
    case simple
    /// Equal strides with both ends, without a visit to the cleanest.
    case sgmUniform
    /// Equal steps of arctan sigma. Source: Sabour et al. 2024.
    case klOptimal
    /// Sigmas of the user's own, falling.
    case sigmas([Double])

    /// Every spacing but lists of sigmas.
    public static let all: [SpacingChoice] = [
        .leading, .trailing, .linspace, .karras, .exponential, .polyexponential, .beta, .simple, .sgmUniform,
        .klOptimal,
    ]

    /// The names used in JSON and on the command line.
    public static let ids = all.map(\.id)

    /// The name used in JSON and on the command line.
    public var id: String {
        switch self {
        case .leading: "leading"
        case .trailing: "trailing"
        case .karras: "karras"
        case .linspace: "linspace"
        case .exponential: "exponential"
        case .polyexponential: "polyexponential"
        case .beta: "beta"
        case .simple: "simple"
        case .sgmUniform: "sgm_uniform"
        case .klOptimal: "kl_optimal"
        case .sigmas: "sigmas"
        }
    }

    /// The name that A1111 writes into pictures; nil for those that it does not have.
    public var label: String? {
        switch self {
        case .karras: "Karras"
        case .exponential: "Exponential"
        case .polyexponential: "Polyexponential"
        case .beta: "Beta"
        case .simple: "Simple"
        case .sgmUniform: "SGM Uniform"
        case .klOptimal: "KL Optimal"
        case .leading, .trailing, .linspace, .sigmas: nil
        }
    }

    /// The spacing of that name, in any case, also as A1111 writes it ("SGM Uniform").
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "spacing") }

    /// The words that samplers' names end with and what they mean, longest first.
    static let labels: [(ending: String, spacing: SpacingChoice)] = [
        ("polyexponential", .polyexponential), ("exponential", .exponential), ("karras", .karras),
        ("sgmuniform", .sgmUniform),
    ]

    /// The spacing that a sampler's name brings along, as in "DPM++ 2M Karras".
    public init?(impliedBySampler name: String) {
        let name = Self.folded(name)
        guard let label = Self.labels.first(where: { name.hasSuffix($0.ending) }) else { return nil }
        self = label.spacing
    }

    static func named(_ name: String, at path: String) throws(RecipeError) -> SpacingChoice {
        let wanted = folded(name)
        let others = ["uniform": SpacingChoice.linspace, "normal": .linspace, "ddimuniform": .leading]
        if let choice = all.first(where: { folded($0.id) == wanted }) ?? others[wanted] { return choice }
        throw .unknownChoice(path: path, what: "spacing", found: name, known: ids)
    }

    private static func folded(_ name: String) -> String {
        String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}

extension SpacingChoice: Codable {
    /// Reads a name, or `{"sigmas": [14.6, 3.2, 0.5, 0]}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "spacing")
        if choice.name == "sigmas" {
            let sigmas = try choice.options(or: SigmaList()).sigmas
            guard !sigmas.isEmpty else {
                throw RecipeError.wrongType(
                    path: choice.path,
                    expected: "an object with the list, such as {\"sigmas\": [14.6, 3, 0]}",
                    found: "the name alone")
            }
            self = .sigmas(sigmas)
        } else {
            self = try .named(choice.name, at: choice.path)
            try choice.refuseOptions()
        }
    }

    /// Writes the name, or `{"sigmas": [14.6, 3.2, 0.5, 0]}`.
    public func encode(to encoder: any Encoder) throws {
        if case .sigmas(let sigmas) = self {
            try NamedChoice.encode(id, sigmas, to: encoder)
        } else {
            try NamedChoice.encode(id, to: encoder)
        }
    }

    /// A list of sigmas that fall from above 0 to at least 0.
    private struct SigmaList: Decodable {
        var sigmas: [Double] = []

        init() {}
        init(from decoder: any Decoder) throws {
            sigmas = try [Double](from: decoder)
            guard let problem = SpacingChoice.problem(with: sigmas) else { return }
            throw RecipeError.outOfRange(
                path: joined(decoder.codingPath),
                expected: "two or more falling numbers, the last at least 0",
                found: problem)
        }
    }

    /// The spacing of a list of sigmas as written on a command line: numbers between commas.
    /// - Throws: `RecipeError.outOfRange` unless they fall and the last is at least 0.
    public init(sigmas text: String) throws(RecipeError) {
        let parts = text.split(separator: ",").map { Double($0.trimmingPrefix(while: \.isWhitespace)) }
        let sigmas = parts.compactMap { $0 }
        let problem = sigmas.count == parts.count ? Self.problem(with: sigmas) : "\"\(text)\""
        if let problem {
            throw .outOfRange(
                path: "sigmas", expected: "two or more falling numbers between commas, the last at least 0",
                found: problem)
        }
        self = .sigmas(sigmas)
    }

    /// What is wrong with a list of sigmas; nil when nothing is.
    private static func problem(with sigmas: [Double]) -> String? {
        guard (2...10_001).contains(sigmas.count) else { return "\(sigmas.count) of them" }
        if let wrong = sigmas.first(where: { !($0 >= 0 && $0 <= 1e6) }) { return "\(wrong)" }
        let pair = zip(sigmas, sigmas.dropFirst()).first { $0 <= $1 }
        return pair.map { "\($0.0) and then \($0.1)" }
    }
}
