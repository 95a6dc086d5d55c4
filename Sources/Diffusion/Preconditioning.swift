public import NoiseSchedules
public import Recipes
public import Tensors

/// Makes a denoiser of a network that predicts a target.
///
/// The sampler may walk in any scale, EDM's (1, sigma) for instance: x is brought to the scale of the schedule that the
/// network was trained with.
public struct Preconditioning: Denoiser {
    /// The network's prediction for x at one timestep, of the shape of x; the conditioning is captured.
    public typealias Network = (_ x: Tensor, _ timestep: Double) throws -> Tensor

    /// What the network predicts.
    public let target: PredictionTarget
    /// The schedule it was trained with.
    public let schedule: any NoiseSchedule
    /// The walk whose timesteps the network is told; levels that it does not visit are told by the schedule.
    public let plan: SamplingPlan?
    /// The last estimates, for networks that see them, and how many kinds of samples a batch holds.
    private let memory: (estimates: EstimateMemory, halves: Int)?
    private let network: Network

    /// A denoiser that asks `network`.
    ///
    /// - Parameters:
    ///   - target: what the network predicts.
    ///   - schedule: the schedule it was trained with.
    ///   - plan: tells the network other timesteps than the schedule's own at the levels that it visits.
    ///   - memory: the walk's last estimates, for a network that gets them behind x along the channels; nil for others.
    ///   - halves: 2 where negative prompts follow the prompts in a batch, 1 otherwise.
    ///   - network: the network, with its conditioning.
    public init(
        _ target: PredictionTarget, schedule: any NoiseSchedule, plan: SamplingPlan? = nil,
        memory: EstimateMemory? = nil, halves: Int = 1, network: @escaping Network
    ) {
        (self.target, self.schedule, self.plan, self.network) = (target, schedule, plan, network)
        self.memory = memory.map { ($0, halves) }
    }

    /// The clean sample that the network's prediction implies.
    public func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let own = schedule.rescaled(level)
        let scale = Self.length(own) / Self.length(level)
        let isOwn = abs(scale - 1) < 1e-9
        let scaled = isOwn ? x : try x * scale
        let mix = try target.sampleMix(at: isOwn ? level : own)
        let seen = try memory.map { try $0.estimates.beside(scaled, halves: $0.halves) } ?? scaled
        var prediction = try network(seen, plan?.timestep(at: level) ?? schedule.timestep(at: level))
        guard prediction.shape == x.shape else {
            throw DiffusionError.shapeMismatch(
                what: "the network's prediction", expected: x.shape, found: prediction.shape)
        }
        if prediction.dtype != x.dtype { prediction = try prediction.to(x.dtype) }
        let denoised = try mix.applied(to: scaled, prediction)
        if let memory { try memory.estimates.keep(denoised, halves: memory.halves) }
        return denoised
    }

    private static func length(_ level: NoiseLevel) -> Double {
        (level.signal * level.signal + level.noise * level.noise).squareRoot()
    }
}
