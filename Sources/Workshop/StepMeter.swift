import Diffusion
import NoiseSchedules
import Recipes

/// Measures steps.
///
/// A solver reports a step when the network has answered, so that is when the step counts as done.
struct StepMeter {
    /// What every step took, over all pictures.
    private(set) var seconds: [Double] = []
    private let total: Int
    private var mark = ContinuousClock.now

    init(pictures: Int, steps: Int) { total = pictures * steps }

    /// A new picture begins.
    mutating func begin() { mark = .now }

    /// The network has answered at a level.
    mutating func count(_ step: SamplerStep) -> GenerationStep {
        let took = lap()
        seconds.append(took)
        // The first step also pays for what is set up once; the later ones foretell better.
        let typical = seconds.count > 1 ? seconds.dropFirst().reduce(0, +) / Double(seconds.count - 1) : took
        return GenerationStep(
            step: seconds.count, steps: total, sigma: step.level.sigma.isFinite ? step.level.sigma : nil,
            seconds: took, secondsLeft: Double(max(0, total - seconds.count)) * typical)
    }

    /// A picture is done: what came after its last report belongs to its last step.
    mutating func end() {
        let took = lap()
        if !seconds.isEmpty { seconds[seconds.count - 1] += took }
    }

    private mutating func lap() -> Double {
        let now = ContinuousClock.now
        defer { mark = now }
        return (now - mark) / .seconds(1)
    }
}
