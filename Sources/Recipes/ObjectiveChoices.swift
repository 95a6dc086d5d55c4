/// At which noise levels a network is trained.
///
/// Positions run along the schedule from 0, clean, to 1, the noisiest.
public enum NoiseLevelChoice: Equatable, Sendable {
    /// Every position alike.
    case uniform
    /// The position is the logistic function of a normal number. Source: Esser et al. 2024.
    case logitNormal(mean: Double, deviation: Double)
    /// The logarithm of sigma is a normal number. Source: Karras et al. 2022.
    case logNormal(mean: Double, deviation: Double)

    /// The names used in JSON.
    public static let ids = ["uniform", "logitNormal", "logNormal"]
}

extension NoiseLevelChoice: Codable {
    private struct Normal: Codable {
        var mean, deviation: Double

        enum CodingKeys: String, CodingKey, CaseIterable { case mean, deviation }
        init(_ mean: Double, _ deviation: Double) { (self.mean, self.deviation) = (mean, deviation) }
        init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            mean = try fields.value(.mean, or: 0, in: -20...20)
            deviation = try fields.value(.deviation, or: 1, "a number above 0 and at most 10") {
                $0 > 0 && $0 <= 10
            }
        }
    }

    /// Reads a name, or an object such as `{"logitNormal": {"mean": 0.4, "deviation": 1}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "distribution of noise levels")
        switch choice.name {
        case "uniform":
            try choice.refuseOptions()
            self = .uniform
        case "logitNormal":
            let normal = try choice.options(or: Normal(0, 1))
            self = .logitNormal(mean: normal.mean, deviation: normal.deviation)
        case "logNormal":
            let normal = try choice.options(or: Normal(-1.2, 1.2))
            self = .logNormal(mean: normal.mean, deviation: normal.deviation)
        default:
            throw RecipeError.unknownChoice(
                path: choice.path, what: "distribution of noise levels", found: choice.name, known: Self.ids)
        }
    }

    /// Writes a name, or an object with mean and deviation.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .uniform: try NamedChoice.encode("uniform", to: encoder)
        case .logitNormal(let mean, let deviation):
            try NamedChoice.encode("logitNormal", Normal(mean, deviation), to: encoder)
        case .logNormal(let mean, let deviation):
            try NamedChoice.encode("logNormal", Normal(mean, deviation), to: encoder)
        }
    }
}

/// How much an error counts at each noise level.
public enum LossWeighting: Equatable, Sendable {
    /// Squared error of the target, alike at every level.
    case uniform
    /// Squared error of the flow that the prediction implies: that of the clean picture times 1 / max(share, 0.05)², with
    /// share = noise / (signal + noise). Source: Li and He 2025 (arXiv 2511.13720).
    case velocity
    /// Squared error of the clean picture times min(SNR, gamma). Source: Hang et al. 2023.
    case minSNR(gamma: Double)
    /// Squared error of the clean picture times SNR · gamma / (SNR + gamma): min-SNR without its corner.
    /// Source: Crowson et al. 2024 (arXiv 2401.11605).
    case softMinSNR(gamma: Double)
    /// Squared error of the noise times 1 / (k + SNR)^gamma. Source: Choi et al. 2022 (arXiv 2204.00227).
    case p2(gamma: Double, k: Double)
    /// Squared error of the clean picture times 1 / sigma² + 1 / sigmaData², sigma being noise / signal.
    /// Source: Karras et al. 2022 (arXiv 2206.00364), table 1.
    case edm(sigmaData: Double)

    /// The names used in JSON.
    public static let ids = ["uniform", "velocity", "minSNR", "softMinSNR", "p2", "edm"]
}

extension LossWeighting: Codable {
    private struct MinSNR: Codable {
        var gamma: Double

        enum CodingKeys: String, CodingKey, CaseIterable { case gamma }
        init(gamma: Double) { self.gamma = gamma }
        init(from decoder: any Decoder) throws {
            gamma = try StrictFields(decoder, CodingKeys.self).positive(.gamma, or: 5)
        }
    }
    private struct P2: Codable {
        var gamma: Double
        var k: Double

        enum CodingKeys: String, CodingKey, CaseIterable { case gamma, k }
        init(gamma: Double, k: Double) { (self.gamma, self.k) = (gamma, k) }
        init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            gamma = try fields.value(.gamma, or: 1, in: 0...10)
            k = try fields.positive(.k, or: 1)
        }
    }
    private struct EDM: Codable {
        var sigmaData: Double

        enum CodingKeys: String, CodingKey, CaseIterable { case sigmaData }
        init(sigmaData: Double) { self.sigmaData = sigmaData }
        init(from decoder: any Decoder) throws {
            sigmaData = try StrictFields(decoder, CodingKeys.self).positive(.sigmaData, or: 0.5)
        }
    }

    /// Reads a name, or an object such as `{"minSNR": {"gamma": 5}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "loss weighting")
        switch choice.name {
        case "uniform": self = .uniform
        case "velocity": self = .velocity
        case "minSNR":
            self = .minSNR(gamma: try choice.options(or: MinSNR(gamma: 5)).gamma)
            return
        case "softMinSNR":
            self = .softMinSNR(gamma: try choice.options(or: MinSNR(gamma: 5)).gamma)
            return
        case "p2":
            let options = try choice.options(or: P2(gamma: 1, k: 1))
            self = .p2(gamma: options.gamma, k: options.k)
            return
        case "edm":
            self = .edm(sigmaData: try choice.options(or: EDM(sigmaData: 0.5)).sigmaData)
            return
        default:
            throw RecipeError.unknownChoice(
                path: choice.path, what: "loss weighting", found: choice.name, known: Self.ids)
        }
        try choice.refuseOptions()
    }

    /// Writes a name, or an object such as `{"minSNR": {"gamma": 5}}`.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .uniform: try NamedChoice.encode("uniform", to: encoder)
        case .velocity: try NamedChoice.encode("velocity", to: encoder)
        case .minSNR(let gamma): try NamedChoice.encode("minSNR", MinSNR(gamma: gamma), to: encoder)
        case .softMinSNR(let gamma):
            try NamedChoice.encode("softMinSNR", MinSNR(gamma: gamma), to: encoder)
        case .p2(let gamma, let k): try NamedChoice.encode("p2", P2(gamma: gamma, k: k), to: encoder)
        case .edm(let sigmaData): try NamedChoice.encode("edm", EDM(sigmaData: sigmaData), to: encoder)
        }
    }
}
