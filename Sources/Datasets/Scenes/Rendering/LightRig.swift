/// A small lamp or flame that lights its surroundings.
struct PointLight {
    var position = Vector(0, 0, 0)
    var colour = Vector(0, 0, 0)
    /// Distance at which the light has fallen to half.
    var reach: Float = 1
}

/// All lights of a scene: one far lamp with soft edges, the light of sky and ground, and up to three small lamps.
struct LightRig {
    /// Toward the far lamp.
    var direction = Vector(0, 1, 0)
    var colour = Vector(1, 1, 1)
    /// Tangent of the lamp's half width: how fast shadows blur.
    var softness: Float = 0.09
    var skylight = Vector(0.4, 0.4, 0.4)
    var groundlight = Vector(0.2, 0.2, 0.2)
    var lamps = (PointLight(), PointLight(), PointLight())
    var lampCount = 0

    mutating func add(_ lamp: PointLight) {
        switch lampCount {
        case 0: lamps.0 = lamp
        case 1: lamps.1 = lamp
        case 2: lamps.2 = lamp
        default: return
        }
        lampCount += 1
    }

    /// Light from above at a point with this normal.
    @inline(__always) func ambient(_ normal: Vector) -> Vector {
        groundlight.mixed(skylight, 0.5 + 0.5 * normal.y)
    }

    /// What the small lamps add at a point, without shadows.
    @inline(__always) func lamplight(_ point: Vector, _ normal: Vector) -> Vector {
        var sum = Vector(0, 0, 0)
        if lampCount > 0 { sum += Self.lit(lamps.0, point, normal) }
        if lampCount > 1 { sum += Self.lit(lamps.1, point, normal) }
        if lampCount > 2 { sum += Self.lit(lamps.2, point, normal) }
        return sum
    }

    @inline(__always) private static func lit(_ lamp: PointLight, _ point: Vector, _ normal: Vector) -> Vector
    {
        let toward = lamp.position - point
        let squared = toward.lengthSquared
        let facing = toward.dot(normal) / max(squared.squareRoot(), 1e-3)
        let wrapped = max((facing + 0.25) / 1.25, 0)
        return lamp.colour * (wrapped / (1 + squared / (lamp.reach * lamp.reach)))
    }
}
