import Tensors

/// Features as points around their mean: the spread of fewer pictures than there are features, without its covariance.
///
/// Of covariances AᵀA and BᵀB the trace of (Σ₁Σ₂)^½ is the sum of the singular values of A·Bᵀ, which has a row a picture: for
/// 600 pictures and 1280 features a tenth of the work.
struct FeatureCloud {
    /// The mean, `[width]`, double precision.
    let mean: Tensor
    /// Distances from the mean, scaled so that their products sum to the covariance, `[points, width]`.
    let points: Tensor

    /// The cloud of features `[pictures, width]`.
    /// - Parameters:
    ///   - features: one row a picture.
    ///   - counts: how often each row counts; nil for once.
    /// - Throws: `EvaluationError.tooFewPictures` for fewer than two rows; `TensorError`.
    init(of features: Tensor, counts: [Int]? = nil) throws {
        let exact = try features.to(.cpu, .float64)
        let counts = counts ?? Array(repeating: 1, count: exact.size(0))
        let total = counts.reduce(0, +)
        guard total > 1 else { throw EvaluationError.tooFewPictures(found: total) }
        let weights = try Tensor(counts.map(Double.init), shape: [counts.count, 1])
        mean = try (exact * weights).sum(0) / Double(total)
        points = try (exact - mean) * (weights / Double(total - 1)).squareRoot()
    }

    /// The squared Fréchet distance, as `FeatureSpread.distance`.
    /// - Throws: `EvaluationError.widthsDiffer`; `TensorError`.
    func distance(to other: FeatureCloud) throws -> Double {
        guard mean.shape == other.mean.shape else {
            throw EvaluationError.widthsDiffer(mean.size(0), other.mean.size(0))
        }
        let products = try points.matmul(other.points.transposed(0, 1))
        let square = try products.matmul(products.transposed(0, 1))
        let shared = try square.symmetricEigenvalues().clamped(from: 0).squareRoot().sum().item()
        let shift = try (mean - other.mean).squared().sum().item()
        let traces = try points.squared().sum().item() + other.points.squared().sum().item()
        return max(0, shift + traces - 2 * shared)
    }

    /// The distance between rows of two sets of features, `[pictures, width]`, by whichever way is shorter.
    ///
    /// - Parameters:
    ///   - first: the one set.
    ///   - second: the other; where `rows` are given, as many.
    ///   - rows: the rows of both that count, some more than once; nil for all, once.
    /// - Returns: the squared distance.
    /// - Throws: `EvaluationError.tooFewPictures`, `.widthsDiffer`; `TensorError`.
    static func distance(_ first: Tensor, _ second: Tensor, rows: [Int]? = nil) throws -> Double {
        let isWide = first.size(0) < first.size(1)
        guard let rows else {
            return isWide
                ? try FeatureCloud(of: first).distance(to: FeatureCloud(of: second))
                : try FeatureSpread(of: first).distance(to: FeatureSpread(of: second))
        }
        if isWide {
            // A row that was drawn three times is one row that counts three times.
            let counts = Dictionary(rows.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
            let indices = try Tensor.indices(counts.map(\.key), shape: [counts.count])
            let (first, second) = try (first.gathered(indices), second.gathered(indices))
            return try FeatureCloud(of: first, counts: counts.map(\.value))
                .distance(to: FeatureCloud(of: second, counts: counts.map(\.value)))
        }
        let indices = try Tensor.indices(rows, shape: [rows.count])
        return try FeatureSpread(of: first.gathered(indices))
            .distance(to: FeatureSpread(of: second.gathered(indices)))
    }
}
