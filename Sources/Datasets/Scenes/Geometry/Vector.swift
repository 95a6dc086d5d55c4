/// A point, direction or linear colour.
typealias Vector = SIMD3<Float>

extension SIMD3<Float> {
    @inline(__always) func dot(_ other: Vector) -> Float {
        x * other.x + y * other.y + z * other.z
    }

    @inline(__always) var lengthSquared: Float { dot(self) }

    @inline(__always) var length: Float { dot(self).squareRoot() }

    @inline(__always) var normalized: Vector { self * (1 / Swift.max(length, 1e-12)) }

    @inline(__always) func cross(_ other: Vector) -> Vector {
        Vector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    @inline(__always) func mixed(_ other: Vector, _ share: Float) -> Vector { self + (other - self) * share }

    /// Mirrors a direction at a surface with this normal.
    @inline(__always) func reflected(at normal: Vector) -> Vector { self - normal * (2 * dot(normal)) }

    /// The absolute value of each part.
    @inline(__always) var magnitude: Vector {
        replacing(with: Vector(0, 0, 0) - self, where: self .< Vector(0, 0, 0))
    }

    @inline(__always) var luminance: Float { dot(Vector(0.2126, 0.7152, 0.0722)) }
}

/// The smaller of each pair of parts.
@inline(__always) func lowest(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: b .< a) }

/// The larger of each pair of parts.
@inline(__always) func highest(_ a: Vector, _ b: Vector) -> Vector { a.replacing(with: b, where: a .< b) }

/// The larger of two numbers in one instruction.
@inline(__always) func larger(_ a: Float, _ b: Float) -> Float { a > b ? a : b }

/// The smaller of two numbers in one instruction.
@inline(__always) func smaller(_ a: Float, _ b: Float) -> Float { a < b ? a : b }

/// A half line.
struct Ray {
    var origin: Vector
    var direction: Vector

    @inline(__always) func at(_ t: Float) -> Vector { origin + direction * t }

    /// One over each part of the direction, finite even where a part is zero.
    @inline(__always) var inverse: Vector {
        let tiny = Vector(repeating: 1e-12)
        return Vector(1, 1, 1) / direction.replacing(with: tiny, where: direction.magnitude .< tiny)
    }
}

@inline(__always) func clamp(_ value: Float, _ low: Float = 0, _ high: Float = 1) -> Float {
    smaller(larger(value, low), high)
}

/// 0 below `low`, 1 above `high`, smooth between.
@inline(__always) func smoothstep(_ low: Float, _ high: Float, _ value: Float) -> Float {
    let t = clamp((value - low) / (high - low))
    return t * t * (3 - 2 * t)
}

@inline(__always) func mix(_ a: Float, _ b: Float, _ share: Float) -> Float { a + (b - a) * share }
