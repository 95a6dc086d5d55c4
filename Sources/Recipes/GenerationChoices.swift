/// How the prompts of Stable Diffusion are read.
public enum PromptGrammar: String, PlainChoice, Equatable, Sendable {
    /// With weights in brackets, `BREAK`, `AND` and changes on the way; as long as they are.
    case weighted
    /// As they stand, cut off after 75 tokens, as the pipelines of diffusers read them.
    case plain

    static let what = "prompt grammar"

    /// Reads the name of a grammar.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }

    /// The grammar of that name.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public init(named name: String) throws(RecipeError) { self = try .named(name, at: "grammar") }
}

/// A low-rank adapter and how strongly it counts.
public struct AdapterChoice: Codable, Hashable, Sendable {
    /// The adapter's file.
    public var file: String
    /// The factor of what it adds; 1 is as trained, 0 is nothing.
    public var scale: Double

    /// The adapter in `file`, times `scale`.
    public init(file: String, scale: Double = 1) { (self.file, self.scale) = (file, scale) }

    enum CodingKeys: String, CodingKey, CaseIterable { case file, scale }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        file = try fields.required(.file)
        scale = try fields.value(.scale, or: 1, in: -100...100)
    }
}

/// The sizes and scores that XL models are told about the picture they are to draw.
///
/// Source: Podell et al. 2023, section 2.2.
public struct SizeConditioning: Codable, Hashable, Sendable {
    /// Width and height of the picture before it was scaled for training; nil takes the picture's size.
    public var originalSize: [Int]?
    /// Columns and rows cut away at the left and the top.
    public var cropTopLeft: [Int]
    /// Width and height after cutting; nil takes the picture's size.
    public var targetSize: [Int]?
    /// How beautiful the picture is to be, for the refiner.
    public var aestheticScore: Double
    /// How beautiful the negative prompt's picture is, for the refiner.
    public var negativeAestheticScore: Double

    /// Sizes and scores.
    public init(
        originalSize: [Int]? = nil, cropTopLeft: [Int] = [0, 0], targetSize: [Int]? = nil,
        aestheticScore: Double = 6, negativeAestheticScore: Double = 2.5
    ) {
        (self.originalSize, self.cropTopLeft, self.targetSize) = (originalSize, cropTopLeft, targetSize)
        (self.aestheticScore, self.negativeAestheticScore) = (aestheticScore, negativeAestheticScore)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case originalSize, cropTopLeft, targetSize, aestheticScore, negativeAestheticScore
    }

    /// Reads an object; pairs are width and height, left and top.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        func pair(_ key: CodingKeys) throws -> [Int]? {
            guard let pair = try fields.optional(key, as: [Int].self) else { return nil }
            guard pair.count == 2, pair.allSatisfy({ (0...65_536).contains($0) }) else {
                throw fields.outOfRange(key, "two whole numbers from 0 to 65536")
            }
            return pair
        }
        originalSize = try pair(.originalSize)
        cropTopLeft = try pair(.cropTopLeft) ?? [0, 0]
        targetSize = try pair(.targetSize)
        aestheticScore = try fields.value(.aestheticScore, or: 6, in: -100...100)
        negativeAestheticScore = try fields.value(.negativeAestheticScore, or: 2.5, in: -100...100)
    }
}

/// A little of another seed's noise: pictures near the first seed's.
public struct VariationChoice: Codable, Hashable, Sendable {
    /// The seed of the noise mixed in.
    public var seed: UInt64
    /// How far towards it, along the arc between the two; 0 is the first seed alone, 1 this one alone.
    public var strength: Double

    /// `strength` of the way to `seed`.
    public init(seed: UInt64, strength: Double) { (self.seed, self.strength) = (seed, strength) }

    enum CodingKeys: String, CodingKey, CaseIterable { case seed, strength }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        seed = try fields.required(.seed)
        strength = try fields.value(.strength, or: 0.1, in: 0...1)
    }
}

/// How far the noise levels of a flow model are moved towards noise: each sigma is multiplied by the shift.
///
/// In the time of the flow: shift · time / (1 + (shift − 1) · time).
/// Source: Esser et al. 2024, section 5.3.2 and equation 23.
public enum ShiftChoice: Codable, Equatable, Sendable {
    /// By this factor, above 0; 1 moves nothing.
    case factor(Double)
    /// As the picture's size asks for: the square root of its pixels over those of the size trained at.
    case resolution

    /// Reads a number or `"resolution"`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            guard text == "resolution" else {
                throw RecipeError.unknownChoice(
                    path: joined(decoder.codingPath), what: "shift", found: text, known: ["resolution"])
            }
            self = .resolution
            return
        }
        let factor = try container.decode(Double.self)
        guard (0.01...100).contains(factor) else {
            throw RecipeError.outOfRange(
                path: joined(decoder.codingPath),
                expected: "a number from 0.01 to 100, or \"resolution\"", found: "\(factor)")
        }
        self = .factor(factor)
    }

    /// Writes a number or `"resolution"`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .factor(let factor): try container.encode(factor)
        case .resolution: try container.encode("resolution")
        }
    }
}

/// A second pass: the picture enlarged, noised in part, and drawn out again.
public struct HiresChoice: Codable, Hashable, Sendable {
    /// The factor of both sides.
    public var scale: Double
    /// The share of the noise range that the second pass goes through.
    public var strength: Double
    /// Steps of the second pass before `strength` shortens them; nil takes as many as the first.
    public var steps: Int?

    /// A pass at `scale` times the size.
    public init(scale: Double = 2, strength: Double = 0.7, steps: Int? = nil) {
        (self.scale, self.strength, self.steps) = (scale, strength, steps)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case scale, strength, steps }

    /// Reads an object.
    public init(from decoder: any Decoder) throws {
        let fields = try StrictFields(decoder, CodingKeys.self)
        scale = try fields.value(.scale, or: 2, in: 1...8)
        strength = try fields.value(.strength, or: 0.7, in: 0...1)
        steps = try fields.optional(.steps, in: 1...10_000)
    }
}

/// What a model draws with where the request leaves it open.
public struct GenerationDefaults: Equatable, Sendable {
    /// Steps along the noise levels.
    public var steps: Int
    /// The prompt's weight.
    public var guidanceScale: Double
    /// The solver.
    public var sampler: SamplerChoice
    /// The noise levels that it visits; nil where the model's own description says more than a name can.
    public var spacing: SpacingChoice?
    /// Pixels across and down.
    public var width, height: Int

    /// Defaults of a model.
    public init(
        steps: Int, guidanceScale: Double, sampler: SamplerChoice, spacing: SpacingChoice?, width: Int,
        height: Int
    ) {
        (self.steps, self.guidanceScale) = (steps, guidanceScale)
        (self.sampler, self.spacing) = (sampler, spacing)
        (self.width, self.height) = (width, height)
    }
}

extension GenerationRequest {
    /// A wish that only models with text encoders and latents of Stable Diffusion's kind can serve, as the command line
    /// spells it; nil when there is none.
    public var latentModelWish: String? {
        if initialPicture != nil { return "--init-img" }
        if mask != nil { return "--mask" }
        if !embeddings.isEmpty { return "--embedding" }
        if clipSkip != nil { return "--clip-skip" }
        if sizeConditioning != nil { return "--original-size" }
        if hires != nil { return "--hires-scale" }
        if decodesInTiles == true { return "--vae-tiling" }
        if cacheInterval ?? 1 > 1 { return "--cache-interval" }
        if tokenMerging ?? 0 > 0 { return "--tome-ratio" }
        return refiner == nil ? nil : "--refiner"
    }

    /// The request with the model's defaults where it leaves something open.
    public func filled(from defaults: GenerationDefaults) -> GenerationRequest {
        var filled = self
        filled.steps = steps ?? defaults.steps
        filled.guidance.scale = guidance.scale ?? defaults.guidanceScale
        // A spacing belongs to the sampler that it is the model's choice for.
        filled.spacing = spacing ?? (sampler == nil || sampler == defaults.sampler ? defaults.spacing : nil)
        filled.sampler = sampler ?? defaults.sampler
        filled.width = width ?? defaults.width
        filled.height = height ?? defaults.height
        return filled
    }
}
