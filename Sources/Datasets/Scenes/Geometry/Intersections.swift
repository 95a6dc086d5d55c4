/// Where a ray meets a solid: the distance (infinite for a miss) and the solid's own normal there.
struct LocalHit {
    var t: Float
    var normal: Vector

    @inline(__always) static var miss: LocalHit { LocalHit(t: .infinity, normal: Vector(0, 1, 0)) }
}

/// Exact meetings of rays with solids standing at the origin; only hits beyond `nearest` count.
enum Intersection {
    static let nearest: Float = 1e-4

    @inline(__always) static func hit(_ kind: PrimitiveKind, _ size: Vector, _ ray: Ray) -> LocalHit {
        switch kind {
        case .box, .block: return box(size, ray)
        case .ellipsoid: return ellipsoid(size, ray)
        case .dome: return dome(size, ray)
        case .frustum: return frustum(size, ray)
        case .capsule: return capsule(size, ray)
        case .torus: return torus(size, ray)
        case .pyramid: return pyramid(size, ray)
        case .roof: return roof(size, ray)
        }
    }

    @inline(__always) static func box(_ half: Vector, _ ray: Ray) -> LocalHit {
        let inverse = ray.inverse
        return block(half, ray.origin, ray.direction, inverse, inverse.magnitude, limit: .infinity)
    }

    /// A box around the origin; `inverse` holds one over each part of the direction, `breadth` its absolute values.
    @inline(__always) static func block(
        _ half: Vector, _ origin: Vector, _ direction: Vector, _ inverse: Vector, _ breadth: Vector,
        limit: Float
    ) -> LocalHit {
        let middle = origin * inverse
        let reach = half * breadth
        let low = Vector(0, 0, 0) - middle - reach
        let high = reach - middle
        let enter = larger(low.x, larger(low.y, low.z))
        let leave = smaller(high.x, smaller(high.y, high.z))
        guard enter <= leave, enter > nearest, enter < limit else { return .miss }
        var normal = Vector(0, 0, 0)
        if enter == low.x {
            normal.x = direction.x > 0 ? -1 : 1
        } else if enter == low.y {
            normal.y = direction.y > 0 ? -1 : 1
        } else {
            normal.z = direction.z > 0 ? -1 : 1
        }
        return LocalHit(t: enter, normal: normal)
    }

    @inline(__always) static func ellipsoid(_ radii: Vector, _ ray: Ray) -> LocalHit {
        let o = ray.origin / radii
        let d = ray.direction / radii
        let a = d.dot(d)
        let b = o.dot(d)
        let root = b * b - a * (o.dot(o) - 1)
        guard root > 0 else { return .miss }
        let t = (-b - root.squareRoot()) / a
        guard t > nearest else { return .miss }
        return LocalHit(t: t, normal: ((o + d * t) / radii).normalized)
    }

    @inline(__always) static func dome(_ radii: Vector, _ ray: Ray) -> LocalHit {
        let shell = ellipsoid(radii, ray)
        if shell.t < .infinity, ray.origin.y + ray.direction.y * shell.t >= 0 { return shell }
        let t = -ray.origin.y / ray.direction.y
        guard t > nearest, t < .infinity, ray.direction.y > 0 else { return .miss }
        let x = (ray.origin.x + ray.direction.x * t) / radii.x
        let z = (ray.origin.z + ray.direction.z * t) / radii.z
        return x * x + z * z <= 1 ? LocalHit(t: t, normal: Vector(0, -1, 0)) : .miss
    }

    @inline(__always) static func frustum(_ size: Vector, _ ray: Ray) -> LocalHit {
        let o = ray.origin
        let d = ray.direction
        let slope = (size.z - size.x) / size.y
        let reach = size.x + slope * o.y
        let a = d.x * d.x + d.z * d.z - slope * slope * d.y * d.y
        let b = o.x * d.x + o.z * d.z - slope * d.y * reach
        let c = o.x * o.x + o.z * o.z - reach * reach
        var best = LocalHit.miss
        let root = b * b - a * c
        if root > 0, abs(a) > 1e-9 {
            let s = root.squareRoot()
            let one = (-b - s) / a
            let two = (-b + s) / a
            let early = min(one, two)
            best = mantle(size, slope, ray, early)
            if best.t == .infinity { best = mantle(size, slope, ray, max(one, two)) }
        }
        let top = (size.y - o.y) / d.y
        if d.y < 0, top > nearest, top < best.t {
            let x = o.x + d.x * top
            let z = o.z + d.z * top
            if x * x + z * z <= size.z * size.z { best = LocalHit(t: top, normal: Vector(0, 1, 0)) }
        }
        let bottom = -o.y / d.y
        if d.y > 0, bottom > nearest, bottom < best.t {
            let x = o.x + d.x * bottom
            let z = o.z + d.z * bottom
            if x * x + z * z <= size.x * size.x { best = LocalHit(t: bottom, normal: Vector(0, -1, 0)) }
        }
        return best
    }

    /// The side of a cut cone at a distance where its endless cone is met.
    @inline(__always) private static func mantle(_ size: Vector, _ slope: Float, _ ray: Ray, _ t: Float)
        -> LocalHit
    {
        let y = ray.origin.y + ray.direction.y * t
        let radius = size.x + slope * y
        guard t > nearest, y >= 0, y <= size.y, radius >= 0 else { return .miss }
        let p = ray.at(t)
        return LocalHit(t: t, normal: Vector(p.x, -slope * radius, p.z).normalized)
    }

    @inline(__always) static func capsule(_ size: Vector, _ ray: Ray) -> LocalHit {
        let o = ray.origin
        let d = ray.direction
        let radius = size.x
        let low = radius
        let high = max(size.y - radius, radius)
        let a = d.x * d.x + d.z * d.z
        let b = o.x * d.x + o.z * d.z
        let c = o.x * o.x + o.z * o.z - radius * radius
        let root = b * b - a * c
        guard root > 0 || a < 1e-9 else { return .miss }
        if a >= 1e-9 {
            let t = (-b - root.squareRoot()) / a
            let y = o.y + d.y * t
            if y >= low, y <= high {
                guard t > nearest else { return .miss }
                return LocalHit(t: t, normal: Vector(o.x + d.x * t, 0, o.z + d.z * t) * (1 / radius))
            }
        }
        let lower = ball(Vector(o.x, o.y - low, o.z), d, radius)
        let upper = ball(Vector(o.x, o.y - high, o.z), d, radius)
        return lower.t < upper.t ? lower : upper
    }

    /// A ball around the origin.
    @inline(__always) private static func ball(_ o: Vector, _ d: Vector, _ radius: Float) -> LocalHit {
        let m = o.dot(d)
        let inside = m * m - (o.dot(o) - radius * radius)
        guard inside > 0 else { return .miss }
        let t = -m - inside.squareRoot()
        return t > nearest ? LocalHit(t: t, normal: (o + d * t) * (1 / radius)) : .miss
    }

    /// Marches the distance to the ring inside its bounding sphere.
    @inline(__always) static func torus(_ size: Vector, _ ray: Ray) -> LocalHit {
        let outer = size.x + size.y
        let b = ray.origin.dot(ray.direction)
        let root = b * b - (ray.origin.lengthSquared - outer * outer)
        guard root > 0 else { return .miss }
        let half = root.squareRoot()
        let end = -b + half
        var t = max(-b - half, nearest)
        for _ in 0..<40 {
            guard t < end else { return .miss }
            let p = ray.at(t)
            let around = (p.x * p.x + p.y * p.y).squareRoot()
            let q = around - size.x
            let away = (q * q + p.z * p.z).squareRoot()
            if away - size.y < 0.0015 {
                let k = q / (max(around, 1e-6) * max(away, 1e-6))
                return LocalHit(t: t, normal: Vector(p.x * k, p.y * k, p.z / max(away, 1e-6)).normalized)
            }
            t += away - size.y
        }
        return .miss
    }

    @inline(__always) static func pyramid(_ size: Vector, _ ray: Ray) -> LocalHit {
        let inverse = 1 / (size.x * size.x + size.y * size.y).squareRoot()
        let (h, r) = (size.y * inverse, size.x * inverse)
        let offset = size.x * h
        var solid = ConvexSolid(ray)
        solid.cut(Vector(h, r, 0), offset)
        solid.cut(Vector(-h, r, 0), offset)
        solid.cut(Vector(0, r, h), offset)
        solid.cut(Vector(0, r, -h), offset)
        solid.cut(Vector(0, -1, 0), 0)
        return solid.hit
    }

    @inline(__always) static func roof(_ size: Vector, _ ray: Ray) -> LocalHit {
        let inverse = 1 / (size.z * size.z + size.y * size.y).squareRoot()
        let (h, r) = (size.y * inverse, size.z * inverse)
        var solid = ConvexSolid(ray)
        solid.cut(Vector(0, r, h), size.z * h)
        solid.cut(Vector(0, r, -h), size.z * h)
        solid.cut(Vector(1, 0, 0), size.x)
        solid.cut(Vector(-1, 0, 0), size.x)
        solid.cut(Vector(0, -1, 0), 0)
        return solid.hit
    }
}

/// The part of a ray inside a solid bounded by planes, cut one plane at a time.
struct ConvexSolid {
    private let ray: Ray
    private var enter: Float = -.infinity
    private var leave: Float = .infinity
    private var normal = Vector(0, 1, 0)

    @inline(__always) init(_ ray: Ray) { self.ray = ray }

    /// Keeps what lies behind the plane with this outward normal and offset from the origin.
    @inline(__always) mutating func cut(_ plane: Vector, _ offset: Float) {
        let along = ray.direction.dot(plane)
        let outside = ray.origin.dot(plane) - offset
        if abs(along) < 1e-9 {
            if outside > 0 { leave = -.infinity }
            return
        }
        let t = -outside / along
        if along < 0 {
            if t > enter {
                enter = t
                normal = plane
            }
        } else {
            leave = min(leave, t)
        }
    }

    @inline(__always) var hit: LocalHit {
        enter <= leave && enter > Intersection.nearest ? LocalHit(t: enter, normal: normal) : .miss
    }
}
