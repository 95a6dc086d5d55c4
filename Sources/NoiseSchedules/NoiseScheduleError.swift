public import Diagnostics

/// Why noise levels cannot be had as asked.
public enum NoiseScheduleError: ActionableError, Equatable {
    /// A level whose signal or noise is negative, infinite or not a number, or whose signal and noise are both zero.
    case invalidLevel(signal: Double, noise: Double)
    /// Per-step variances that do not lie strictly between 0 and 1, or fewer than two of them.
    case invalidBetas(problem: String)
    /// A number of steps that the schedule cannot be cut into.
    case invalidSteps(Int, allowed: ClosedRange<Int>, spacing: String)
    /// A parameter of a spacing that gives no falling levels.
    case invalidParameter(name: String, value: Double, expected: String)

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .invalidLevel(let signal, let noise):
            "noise level: expected finite signal and noise of at least 0 and not both 0, found signal \(signal) and "
                + "noise \(noise)"
        case .invalidBetas(let problem): "variances of the forward process: \(problem)"
        case .invalidSteps(let steps, let allowed, let spacing):
            "\(spacing) spacing: expected \(allowed.lowerBound) to \(allowed.upperBound) steps, found \(steps)"
        case .invalidParameter(let name, let value, let expected):
            "\(name): expected \(expected), found \(value)"
        }
    }

    /// What the reader can do now, best first; may be empty.
    public var advice: [String] {
        switch self {
        case .invalidLevel: ["make levels with a schedule, which cannot make such a pair"]
        case .invalidBetas:
            ["the usual ends are 1e-4 and 0.02 for linear, 0.00085 and 0.012 for scaled linear"]
        case .invalidSteps: ["20 to 50 steps draw well with most models"]
        case .invalidParameter(let name, _, _): name == "rho" ? ["the usual rho is 7"] : []
        }
    }
}
