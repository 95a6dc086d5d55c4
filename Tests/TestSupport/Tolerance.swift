public import Tensors

/// How far a computed tensor may lie from its reference.
///
/// An element may differ by `relative` times the larger of its own magnitude and the tensor's root mean square: small
/// elements beside large ones carry the rounding of the large ones.
public struct Tolerance: Hashable, Sendable {
    /// Share of the magnitude.
    public let relative: Double
    /// What may differ even where the reference is zero throughout.
    public let absolute: Double

    /// A tolerance of one's own, for tests that measure something other than rounding.
    public init(relative: Double, absolute: Double = 0) {
        self.relative = relative
        self.absolute = absolute
    }

    /// The one table: rounding through a few dozen layers, per type in which they compute.
    ///
    /// A few hundred units in the last place for single and double precision; for the 16-bit types the largest error in
    /// the golden networks, two dozen rounded layers deep, measured and doubled.
    public static func of(_ dtype: DType) -> Tolerance {
        switch dtype {
        case .float64: Tolerance(relative: 1e-13, absolute: 4e-15)
        case .float32: Tolerance(relative: 5e-5, absolute: 2e-6)
        case .float16: Tolerance(relative: 1.2e-2, absolute: 1e-4)
        case .bfloat16: Tolerance(relative: 9e-2, absolute: 1e-3)
        case .uint8, .int8, .int16, .int32, .int64, .bool: Tolerance(relative: 0)
        }
    }
}
