/// The noise schedule that a model is trained with; made into a `NoiseSchedule` by `Diffusion`.
public enum ScheduleChoice: Equatable, Sendable {
    /// Rectified flow: signal 1 − time, noise time.
    case flow
    /// Nichol and Dhariwal 2021, betas clipped at 0.999.
    case cosine(timesteps: Int)
    /// Betas in equal steps. Source: Ho et al. 2020.
    case linear(Betas)
    /// Square roots of the betas in equal steps, as Stable Diffusion.
    case scaledLinear(Betas)
    /// Sigmas in equal ratios between two ends, each input of unit variance. Source: Karras et al. 2022.
    case edm(Sigmas)

    /// The ends of a list of per-step variances.
    public struct Betas: Codable, Equatable, Sendable {
        /// The first, least variance, in (0, 1).
        public var betaStart: Double
        /// The last, greatest variance, in (0, 1).
        public var betaEnd: Double
        /// The number of timesteps.
        public var timesteps: Int
        /// True for signals shifted and stretched so that nothing of the sample is left at the last timestep.
        ///
        /// Source: Lin et al. 2023, algorithm 1.
        public var zeroTerminalSNR: Bool

        /// Ends of a list of `timesteps` variances.
        public init(
            betaStart: Double, betaEnd: Double, timesteps: Int = 1000, zeroTerminalSNR: Bool = false
        ) {
            (self.betaStart, self.betaEnd, self.timesteps) = (betaStart, betaEnd, timesteps)
            self.zeroTerminalSNR = zeroTerminalSNR
        }

        /// Ho et al.'s ends for equal steps: 1e-4 and 0.02.
        public static let linear = Betas(betaStart: 1e-4, betaEnd: 0.02)
        /// Stable Diffusion's ends for equal steps of the square root: 0.00085 and 0.012.
        public static let scaledLinear = Betas(betaStart: 0.00085, betaEnd: 0.012)
    }

    /// The sigmas of a schedule of EDM's kind.
    public struct Sigmas: Codable, Equatable, Sendable {
        /// The least, at the cleanest timestep.
        public var least: Double
        /// The greatest, at the noisiest.
        public var greatest: Double
        /// The deviation of the clean samples, which decides how inputs are scaled.
        public var ofData: Double

        /// Those of the paper, unless said otherwise.
        public init(least: Double = 0.002, greatest: Double = 80, ofData: Double = 0.5) {
            (self.least, self.greatest, self.ofData) = (least, greatest, ofData)
        }

        enum CodingKeys: String, CodingKey, CaseIterable { case least, greatest, ofData }

        /// Reads an object.
        public init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            least = try fields.value(.least, or: 0.002, in: 1e-6...1e6)
            greatest = try fields.value(.greatest, or: 80, in: 1e-6...1e6)
            ofData = try fields.value(.ofData, or: 0.5, in: 1e-3...1e3)
            guard least < greatest else {
                throw fields.contradiction(
                    .least, "least \(least) is not below greatest \(greatest)", "swap the two")
            }
        }
    }

    /// True when nothing of the sample is left at the noisiest timestep, so that a predicted epsilon says nothing there.
    public var endsInPureNoise: Bool {
        switch self {
        case .flow: true
        case .linear(let betas), .scaledLinear(let betas): betas.zeroTerminalSNR
        case .cosine, .edm: false
        }
    }

    /// The names used in JSON.
    public static let ids = ["flow", "cosine", "linear", "scaled_linear", "edm"]
}

extension ScheduleChoice: Codable {
    private struct Cosine: Codable {
        var timesteps: Int

        enum CodingKeys: String, CodingKey, CaseIterable { case timesteps }
        init(timesteps: Int) { self.timesteps = timesteps }
        init(from decoder: any Decoder) throws {
            timesteps = try StrictFields(decoder, CodingKeys.self).value(
                .timesteps, or: 1000, in: 2...100_000)
        }
    }

    /// Betas with the defaults of one schedule where keys are left out.
    private struct PartialBetas: Decodable {
        var betaStart: Double?, betaEnd: Double?, timesteps: Int?, zeroTerminalSNR: Bool?
        var path = "schedule"

        enum CodingKeys: String, CodingKey, CaseIterable {
            case betaStart, betaEnd, timesteps, zeroTerminalSNR
        }
        init() {}
        init(from decoder: any Decoder) throws {
            let fields = try StrictFields(decoder, CodingKeys.self)
            betaStart = try fields.optional(.betaStart, in: 1e-9...0.999)
            betaEnd = try fields.optional(.betaEnd, in: 1e-9...0.999)
            timesteps = try fields.optional(.timesteps, in: 2...100_000)
            zeroTerminalSNR = try fields.optional(.zeroTerminalSNR)
            path = joined(decoder.codingPath)
        }
        func filled(from betas: Betas) throws -> Betas {
            let (start, end) = (betaStart ?? betas.betaStart, betaEnd ?? betas.betaEnd)
            guard start <= end else {
                throw RecipeError.contradiction(
                    path: path, problem: "betaStart \(start) is above betaEnd \(end)",
                    remedy: "noise grows with the timestep: swap the two")
            }
            return Betas(
                betaStart: start, betaEnd: end, timesteps: timesteps ?? betas.timesteps,
                zeroTerminalSNR: zeroTerminalSNR ?? betas.zeroTerminalSNR)
        }
    }

    /// Reads a name, or an object such as `{"linear": {"betaEnd": 0.03}}`.
    public init(from decoder: any Decoder) throws {
        let choice = try NamedChoice(decoder, what: "schedule")
        switch choice.name {
        case "flow":
            try choice.refuseOptions()
            self = .flow
        case "cosine": self = .cosine(timesteps: try choice.options(or: Cosine(timesteps: 1000)).timesteps)
        case "linear": self = .linear(try choice.options(or: PartialBetas()).filled(from: .linear))
        case "scaled_linear":
            self = .scaledLinear(try choice.options(or: PartialBetas()).filled(from: .scaledLinear))
        case "edm": self = .edm(try choice.options(or: Sigmas()))
        default:
            throw RecipeError.unknownChoice(
                path: choice.path, what: "schedule", found: choice.name, known: Self.ids)
        }
    }

    /// Writes a name, or an object with the numbers of the schedule.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .flow: try NamedChoice.encode("flow", to: encoder)
        case .cosine(let timesteps):
            try NamedChoice.encode("cosine", Cosine(timesteps: timesteps), to: encoder)
        case .linear(let betas): try NamedChoice.encode("linear", betas, to: encoder)
        case .scaledLinear(let betas): try NamedChoice.encode("scaled_linear", betas, to: encoder)
        case .edm(let sigmas): try NamedChoice.encode("edm", sigmas, to: encoder)
        }
    }
}
