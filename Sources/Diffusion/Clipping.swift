import Tensors

/// How estimates of the clean sample are kept within bounds.
public enum Clipping: Hashable, Sendable {
    /// Not at all.
    case none
    /// Clamped to ± a bound.
    case range(Double)
    /// Clamped to ± a quantile of each image's own magnitudes, from 1 to `greatest`, and divided by it.
    ///
    /// Source: Saharia et al. 2022, dynamic thresholding.
    case quantile(Double, greatest: Double)

    /// The estimate, clipped.
    /// - Throws: `TensorError`.
    func applied(to denoised: Tensor) throws(TensorError) -> Tensor {
        switch self {
        case .none: return denoised
        case .range(let bound): return try denoised.clamped(from: -bound, to: bound)
        case .quantile(let share, let greatest):
            var images: [Tensor] = []
            for index in 0..<denoised.size(0) {
                let image = try denoised.slice(index..<index + 1)
                let bound = min(max(try Self.quantile(share, of: image), 1), greatest)
                images.append(try image.clamped(from: -bound, to: bound) / bound)
            }
            return images.count == 1 ? images[0] : try Tensor.concatenated(images)
        }
    }

    /// The magnitude below which a share of the values lies, linear between neighbours.
    private static func quantile(_ share: Double, of image: Tensor) throws(TensorError) -> Double {
        let magnitudes = try image.to(.float64).values(as: Double.self).map { abs($0) }.sorted()
        guard let last = magnitudes.last else { return 1 }
        let position = share * Double(magnitudes.count - 1)
        let below = Int(position)
        guard below + 1 < magnitudes.count else { return last }
        return magnitudes[below] + (position - Double(below)) * (magnitudes[below + 1] - magnitudes[below])
    }
}
