import ArgumentParser
import Recipes

/// How the prompt steers, besides how strongly.
struct GuidanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where guidance is on, in shares of noise: 0 is clean, 1 is pure noise.", valueName: "from:to"))
    var guidanceInterval: String?

    @Option(help: "How far guided numbers are brought back to the spread of unguided ones, 0 to 1.")
    var guidanceRescale = 0.0

    @Option(
        help: ArgumentHelp(
            "How the weight changes from noise to picture: \(GuidanceSchedule.ids.joined(separator: ", ")).",
            valueName: "schedule"))
    var guidanceSchedule = GuidanceSchedule.constant.rawValue

    @Option(
        help: ArgumentHelp(
            "How the estimates with and without the prompt are joined: cfg, apg (strong guidance without glaring "
                + "colours), cfg_zero (for flow models).", valueName: "method"))
    var guidanceMethod = GuidanceMethod.classifierFree.id

    @Option(help: "apg: how much of the part along the prompt's estimate stays, 0 to 1 (default: 0).")
    var apgEta: Double?

    @Option(help: "apg: how much of earlier differences is added, -1 to 1 (default: -0.5).")
    var apgMomentum: Double?

    @Option(help: "apg: the greatest length of a difference; 0 for no bound (default: 0).")
    var apgThreshold: Double?

    @Option(help: "cfg_zero: first steps in which nothing moves (default: 1).")
    var zeroInitSteps: Int?

    @Option(
        help: ArgumentHelp(
            "A weaker model of the same kind; the picture is steered away from what it makes of the prompt.",
            valueName: "model"))
    var guideModel: String?

    /// The whole choice, with what stands among the options of sampling.
    func choice(scale: Double?, negativePrompt: String) throws -> GuidanceChoice {
        var guidance = GuidanceChoice(
            scale: scale, negativePrompt: negativePrompt, rescale: guidanceRescale,
            schedule: try GuidanceSchedule(named: guidanceSchedule), method: try method(),
            guideModel: guideModel)
        if let guidanceInterval {
            let ends = guidanceInterval.split(separator: ":").compactMap { Double($0) }
            guard ends.count == 2, ends[0] <= ends[1], ends[0] >= 0, ends[1] <= 1 else {
                throw UsageError.badValue(
                    option: "--guidance-interval", expected: "two rising numbers from 0 to 1 such as 0.2:0.8",
                    found: guidanceInterval)
            }
            guidance.interval = ends[0]...ends[1]
        }
        return guidance
    }

    private func method() throws -> GuidanceMethod {
        let named = try GuidanceMethod(named: guidanceMethod)
        let hasProjection = apgEta != nil || apgMomentum != nil || apgThreshold != nil
        if case .projected(let usual) = named {
            try refuse(zeroInitSteps != nil, "--zero-init-steps belongs", to: "cfg_zero")
            return .projected(
                .init(
                    eta: apgEta ?? usual.eta, momentum: apgMomentum ?? usual.momentum,
                    threshold: apgThreshold ?? usual.threshold))
        }
        try refuse(hasProjection, "--apg-eta, --apg-momentum and --apg-threshold belong", to: "apg")
        if case .optimizedScale(let usual) = named {
            return .optimizedScale(zeroSteps: zeroInitSteps ?? usual)
        }
        try refuse(zeroInitSteps != nil, "--zero-init-steps belongs", to: "cfg_zero")
        return named
    }

    private func refuse(_ isWrong: Bool, _ options: String, to method: String) throws {
        guard isWrong else { return }
        throw UsageError.contradiction(
            "\(options) to --guidance-method \(method), not to \(guidanceMethod)",
            advice: ["add --guidance-method \(method)"])
    }
}
