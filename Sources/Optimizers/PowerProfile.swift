import Foundation
public import Tensors

/// The profile of an average whose memory grows with the run: weights of time τ count as τ^gamma.
///
/// After t images it is p(τ) = (gamma + 1) τ^gamma / t^(gamma + 1) for τ from 0 to t. The clock is images seen.
/// Source: Karras et al. 2024 (arXiv 2312.02696), section 3 and appendix C.
public struct PowerProfile: Hashable, Sendable {
    /// The exponent, 0 or above: the higher, the shorter the memory.
    public let gamma: Double

    /// The profile of that exponent, at least 0.
    public init(gamma: Double) { self.gamma = max(0, gamma) }

    /// The profile of that relative width, above 0; widths above 12^-½ ≈ 0.289, that of a plain mean, count as that.
    ///
    /// Solves (gamma + 1) = sigma² (gamma + 2)² (gamma + 3) by bisection of the logarithm.
    public init(sigmaRel: Double) {
        guard sigmaRel > 0 else {
            self.init(gamma: .greatestFiniteMagnitude.squareRoot())
            return
        }
        // The width falls as gamma rises, and gamma is near 1 / sigma, below it by 2 at least.
        var (low, high) = (0.0, 1 / sigmaRel)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if Self.sigmaRel(gamma: middle) > sigmaRel { low = middle } else { high = middle }
        }
        self.init(gamma: (low + high) / 2)
    }

    /// The standard deviation of the profile as a share of the images seen.
    public var sigmaRel: Double { Self.sigmaRel(gamma: gamma) }

    private static func sigmaRel(gamma: Double) -> Double {
        ((gamma + 1) / (gamma + 3)).squareRoot() / (gamma + 2)
    }

    /// The factor that old values keep over an update of `batch` images that ends after `imagesSeen` images.
    ///
    /// (1 − batch / imagesSeen)^(gamma + 1): exactly the profile, whatever the batches.
    public func decay(imagesSeen: Int, batch: Int) -> Double {
        guard imagesSeen > batch else { return 0 }
        return pow(1 - Double(batch) / Double(imagesSeen), gamma + 1)
    }

    /// An average at one moment: its profile and the images seen.
    public struct Moment: Hashable, Sendable {
        /// The profile.
        public let profile: PowerProfile
        /// Images seen, above 0.
        public let imagesSeen: Double

        /// An average of `profile` after `imagesSeen` images.
        public init(_ profile: PowerProfile, imagesSeen: Double) {
            (self.profile, self.imagesSeen) = (profile, imagesSeen)
        }
    }

    /// The integral of the product of two moments' profiles.
    ///
    /// With t the earlier and u the later: (a + 1)(b + 1) (t / u)^b / ((a + b + 1) u), b being the later one's exponent.
    public static func overlap(_ first: Moment, _ second: Moment) -> Double {
        let (early, late) = first.imagesSeen <= second.imagesSeen ? (first, second) : (second, first)
        let (a, b) = (early.profile.gamma, late.profile.gamma)
        let ratio = early.imagesSeen / late.imagesSeen
        return (a + 1) * (b + 1) * pow(ratio, b) / ((a + b + 1) * late.imagesSeen)
    }

    /// How much of each snapshot gives the average whose profile is nearest to that of `wanted`, by least squares.
    ///
    /// Source: Karras et al. 2024, algorithm 3.
    /// - Parameters:
    ///   - wanted: the average to reconstruct.
    ///   - snapshots: the averages at hand, one or more.
    /// - Returns: one factor a snapshot; they add up to 1 nearly.
    /// - Throws: `TensorError` when the engine has no least squares.
    public static func factors(of wanted: Moment, from snapshots: [Moment]) throws(TensorError) -> [Double] {
        let count = snapshots.count
        // Unit lengths first: profiles of late snapshots are far smaller numbers than those of early ones.
        let lengths = snapshots.map { overlap($0, $0).squareRoot() }
        var matrix: [Double] = []
        for (one, length) in zip(snapshots, lengths) {
            matrix += zip(snapshots, lengths).map { overlap(one, $0) / (length * $1) }
        }
        let own = overlap(wanted, wanted).squareRoot()
        let right = zip(snapshots, lengths).map { overlap($0, wanted) / ($1 * own) }
        let solution = try Tensor(matrix, shape: [count, count])
            .leastSquares(Tensor(right, shape: [count, 1])).values(as: Double.self)
        return zip(solution, lengths).map { $0 * own / $1 }
    }
}
