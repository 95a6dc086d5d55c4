public import NoiseSchedules
public import Recipes
public import Tensors

/// Everything that a walk from noise to a sample needs besides a denoiser and random numbers.
public struct SamplingPlan: Sendable {
    /// The levels visited and the end: sigma strictly falling, only the last may be noise-free.
    public let levels: [NoiseLevel]
    /// What the network is told at each level but the last.
    public let timesteps: [Double]
    /// Unit noise times this is the start of a walk from nothing.
    public let startScale: Double
    /// The solver.
    public let sampler: any Sampler
    private let told: [NoiseLevel: Double]

    /// A plan of its parts.
    ///
    /// - Parameters:
    ///   - levels: the levels visited and the end.
    ///   - timesteps: one for each level but the last.
    ///   - startScale: unit noise times this is the start.
    ///   - sampler: the solver.
    ///   - between: levels that the solver asks for between those visited, and what the network is told there.
    /// - Throws: `DiffusionError.invalidLevels` when their numbers do not match or sigma does not fall.
    public init(
        levels: [NoiseLevel], timesteps: [Double], startScale: Double, sampler: any Sampler,
        between: [(level: NoiseLevel, timestep: Double)] = []
    ) throws(DiffusionError) {
        _ = try Stride.along(levels)
        guard timesteps.count == levels.count - 1 else {
            throw .invalidLevels(
                problem:
                    "expected a timestep for each of \(levels.count - 1) levels, found \(timesteps.count)")
        }
        (self.levels, self.timesteps, self.startScale) = (levels, timesteps, startScale)
        self.sampler = sampler
        let visited = zip(levels, timesteps).map { ($0, $1) }
        let asked = between.map { ($0.level, $0.timestep) }
        told = Dictionary(visited + asked) { first, _ in first }
    }

    /// A plan of a model whose network is told the schedule's own timesteps.
    ///
    /// - Parameters:
    ///   - steps: the number of steps.
    ///   - schedule: the schedule the model was trained with.
    ///   - sampler: the solver.
    ///   - spacing: which levels it visits.
    ///   - shift: the factor of every sigma; other than 1 for schedules that end in pure noise only.
    /// - Throws: `NoiseScheduleError` when the schedule cannot be cut or shifted so.
    public init(
        steps: Int, over schedule: some NoiseSchedule, sampler: SamplerChoice, spacing: SpacingChoice,
        shift: Double = 1
    ) throws {
        let unshifted = try spacing.make()
        let levels =
            shift == 1
            ? try unshifted.levels(steps: steps, over: schedule)
            : try ShiftedSpacing(unshifted, by: shift).levels(steps: steps, over: schedule)
        try self.init(
            levels: levels, timesteps: levels.dropLast().map { schedule.timestep(at: $0) },
            startScale: (levels[0].signal * levels[0].signal + levels[0].noise * levels[0].noise)
                .squareRoot(),
            sampler: sampler.make())
    }

    /// What the network is told at a level; nil at levels that the plan does not know.
    public func timestep(at level: NoiseLevel) -> Double? { told[level] }

    /// A sample noised to the first level: where image to image starts.
    /// - Throws: `TensorError`.
    public func start(from sample: Tensor, epsilon: Tensor) throws(TensorError) -> Tensor {
        try ForwardProcess.noised(sample, at: levels[0], epsilon: epsilon)
    }
}
