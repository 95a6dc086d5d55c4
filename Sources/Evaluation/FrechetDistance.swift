public import Tensors

/// Mean and covariance of features, which stand for the normal distribution that has them.
public struct FeatureSpread: Sendable {
    /// The mean, `[width]`, double precision.
    public let mean: Tensor
    /// The covariance, `[width, width]`, divided by n − 1.
    public let covariance: Tensor

    /// The spread of features `[pictures, width]`.
    /// - Throws: `EvaluationError.tooFewPictures` for fewer than two rows; `TensorError`.
    public init(of features: Tensor) throws {
        guard features.rank == 2, features.size(0) > 1 else {
            throw EvaluationError.tooFewPictures(found: features.size(0))
        }
        let exact = try features.to(.cpu, .float64)
        mean = try exact.mean(0)
        let centred = try exact - mean
        covariance = try centred.transposed(0, 1).matmul(centred) / Double(features.size(0) - 1)
    }

    /// A spread that is known.
    public init(mean: Tensor, covariance: Tensor) { (self.mean, self.covariance) = (mean, covariance) }

    /// The squared Fréchet distance to another spread, |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½).
    ///
    /// Source: Dowson and Landau 1982; Heusel et al. 2017 for pictures. The product under the root is symmetric, unlike
    /// Σ₁Σ₂, which has the same root's trace, so that eigenvalues of symmetric matrices suffice and no imaginary
    /// part has to be thrown away. Eigenvalues below zero are rounding and count as zero.
    /// - Throws: `EvaluationError.widthsDiffer`; `TensorError`.
    public func distance(to other: FeatureSpread) throws -> Double {
        guard mean.shape == other.mean.shape else {
            throw EvaluationError.widthsDiffer(mean.size(0), other.mean.size(0))
        }
        let (values, vectors) = try covariance.symmetricEigen()
        let roots = try values.clamped(from: 0).squareRoot().unsqueezed(0)
        let root = try (vectors * roots).matmul(vectors.transposed(0, 1))
        let product = try root.matmul(other.covariance).matmul(root)
        let symmetric = try (product + product.transposed(0, 1)) / 2
        let shared = try symmetric.symmetricEigen().values.clamped(from: 0).squareRoot().sum().item()
        let shift = try (mean - other.mean).squared().sum().item()
        let traces = try values.sum().item() + other.covariance.symmetricEigen().values.sum().item()
        return max(0, shift + traces - 2 * shared)
    }
}

/// A Fréchet distance with the interval that a repetition with other prompts would mostly lie in.
public struct FeatureDistance: Codable, Equatable, Sendable {
    /// The squared distance between drawn pictures and renders of what their prompts say.
    public var value: Double
    /// The 95 % interval's lower end.
    public var low: Double
    /// The 95 % interval's upper end.
    public var high: Double
    /// The distance between these renders and as many others of the same world: what the choice of prompts alone makes.
    ///
    /// A scale to read `value` on, not a bound: pictures of the very same things can lie nearer.
    public var otherScenes: Double

    /// The features that it was measured in.
    public var features: FeatureSpace

    private static let resamples = 100

    /// Compares features of drawn pictures with those of renders, all `[pictures, width]`.
    ///
    /// The interval is the distance ± 1.96 standard deviations of the distance over 100 bootstrap samples of prompts; their
    /// percentiles would not do, since a sample with repetitions lies farther away on the whole.
    /// - Parameters:
    ///   - drawn: drawn pictures, those of one prompt one after the other.
    ///   - real: a render for each of them.
    ///   - other: other renders of the same kind.
    ///   - features: what the numbers are.
    ///   - group: pictures a prompt.
    ///   - seed: of the bootstrap.
    /// - Throws: `EvaluationError.tooFewPictures`; `TensorError`.
    public init(
        drawn: Tensor, real: Tensor, other: Tensor, in features: FeatureSpace = .probe, group: Int,
        seed: UInt64
    ) throws {
        let (drawn, real) = try (drawn.to(.cpu, .float64), real.to(.cpu, .float64))
        self.features = features
        value = try FeatureCloud.distance(drawn, real)
        otherScenes = try FeatureCloud.distance(other, real)
        let groups = drawn.size(0) / max(1, group)
        let distances = try Resampling(groups: groups, times: Self.resamples, seed: seed).map { chosen in
            let rows = chosen.flatMap { prompt in (0..<group).map { prompt * group + $0 } }
            return try FeatureCloud.distance(drawn, real, rows: rows)
        }
        let mean = distances.reduce(0, +) / Double(distances.count)
        let variance = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(distances.count - 1)
        let half = Share.quantile * variance.squareRoot()
        (low, high) = (max(0, value - half), value + half)
    }
}
