/// The name of something that a sampler can be told: k-diffusion's names and, for `order`, diffusers' `solver_order`.
public enum SamplerOption: String, CodingKey, CaseIterable, Hashable, Sendable {
    /// The share of fresh noise.
    case eta
    /// The greatest order of a multistep rule.
    case order
    /// How much noise is added on the way and removed again.
    case sChurn
    /// The least sigma at which it is.
    case sTmin
    /// The greatest sigma at which it is.
    case sTmax
    /// The factor of all noise that is added on the way.
    case sNoise
}

/// What a sampler is told besides its name; which of it a sampler understands says `SamplerKind.options`.
public struct SamplerOptions: Hashable, Sendable {
    /// The share of fresh noise, 0 for none to 1 for as much as the forward process adds; nil for what is usual.
    public var eta: Double?
    /// The greatest order of a multistep rule; nil for what is usual, or for what the model's own file says.
    public var order: Int?
    /// The sum of the relative rises of sigma over a walk, 0 for none.
    ///
    /// Source: Karras et al. 2022, algorithm 2.
    public var churn: Double
    /// The least sigma at which noise is added so.
    public var churnFrom: Double
    /// The greatest sigma at which noise is added so; infinite for no bound.
    public var churnTo: Double
    /// The factor of all noise that is added on the way; 1 or a little more.
    public var noiseScale: Double

    /// Options, by default the usual ones.
    public init(
        eta: Double? = nil, order: Int? = nil, churn: Double = 0, churnFrom: Double = 0,
        churnTo: Double = .infinity, noiseScale: Double = 1
    ) {
        (self.eta, self.order, self.noiseScale) = (eta, order, noiseScale)
        (self.churn, self.churnFrom, self.churnTo) = (churn, churnFrom, churnTo)
    }

    /// Those that are not as usual.
    public var given: [SamplerOption] {
        SamplerOption.allCases.filter { option in
            switch option {
            case .eta: eta != nil
            case .order: order != nil
            case .sChurn: churn != 0
            case .sTmin: churnFrom != 0
            case .sTmax: churnTo != .infinity
            case .sNoise: noiseScale != 1
            }
        }
    }
}

extension SamplerOptions {
    /// Reads what a kind of sampler understands.
    init(_ fields: StrictFields<SamplerOption>, of kind: SamplerKind) throws {
        self.init(
            eta: try fields.value(.eta, or: kind.usualEta ?? 0, in: 0...1),
            order: try fields.optional(.order, in: kind.orders ?? 1...1),
            churn: try fields.value(.sChurn, or: 0, in: 0...1000),
            churnFrom: try fields.value(.sTmin, or: 0, atLeast: 0),
            churnTo: try fields.optional(.sTmax, as: Double.self) ?? .infinity,
            noiseScale: try fields.value(.sNoise, or: 1, in: 0...2))
        guard churnTo >= churnFrom else {
            throw fields.outOfRange(.sTmax, "a sigma of at least sTmin, \(churnFrom)")
        }
    }
}

/// Writes the options that are not as usual.
extension SamplerOptions: Encodable {
    /// Writes the options that are not as usual.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: SamplerOption.self)
        for option in given {
            switch option {
            case .eta: try container.encode(eta, forKey: option)
            case .order: try container.encode(order, forKey: option)
            case .sChurn: try container.encode(churn, forKey: option)
            case .sTmin: try container.encode(churnFrom, forKey: option)
            case .sTmax: try container.encode(churnTo, forKey: option)
            case .sNoise: try container.encode(noiseScale, forKey: option)
            }
        }
    }
}
