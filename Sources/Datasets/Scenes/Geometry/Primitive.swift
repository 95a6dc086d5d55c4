/// The solids that can be hit exactly.
enum PrimitiveKind: UInt8 {
    /// `size` holds the half edges.
    case box
    /// A box that is never turned: quicker to meet than `box`.
    case block
    /// `size` holds the three radii.
    case ellipsoid
    /// The upper half of an ellipsoid with its flat base at the origin.
    case dome
    /// A cylinder or cut cone on the origin: `size` = (lower radius, height, upper radius).
    case frustum
    /// Upright on the origin: `size` = (radius, height, –).
    case capsule
    /// Ring around the z axis: `size` = (ring radius, tube radius, –).
    case torus
    /// Square base on the origin: `size` = (half base, height, –).
    case pyramid
    /// A gable roof on the origin with the ridge along x: `size` = (half length, height, half width).
    case roof
}

/// One solid at its place.
struct Primitive {
    var kind: PrimitiveKind
    /// Index of what it is made of.
    var surface: Int32
    /// Where its own origin lies in the world.
    var origin: Vector
    var right = Vector(1, 0, 0)
    var up = Vector(0, 1, 0)
    var back = Vector(0, 0, 1)
    var size: Vector

    init(_ kind: PrimitiveKind, at origin: Vector, size: Vector, surface: Int) {
        self.kind = kind
        self.surface = Int32(surface)
        self.origin = origin
        self.size = size
    }

    /// Turns the solid about its own upright axis.
    func turned(_ angle: Float) -> Primitive {
        var copy = self
        let (c, s) = (Trigonometry.cosine(angle), Trigonometry.sine(angle))
        copy.right = Vector(c, 0, s)
        copy.back = Vector(-s, 0, c)
        return copy
    }

    /// Points the solid's upright axis along a direction.
    func pointing(_ axis: Vector) -> Primitive {
        var copy = self
        copy.up = axis.normalized
        let helper = abs(copy.up.y) < 0.9 ? Vector(0, 1, 0) : Vector(1, 0, 0)
        copy.right = helper.cross(copy.up).normalized
        copy.back = copy.right.cross(copy.up)
        return copy
    }

    /// A ray as the solid sees it; directions keep their length, so distances agree.
    @inline(__always) func local(_ ray: Ray) -> Ray {
        let o = ray.origin - origin
        return Ray(
            origin: Vector(o.dot(right), o.dot(up), o.dot(back)),
            direction: Vector(ray.direction.dot(right), ray.direction.dot(up), ray.direction.dot(back)))
    }

    @inline(__always) func world(_ direction: Vector) -> Vector {
        right * direction.x + up * direction.y + back * direction.z
    }

    /// Lowest and highest corner of the solid's box in its own coordinates.
    private var localBounds: (low: Vector, high: Vector) {
        switch kind {
        case .box, .block, .ellipsoid: return (size * -1, size)
        case .dome: return (Vector(-size.x, 0, -size.z), size)
        case .frustum:
            let radius = max(size.x, size.z)
            return (Vector(-radius, 0, -radius), Vector(radius, size.y, radius))
        case .capsule: return (Vector(-size.x, 0, -size.x), Vector(size.x, max(size.y, 2 * size.x), size.x))
        case .torus:
            let outer = Vector(size.x + size.y, size.x + size.y, size.y)
            return (outer * -1, outer)
        case .pyramid: return (Vector(-size.x, 0, -size.x), Vector(size.x, size.y, size.x))
        case .roof: return (Vector(-size.x, 0, -size.z), Vector(size.x, size.y, size.z))
        }
    }

    /// Lowest and highest corner of an upright box in the world that holds the solid.
    var bounds: (low: Vector, high: Vector) {
        let own = localBounds
        let middle = origin + world((own.low + own.high) * 0.5)
        let half = (own.high - own.low) * 0.5
        let reach = Vector(
            abs(right.x) * half.x + abs(up.x) * half.y + abs(back.x) * half.z,
            abs(right.y) * half.x + abs(up.y) * half.y + abs(back.y) * half.z,
            abs(right.z) * half.x + abs(up.z) * half.y + abs(back.z) * half.z)
        let margin = Vector(repeating: 1e-3)
        return (middle - reach - margin, middle + reach + margin)
    }
}
