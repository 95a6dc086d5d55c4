/// Solids that lie close together, with a box and a sphere around them that most rays miss.
struct PrimitiveGroup {
    var first: Int32
    var count: Int32
    /// Middle and half edges of the box around the solids.
    var center: Vector
    var half: Vector
    /// The sphere around the box.
    var radius: Float
    /// A sphere that stands in for the group where only its bulk counts (the dark foot of a thing on the ground).
    var bulkCenter: Vector
    var bulkRadius: Float
    /// Average colour of the group, reflected onto the ground beside it.
    var colour: Vector
    /// False for groups too thin or too bright to throw a shadow.
    var castsShadow: Bool

    /// True for groups that throw shadows or darken what is near.
    var isNear: Bool { castsShadow || bulkRadius > 0 }
}

/// Where a ray meets the scene.
struct SceneHit {
    var t: Float
    var normal: Vector
    /// Index of the surface, -1 for a miss.
    var surface: Int32
    var primitive: Int32
    var group: Int32

    @inline(__always) init() {
        t = .infinity
        normal = Vector(0, 1, 0)
        surface = -1
        primitive = -1
        group = -1
    }
}

/// A borrowed view of the solids of a scene, free of reference counting.
struct SceneGeometry {
    let primitives: UnsafeBufferPointer<Primitive>
    let groups: UnsafeBufferPointer<PrimitiveGroup>
    /// Only the first so many groups throw shadows or darken what is near.
    let nearCount: Int

    /// The first solid along a ray before `limit`.
    @inline(__always) func nearest(_ ray: Ray, limit: Float = .infinity) -> SceneHit {
        var best = SceneHit()
        best.t = limit
        let inverse = ray.inverse
        let breadth = inverse.magnitude
        for g in 0..<groups.count {
            guard enters(g, ray, inverse, breadth, limit: best.t) else { continue }
            let first = Int(groups[g].first)
            for i in first..<first &+ Int(groups[g].count) {
                meet(i, g, ray, inverse, breadth, &best)
            }
        }
        return best
    }

    @inline(__always) private func meet(
        _ i: Int, _ g: Int, _ ray: Ray, _ inverse: Vector, _ breadth: Vector, _ best: inout SceneHit
    ) {
        if primitives[i].kind == .block {
            let local = Intersection.block(
                primitives[i].size, ray.origin - primitives[i].origin, ray.direction, inverse, breadth,
                limit: best.t)
            guard local.t < best.t else { return }
            best.t = local.t
            best.normal = local.normal
        } else {
            let local = Intersection.hit(primitives[i].kind, primitives[i].size, primitives[i].local(ray))
            guard local.t < best.t else { return }
            best.t = local.t
            best.normal = primitives[i].world(local.normal)
        }
        best.surface = primitives[i].surface
        best.primitive = Int32(truncatingIfNeeded: i)
        best.group = Int32(truncatingIfNeeded: g)
    }

    /// True when something that throws shadows of one group stands in the way before `limit`.
    @inline(__always) func blocks(_ g: Int, _ ray: Ray, limit: Float) -> Bool {
        let inverse = ray.inverse
        guard enters(g, ray, inverse, inverse.magnitude, limit: limit) else {
            return false
        }
        let first = Int(groups[g].first)
        for i in first..<first &+ Int(groups[g].count) {
            let t = Intersection.hit(primitives[i].kind, primitives[i].size, primitives[i].local(ray)).t
            if t < limit { return true }
        }
        return false
    }

    /// True when the ray comes into the group's box before `limit`; `inverse` holds one over each part of its direction.
    @inline(__always) func enters(_ g: Int, _ ray: Ray, _ inverse: Vector, _ breadth: Vector, limit: Float)
        -> Bool
    {
        let middle = (groups[g].center - ray.origin) * inverse
        let half = groups[g].half * breadth
        let near = middle - half
        let far = middle + half
        let enter = larger(near.x, larger(near.y, near.z))
        let leave = smaller(far.x, smaller(far.y, far.z))
        return enter <= leave && leave > 0 && enter < limit
    }
}
