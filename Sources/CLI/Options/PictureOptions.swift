import ArgumentParser
import Recipes

/// Starting from a picture, and a second pass.
struct StartOptions: ParsableArguments {
    @Option(
        name: [.customShort("i"), .customLong("init-img")],
        help: ArgumentHelp("Start from this picture instead of from noise alone.", valueName: "picture"))
    var initialPicture: String?

    @Option(
        help:
            "How much is drawn anew: 0 keeps the picture, 1 leaves nothing of it (default: 0.8, with --mask 1)."
    )
    var strength: Double?

    @Option(help: ArgumentHelp("Draw anew only where this picture is white.", valueName: "picture"))
    var mask: String?

    @Option(help: "Mix in some noise of this seed: pictures near the first seed's.")
    var variationSeed: UInt64?

    @Option(help: "How much of it, 0 to 1 (default: 0.1).")
    var variationStrength: Double?

    @Option(help: "Draw a second pass this many times as large.")
    var hiresScale: Double?

    @Option(help: "How much the second pass draws anew, 0 to 1 (default: 0.7).")
    var hiresStrength: Double?

    @Option(help: "Steps of the second pass (default: those of the first).")
    var hiresSteps: Int?

    /// Puts the options into a request.
    func apply(to request: inout GenerationRequest) throws {
        (request.initialPicture, request.strength, request.mask) = (initialPicture, strength, mask)
        if let variationSeed {
            request.variation = VariationChoice(seed: variationSeed, strength: variationStrength ?? 0.1)
        } else if variationStrength != nil {
            throw UsageError.contradiction(
                "--variation-strength needs --variation-seed", advice: ["add --variation-seed 1"])
        }
        if let hiresScale {
            request.hires = HiresChoice(
                scale: hiresScale, strength: hiresStrength ?? 0.7, steps: hiresSteps)
        } else if hiresStrength != nil || hiresSteps != nil {
            throw UsageError.contradiction(
                "--hires-strength and --hires-steps need --hires-scale", advice: ["add --hires-scale 2"])
        }
    }
}

/// What is laid over a model.
struct AdapterOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Merge a low-rank adapter, as strongly as SCALE says (default: 1); may be given again.",
            valueName: "file[:scale]"))
    var lora: [String] = []

    @Option(
        help: ArgumentHelp("Learn the words of a textual inversion; may be given again.", valueName: "file"))
    var embedding: [String] = []

    @Option(
        help: ArgumentHelp(
            "XL: let this second model, such as XL's refiner, draw the last steps.", valueName: "model"))
    var refiner: String?

    @Option(help: "The share of the noise range after which it takes over (default: 0.8).")
    var refinerStart: Double?

    /// Puts the options into a request.
    func apply(to request: inout GenerationRequest) throws {
        request.adapters = lora.map(Self.adapter)
        request.embeddings = embedding
        if let refiner {
            request.refiner = RefinerChoice(model: refiner, start: refinerStart ?? 0.8)
        } else if refinerStart != nil {
            throw UsageError.contradiction(
                "--refiner-start needs --refiner", advice: ["add --refiner, the model that takes over"])
        }
    }

    /// What stands behind the last colon is a scale where it is a number, else part of the name.
    static func adapter(_ text: String) -> AdapterChoice {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let scale = Double(text[text.index(after: colon)...])
        else { return AdapterChoice(file: text) }
        return AdapterChoice(file: String(text[..<colon]), scale: scale)
    }
}

/// Pictures that can be laid beside themselves.
struct TilingOptions: ParsableArguments {
    @Flag(
        name: [.customLong("tiling"), .customLong("circular")],
        help: "Opposite edges fit together, so that the picture can be laid as tiles without a seam.")
    var both = false

    @Flag(
        name: [.customLong("tiling-x"), .customLong("circularx")],
        help: "Only the left edge and the right one fit together.")
    var across = false

    @Flag(
        name: [.customLong("tiling-y"), .customLong("circulary")],
        help: "Only the upper edge and the lower one fit together.")
    var down = false

    /// Puts the options into a request.
    func apply(to request: inout GenerationRequest) {
        request.tiling = TilingChoice(isHorizontal: both || across, isVertical: both || down)
    }
}

/// What only models with CLIP text encoders understand.
struct TextOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How prompts are read: weighted (with brackets, BREAK, AND), plain (as they stand).",
            valueName: "grammar"))
    var promptGrammar = "weighted"

    @Option(
        help: "Which layer of the text encoder is taken, from the end: 1 is the last (default: the model's).")
    var clipSkip: Int?

    @Option(
        help: ArgumentHelp(
            "XL: the size it is told that the picture once had (default: its own).", valueName: "WxH"))
    var originalSize: String?

    @Option(help: ArgumentHelp("XL: the size it is told to draw (default: the picture's).", valueName: "WxH"))
    var targetSize: String?

    @Option(help: ArgumentHelp("XL: what it is told was cut off at the left and the top.", valueName: "X,Y"))
    var cropTopLeft: String?

    @Option(help: "XL's refiner: how beautiful the picture is to be (default: 6).")
    var aestheticScore: Double?

    @Option(help: "XL's refiner: how beautiful the negative prompt's picture is (default: 2.5).")
    var negativeAestheticScore: Double?

    /// Puts the options into a request.
    func apply(to request: inout GenerationRequest) throws {
        request.grammar = try PromptGrammar(named: promptGrammar)
        request.clipSkip = clipSkip
        let original = try Self.pair(originalSize, of: "--original-size", between: "x")
        let target = try Self.pair(targetSize, of: "--target-size", between: "x")
        let crop = try Self.pair(cropTopLeft, of: "--crop-top-left", between: ",")
        let isSaid = original != nil || target != nil || crop != nil
        guard isSaid || aestheticScore != nil || negativeAestheticScore != nil else { return }
        request.sizeConditioning = SizeConditioning(
            originalSize: original, cropTopLeft: crop ?? [0, 0], targetSize: target,
            aestheticScore: aestheticScore ?? 6, negativeAestheticScore: negativeAestheticScore ?? 2.5)
    }

    private static func pair(
        _ text: String?, of option: String, between separator: Character
    ) throws -> [Int]? {
        guard let text else { return nil }
        let numbers = text.lowercased().split(separator: separator, omittingEmptySubsequences: false)
            .map { Int($0) }
        guard numbers.count == 2, let first = numbers[0], let second = numbers[1] else {
            throw UsageError.badValue(
                option: option, expected: "two whole numbers such as 1024\(separator)768", found: text)
        }
        return [first, second]
    }
}
