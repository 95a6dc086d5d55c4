import Diffusion
public import Images
public import NoiseSchedules
import Tensors

/// A picture being buried in noise twice: step by step, and in one stroke to each level.
///
/// The chain of `q(x_t | x_{t−1})` runs through every timestep of the schedule with fresh noise each time. In closed
/// form `q(x_t | x_0)` uses one draw of noise for all levels, so the same grain comes forward. Both have the same
/// distribution at every timestep.
public struct Burial: Sendable {
    /// A picture on the way.
    public struct Stage: Sendable {
        /// Position on the schedule's grid; nil for the clean picture.
        public let timestep: Double?
        /// How much signal and noise.
        public let level: NoiseLevel
        /// Made by the chain of small steps.
        public let stepwise: Image
        /// Made in one stroke.
        public let closedForm: Image
        /// The noise found in each: the root mean square of x − signal · sample.
        public let measuredNoise: (stepwise: Double, closedForm: Double)
    }

    /// How many stages there may be, the clean picture among them.
    public static let stageCounts = 2...256

    /// The stages from the clean picture to the last timestep.
    public let stages: [Stage]
    /// The schedule.
    public let schedule: any NoiseSchedule
    /// The number of small steps in the whole chain.
    public let chainLength: Int

    /// Buries a picture.
    /// - Parameters:
    ///   - picture: three channels are used; its size is that of all stages.
    ///   - schedule: which level each timestep has.
    ///   - count: how many pictures to keep, 2 to 256, at equal distances of the timestep.
    ///   - seed: the same seed gives the same noise.
    /// - Throws: `InsightError.outOfRange`, `TensorError`, `ImageError`.
    public init(of picture: Image, schedule: any NoiseSchedule, stages count: Int = 8, seed: UInt64) throws {
        guard Self.stageCounts.contains(count) else {
            throw InsightError.outOfRange(what: "stages", found: "\(count)", allowed: "2 to 256")
        }
        let sample = try picture.sample()
        let shape = Array(sample.shape.dropFirst())
        var fresh = try RandomStream(seed: RandomStream.derivedSeed(seed, purpose: "burial step by step"))
        var single = try RandomStream(seed: RandomStream.derivedSeed(seed, purpose: "burial in one stroke"))
        let epsilon = try single.normal(shape)

        let grid = schedule.grid
        let kept = Self.keptSteps(count, of: grid.count)
        var x = sample
        var level = NoiseLevel.clean
        var stages = [try Self.stage(nil, level, x, sample, sample)]
        for step in 0..<grid.count {
            let timestep = grid.first + Double(step)
            let next = schedule.level(at: timestep)
            x = try ForwardProcess.step(x, from: level, to: next, epsilon: fresh.normal(shape))
            level = next
            guard kept.contains(step) else { continue }
            let stroke = try ForwardProcess.noised(sample, at: level, epsilon: epsilon)
            stages.append(try Self.stage(timestep, level, x, stroke, sample))
        }
        (self.stages, self.schedule, chainLength) = (stages, schedule, grid.count)
    }

    /// The steps whose pictures are kept, the last one always among them.
    private static func keptSteps(_ count: Int, of steps: Int) -> Set<Int> {
        Set((1..<count).map { max(0, Int((Double($0) / Double(count - 1) * Double(steps)).rounded()) - 1) })
    }

    private static func stage(
        _ timestep: Double?, _ level: NoiseLevel, _ x: Tensor, _ stroke: Tensor, _ sample: Tensor
    ) throws -> Stage {
        func noise(_ x: Tensor) throws -> Double {
            try (x - sample * level.signal).squared().mean().item().squareRoot()
        }
        return Stage(
            timestep: timestep, level: level, stepwise: try Image(sample: x),
            closedForm: try Image(sample: stroke),
            measuredNoise: (try noise(x), try noise(stroke)))
    }
}

/// The numbers of a picture being buried in noise.
public struct BurialReport: Encodable, Sendable {
    /// One stage; decibels are nil where there is no noise or no signal.
    public struct Stage: Encodable, Sendable {
        /// Position on the schedule's grid; nil for the clean picture.
        public let timestep: Double?
        /// The factor of the picture.
        public let signal: Double
        /// The factor of the unit noise.
        public let noise: Double
        /// signal², for schedules with signal² + noise² = 1.
        public let alphaBar: Double?
        /// 20 · log₁₀(signal / noise).
        public let decibels: Double?
        /// The noise found after the chain of small steps.
        public let stepwiseNoise: Double
        /// The noise found after one stroke.
        public let closedFormNoise: Double
        /// The ratio found after the chain of small steps, in decibels.
        public let stepwiseDecibels: Double?
        /// The ratio found after one stroke, in decibels.
        public let closedFormDecibels: Double?
    }

    /// Small steps in the whole chain.
    public let chainLength: Int
    /// From the clean picture to the last timestep.
    public let stages: [Stage]
}

extension Burial {
    /// All numbers.
    public var report: BurialReport {
        BurialReport(chainLength: chainLength, stages: stages.map { $0.report(schedule) })
    }
}

extension Burial.Stage {
    /// signal², where the schedule keeps signal² + noise² = 1.
    func alphaBar(_ schedule: any NoiseSchedule) -> Double? {
        schedule is VariancePreserving ? level.signal * level.signal : nil
    }

    fileprivate func report(_ schedule: any NoiseSchedule) -> BurialReport.Stage {
        func decibels(_ noise: Double) -> Double? {
            let level = try? NoiseLevel(signal: level.signal, noise: noise)
            return level.map(\.decibels).flatMap { $0.isFinite ? $0 : nil }
        }
        return BurialReport.Stage(
            timestep: timestep, signal: level.signal, noise: level.noise, alphaBar: alphaBar(schedule),
            decibels: decibels(level.noise), stepwiseNoise: measuredNoise.stepwise,
            closedFormNoise: measuredNoise.closedForm, stepwiseDecibels: decibels(measuredNoise.stepwise),
            closedFormDecibels: decibels(measuredNoise.closedForm))
    }
}
