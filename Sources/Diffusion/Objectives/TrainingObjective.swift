public import NoiseSchedules
public import Recipes
public import Tensors

/// What a network is trained for: noise samples, ask, compare.
public struct TrainingObjective: Sendable {
    /// The schedule of the noise.
    public let schedule: any NoiseSchedule
    /// What the network predicts.
    public let target: PredictionTarget
    /// How errors are weighted.
    public let weighting: LossWeighting

    /// An objective.
    public init(schedule: any NoiseSchedule, target: PredictionTarget, weighting: LossWeighting) {
        (self.schedule, self.target, self.weighting) = (schedule, target, weighting)
    }

    /// Noises each sample at its own level.
    ///
    /// - Parameters:
    ///   - sample: clean samples, `[batch, …]`.
    ///   - epsilon: unit noise of the same shape.
    ///   - levels: one a sample.
    /// - Returns: what the network gets and what it should answer.
    /// - Throws: `DiffusionError.imageCount`, `DiffusionError.shapeMismatch`, `TensorError`.
    public func noised(_ sample: Tensor, epsilon: Tensor, levels: [NoiseLevel]) throws -> NoisedBatch {
        guard levels.count == sample.size(0) else {
            throw DiffusionError.imageCount(
                expected: sample.size(0), found: levels.count, what: "noise levels")
        }
        guard epsilon.shape == sample.shape else {
            throw DiffusionError.shapeMismatch(what: "epsilon", expected: sample.shape, found: epsilon.shape)
        }
        func column(_ values: [Double]) throws -> Tensor {
            let shape = [values.count] + [Int](repeating: 1, count: max(0, sample.rank - 1))
            return try Tensor(values.map(Float.init), shape: shape).to(sample.device, sample.dtype)
        }
        func mixed(_ ofSample: [Double], _ ofEpsilon: [Double]) throws -> Tensor {
            try (sample * column(ofSample)).adding(epsilon, times: column(ofEpsilon))
        }
        let parts = levels.map { target.parts(at: $0) }
        let answer: Tensor =
            switch target {
            case .sample: sample
            case .epsilon: epsilon
            case .velocity, .flow: try mixed(parts.map(\.sample), parts.map(\.epsilon))
            }
        return NoisedBatch(
            x: try mixed(levels.map(\.signal), levels.map(\.noise)), target: answer, levels: levels,
            timesteps: levels.map { schedule.timestep(at: $0) },
            weights: levels.map { weighting.factor(for: target, at: $0) })
    }

    /// The clean samples that predictions for a batch imply, each at its own level, of the shape of x.
    /// - Throws: `DiffusionError.undetermined` for epsilon at pure noise; `TensorError`.
    public func samples(from prediction: Tensor, for batch: NoisedBatch) throws -> Tensor {
        let mixes = try batch.levels.map { try target.sampleMix(at: $0) }
        func column(_ values: [Double]) throws -> Tensor {
            let shape = [values.count] + [Int](repeating: 1, count: max(0, batch.x.rank - 1))
            return try Tensor(values.map(Float.init), shape: shape).to(batch.x.device)
        }
        return try batch.x * column(mixes.map(\.x)) + prediction.to(.float32)
            * column(mixes.map(\.prediction))
    }

    /// The weighted squared error of each image's prediction, `[batch]`, single precision.
    ///
    /// - Parameters:
    ///   - prediction: what the network answered, of the shape of the batch.
    ///   - batch: what it was asked.
    ///   - pixelWeights: how much each pixel counts, `[batch, 1, height, width]`; nil for all alike.
    /// - Returns: one number an image.
    /// - Throws: `DiffusionError.shapeMismatch`, `TensorError`.
    public func losses(
        of prediction: Tensor, for batch: NoisedBatch, pixelWeights: Tensor? = nil
    ) throws -> Tensor {
        guard prediction.shape == batch.target.shape else {
            throw DiffusionError.shapeMismatch(
                what: "the network's prediction", expected: batch.target.shape, found: prediction.shape)
        }
        let error = try prediction.to(.float32) - batch.target.to(.float32)
        let weights = try Tensor(batch.weights.map(Float.init), shape: [batch.weights.count]).to(error.device)
        var squared = try error.squared()
        if let pixelWeights { squared = try squared * pixelWeights }
        return try squared.flattened(from: 1).mean(1) * weights
    }

    /// The mean of `losses`, a scalar to call `backward` on.
    /// - Throws: `DiffusionError.shapeMismatch`, `TensorError`.
    public func loss(
        of prediction: Tensor, for batch: NoisedBatch, pixelWeights: Tensor? = nil
    ) throws -> Tensor {
        try losses(of: prediction, for: batch, pixelWeights: pixelWeights).mean()
    }
}

/// A batch of noised samples, and what a network should say to them.
public struct NoisedBatch: Sendable {
    /// signal · sample + noise · epsilon, each image at its own level.
    public let x: Tensor
    /// What the network should predict, of the shape of x.
    public let target: Tensor
    /// Each image's level.
    public let levels: [NoiseLevel]
    /// Each image's timestep, which the network is told.
    public let timesteps: [Double]
    /// Each image's factor in the loss.
    public let weights: [Double]
}
