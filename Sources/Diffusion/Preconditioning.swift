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
    private let network: Network

    /// A denoiser that asks `network`.
    ///
    /// - Parameters:
    ///   - target: what the network predicts.
    ///   - schedule: the schedule it was trained with.
    ///   - plan: tells the network other timesteps than the schedule's own at the levels that it visits.
    ///   - network: the network, with its conditioning.
    public init(
        _ target: PredictionTarget, schedule: any NoiseSchedule, plan: SamplingPlan? = nil,
        network: @escaping Network
    ) {
        (self.target, self.schedule, self.plan, self.network) = (target, schedule, plan, network)
    }

    /// The clean sample that the network's prediction implies.
    public func denoised(_ x: Tensor, at level: NoiseLevel) throws -> Tensor {
        let own = schedule.rescaled(level)
        let scale = Self.length(own) / Self.length(level)
        let isOwn = abs(scale - 1) < 1e-9
        let scaled = isOwn ? x : try x * scale
        let mix = try target.sampleMix(at: isOwn ? level : own)
        var prediction = try network(scaled, plan?.timestep(at: level) ?? schedule.timestep(at: level))
        guard prediction.shape == x.shape else {
            throw DiffusionError.shapeMismatch(
                what: "the network's prediction", expected: x.shape, found: prediction.shape)
        }
        if prediction.dtype != x.dtype { prediction = try prediction.to(x.dtype) }
        return try mix.applied(to: scaled, prediction)
    }

    private static func length(_ level: NoiseLevel) -> Double {
        (level.signal * level.signal + level.noise * level.noise).squareRoot()
    }
}
