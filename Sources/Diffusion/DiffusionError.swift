public import Diagnostics
public import NoiseSchedules
public import Recipes

/// Why a sample cannot be noised, denoised or walked along the noise levels.
public enum DiffusionError: ActionableError, Equatable {
    /// A prediction that says nothing about what is asked, at a level of pure noise or of none.
    case undetermined(wanted: String, from: PredictionTarget, level: NoiseLevel)
    /// Levels that no sampler can walk.
    case invalidLevels(problem: String)
    /// A random stream for another number of images.
    case imageCount(expected: Int, found: Int, what: String)
    /// Tensors that should have one shape and have two.
    case shapeMismatch(what: String, expected: [Int], found: [Int])
    /// A value of a model's scheduler_config.json, or a choice, whose mathematics is not here.
    case unsupported(key: String, value: String)
    /// A forward step towards less noise, or from nothing but noise.
    case notForward(from: NoiseLevel, to: NoiseLevel)
    /// A denoiser through which no gradient flows, where its derivative is needed.
    case noGradient
    /// A walk whose error stays too large however short the steps.
    case tooManySteps(Int)

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .undetermined(let wanted, let target, let level):
            "a prediction of \(target.rawValue) does not determine the \(wanted) at the noise level \(level)"
        case .invalidLevels(let problem): "noise levels: \(problem)"
        case .imageCount(let expected, let found, let what):
            "\(what): expected one for each of \(expected) images, found \(found)"
        case .shapeMismatch(let what, let expected, let found):
            "\(what): expected the shape \(expected), found \(found)"
        case .unsupported(let key, let value):
            "\(key): \(value) is not supported here"
        case .notForward(let from, let to):
            "the forward process adds noise: expected a sigma of at least \(from.sigma), found \(to.sigma)"
        case .noGradient:
            "a likelihood needs the denoiser's derivative: expected an estimate that records gradients, found none"
        case .tooManySteps(let limit):
            "the walk along the probability flow has not ended after \(limit) steps"
        }
    }

    /// What the reader can do now, best first; may be empty.
    public var advice: [String] {
        switch self {
        case .undetermined(_, .epsilon, _):
            [
                "use a schedule that ends with some signal left, such as cosine or linear",
                "train for velocity or flow",
            ]
        case .undetermined: ["leave out the level without noise"]
        case .invalidLevels: ["make levels with a StepSpacing"]
        case .imageCount(let expected, _, let what): ["make the \(what) for \(expected) images"]
        case .unsupported("spacing", _): ["take leading, trailing or linspace with this sampler"]
        case .unsupported: ["name a sampler of your own, such as dpmpp_2m"]
        case .noGradient: ["measure it outside of Autograd.disabled and Autograd.inference"]
        case .tooManySteps: ["allow a greater tolerance, or walk in a fixed number of steps"]
        case .shapeMismatch, .notForward: []
        }
    }
}
