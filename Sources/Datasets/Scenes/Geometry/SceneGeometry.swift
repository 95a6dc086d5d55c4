/// Solids that lie close together, with a sphere around them that most rays miss.
struct PrimitiveGroup {
    var first: Int32
    var count: Int32
    var center: Vector
    var radius: Float
    /// A sphere that stands in for the group where only its bulk counts (the dark foot of a thing on the ground).
    var bulkCenter: Vector
    var bulkRadius: Float
    /// Average colour of the group, reflected onto the ground beside it.
    var colour: Vector
    /// False for groups too thin or too bright to throw a shadow.
    var castsShadow: Bool
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

    /// The first solid along a ray before `limit`.
    @inline(__always) func nearest(_ ray: Ray, limit: Float = .infinity) -> SceneHit {
        var best = SceneHit()
        best.t = limit
        for g in 0..<groups.count {
            let group = groups[g]
            guard passes(ray, group.center, group.radius, limit: best.t) else { continue }
            for i in Int(group.first)..<Int(group.first &+ group.count) {
                meet(i, g, ray, &best)
            }
        }
        return best
    }

    @inline(__always) private func meet(_ i: Int, _ g: Int, _ ray: Ray, _ best: inout SceneHit) {
        let local = Intersection.hit(primitives[i].kind, primitives[i].size, primitives[i].local(ray))
        guard local.t < best.t else { return }
        best.t = local.t
        best.normal = primitives[i].world(local.normal)
        best.surface = primitives[i].surface
        best.primitive = Int32(truncatingIfNeeded: i)
        best.group = Int32(truncatingIfNeeded: g)
    }

    /// True when something that throws shadows of one group stands in the way before `limit`.
    @inline(__always) func blocks(_ g: Int, _ ray: Ray, limit: Float) -> Bool {
        let group = groups[g]
        guard passes(ray, group.center, group.radius, limit: limit) else { return false }
        for i in Int(group.first)..<Int(group.first &+ group.count) {
            let t = Intersection.hit(primitives[i].kind, primitives[i].size, primitives[i].local(ray)).t
            if t < limit { return true }
        }
        return false
    }

    /// True when the ray comes through a sphere before `limit`.
    @inline(__always) func passes(_ ray: Ray, _ center: Vector, _ radius: Float, limit: Float) -> Bool {
        let toward = center - ray.origin
        let along = toward.dot(ray.direction)
        let squared = toward.lengthSquared
        let reach = radius * radius
        if squared < reach { return true }
        guard along > 0, squared - along * along < reach else { return false }
        return along - radius < limit
    }
}
