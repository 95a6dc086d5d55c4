import Foundation

/// The few transcendental functions that scenes need, in one place.
enum Trigonometry {
    @inline(__always) static func sine(_ angle: Float) -> Float { Foundation.sin(angle) }
    @inline(__always) static func cosine(_ angle: Float) -> Float { Foundation.cos(angle) }
    @inline(__always) static func power(_ base: Float, _ exponent: Float) -> Float {
        Foundation.pow(base, exponent)
    }
}
