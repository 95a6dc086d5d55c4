/// Follows rays through a stage and tells the light that comes back; borrows the stage's arrays, owns nothing.
struct Tracer {
    let geometry: SceneGeometry
    let surfaces: UnsafeBufferPointer<Surface>
    let glows: UnsafeBufferPointer<Glow>
    let pattern: UnsafeBufferPointer<SIMD2<Float>>
    let rig: LightRig
    let surroundings: Surroundings
    let flames: Flames?
    /// Two directions across the far lamp, as long as its half width.
    let lampAcross: Vector
    let lampAlong: Vector
    /// Half a pixel's width at distance 1.
    let pixel: Float

    /// The linear colour along one ray of the picture; `sample` is the number of the ray in its pixel.
    @inline(__always) func colour(_ ray: Ray, sample: Int, rays: Int) -> Vector {
        let hit = geometry.nearest(ray)
        let ground = ray.direction.y < -1e-5 ? -ray.origin.y / ray.direction.y : .infinity
        var depth = min(hit.t, ground)
        var result: Vector
        if hit.t < ground, hit.surface >= 0 {
            result = solid(ray, hit, sample: sample, rays: rays)
        } else if ground < .infinity, !surroundings.groundEnds(ray.at(ground)) {
            result = groundColour(ray, ground, sample: sample, rays: rays)
        } else {
            result = surroundings.background(ray, sharp: true)
            depth = .infinity
        }
        if let flames {
            let fire = flames.light(ray, limit: depth)
            result = result * (1 - fire.w) + Vector(fire.x, fire.y, fire.z)
        }
        for glow in glows { result += halo(glow, ray, depth) }
        return result
    }

    @inline(__always) private func halo(_ glow: Glow, _ ray: Ray, _ depth: Float) -> Vector {
        let toward = glow.position - ray.origin
        let along = toward.dot(ray.direction)
        guard along > 0, depth > along - 0.8 else { return Vector(0, 0, 0) }
        let away = (toward.lengthSquared - along * along) / (glow.radius * glow.radius)
        guard away < 1 else { return Vector(0, 0, 0) }
        let fall = 1 - away
        return glow.colour * (fall * fall * fall * clamp(depth - along + 0.8))
    }

    // MARK: Shadows

    /// How much of the far lamp a point sees, 0...1, from `rays` of the sixteen points spread over the lamp.
    @inline(__always) func lampSeen(_ point: Vector, _ normal: Vector, first: Int, rays: Int) -> Float {
        let axis = rig.direction
        var candidates: UInt64 = 0
        for g in 0..<geometry.nearCount where geometry.groups[g].castsShadow {
            let toward = geometry.groups[g].center - point
            let along = toward.dot(axis)
            let radius = geometry.groups[g].radius
            guard along > -radius else { continue }
            let reach = radius + rig.softness * max(along, 0)
            if toward.lengthSquared - along * along < reach * reach { candidates |= 1 << UInt64(g & 63) }
        }
        guard candidates != 0 else { return 1 }
        let origin = point + normal * 0.004
        var seen = 0
        for k in 0..<rays {
            let spot = pattern[(first &+ k) & 15]
            let ray = Ray(
                origin: origin, direction: (axis + lampAcross * spot.x + lampAlong * spot.y).normalized)
            var open = true
            for g in 0..<geometry.nearCount where candidates & (1 << UInt64(g & 63)) != 0 {
                if geometry.blocks(g, ray, limit: .infinity) {
                    open = false
                    break
                }
            }
            if open { seen &+= 1 }
        }
        return Float(seen) / Float(rays)
    }

    /// How much of the sky the bulk of nearby things hides, and the light they throw back instead.
    @inline(__always) func closeness(_ point: Vector, _ normal: Vector, except own: Int32) -> (Float, Vector)
    {
        var hidden: Float = 0
        var bounced = Vector(0, 0, 0)
        for g in 0..<geometry.nearCount where g != Int(own) {
            let radius = geometry.groups[g].bulkRadius
            guard radius > 0 else { continue }
            let toward = geometry.groups[g].bulkCenter - point
            let squared = max(toward.lengthSquared, radius * radius)
            guard squared < radius * radius * 16 else { continue }
            let facing = toward.dot(normal) / squared.squareRoot()
            let share = clamp(0.25 + 0.75 * facing) * radius * radius / squared
            hidden = max(hidden, share)
            bounced += geometry.groups[g].colour * share
        }
        return (hidden, bounced)
    }

    // MARK: Ground

    @inline(__always) private func groundColour(_ ray: Ray, _ t: Float, sample: Int, rays: Int) -> Vector {
        let point = ray.at(t)
        let steep = max(-ray.direction.y, 0.02)
        let ground = surroundings.groundSample(point, footprint: t * pixel / steep * 0.6)
        var colour = litGround(point, ground, sample: sample, rays: rays)
        if ground.mirror > 0 {
            let facing = clamp(-ray.direction.dot(ground.normal))
            let rim = (1 - facing) * (1 - facing) * (1 - facing)
            let bounce = Ray(
                origin: point + Vector(0, 0.002, 0), direction: ray.direction.reflected(at: ground.normal))
            let upward = Ray(
                origin: bounce.origin,
                direction: Vector(bounce.direction.x, max(bounce.direction.y, 0.004), bounce.direction.z))
            colour = colour.mixed(glimpse(upward), ground.mirror * (0.45 + 0.9 * rim))
        }
        if surroundings.outdoors, t > 7 {
            let fog = 1 - 1 / (1 + (t - 7) * (t - 7) * 0.0016)
            let flat = Vector(ray.direction.x, 0.004, ray.direction.z).normalized
            let haze =
                surroundings.ground == .sand ? surroundings.skyHorizon : surroundings.sky(flat, sharp: false)
            colour = colour.mixed(haze, fog * (surroundings.ground == .sand ? 0.65 : 0.9))
        } else if surroundings.ground == .studio {
            let fade = smoothstep(0.8, 4.4, point.z)
            if fade > 0 {
                let behind = Vector(point.x, 0.0, surroundings.wallZ)
                let back = Ray(origin: ray.origin, direction: (behind - ray.origin).normalized)
                colour = colour.mixed(surroundings.wall(back, sharp: true), fade)
            }
        }
        return colour
    }

    @inline(__always) private func litGround(
        _ point: Vector, _ ground: GroundSample, sample: Int, rays: Int
    ) -> Vector {
        let facing = max(ground.normal.dot(rig.direction), 0)
        let sun = facing <= 0 ? 0 : lampSeen(point, Vector(0, 1, 0), first: sample &* rays, rays: rays)
        let (hidden, bounced) = closeness(point, Vector(0, 1, 0), except: -1)
        let slanted = max(facing, 0.35 * facing + 0.30)
        var light = rig.colour * (slanted * sun * 0.95)
        light += rig.skylight * (1 - 0.80 * hidden) + bounced * rig.colour * (0.16 * (0.4 + 0.6 * sun))
        light += rig.lamplight(point, ground.normal) * (1 - 0.5 * hidden)
        return ground.albedo * light
    }

    // MARK: Solids

    @inline(__always) private func solid(_ ray: Ray, _ hit: SceneHit, sample: Int, rays: Int) -> Vector {
        let point = ray.at(hit.t)
        let surface = surfaces[Int(hit.surface)]
        let albedo = patterned(surface, point, hit)
        if surface.finish == .glowing { return albedo }
        let normal = hit.normal
        let facing = max(normal.dot(rig.direction), 0)
        let sun = facing > 0 ? lampSeen(point, normal, first: sample &* rays, rays: rays) : 0
        let (hidden, bounced) = closeness(point, normal, except: hit.group)
        let foot = 1 - 0.42 * (1 - smoothstep(0, 0.34, point.y)) * (0.5 - 0.5 * min(normal.y, 1))
        var open = (1 - 0.6 * hidden) * foot
        open *= niche(point)
        var light = rig.colour * (facing * sun * 1.05) + rig.ambient(normal) * open
        light += bounced * rig.colour * 0.10 + rig.lamplight(point, normal) * (0.35 + 0.65 * open)
        let diffuse = albedo * light
        guard surface.finish != .matte else { return diffuse }
        let mirror = ray.direction.reflected(at: normal)
        let bounce = Ray(origin: point + normal * 0.004, direction: mirror)
        let seen = glimpse(bounce)
        let glint = clamp(mirror.dot(rig.direction))
        let (g2, g4) = (glint * glint, glint * glint * glint * glint)
        let g16 = g4 * g4 * g4 * g4
        let spark = g16 * g16 * g2 * sun
        let rim = 1 - clamp(-ray.direction.dot(normal))
        let edge = rim * rim * rim * rim * rim
        if surface.finish == .shiny {
            return diffuse + seen * (0.055 + 0.45 * edge) + rig.colour * (spark * spark * 1.1 + spark * 0.12)
        }
        let tint = albedo * 0.90 + Vector(0.06, 0.06, 0.06)
        let metal = tint.mixed(Vector(1, 1, 1), edge * 0.4)
        // Brushed rather than polished: part of the mirror image gives way to plain light, so that flat faces keep
        // their own colour before any ground.
        let kind = geometry.primitives[Int(hit.primitive)].kind
        let share: Float = kind == .box || kind == .pyramid ? 0.45 : 0.20
        let plain = rig.ambient(mirror) * 1.1 + rig.colour * (0.12 + 0.9 * g4)
        let lift: Float = surroundings.time == .night ? 0.42 : 0.24
        return seen.mixed(plain, share) * metal + diffuse * lift + rig.colour * metal * (spark * 0.9)
    }

    /// Shade inside the niches of a bookshelf.
    @inline(__always) private func niche(_ point: Vector) -> Float {
        guard let shelf = surroundings.shelf, point.z > shelf.front + 0.01, point.y < shelf.top else {
            return 1
        }
        let row = (point.y - shelf.base) / shelf.rowHeight
        let level = Noise.fraction(row)
        let deep = clamp((point.z - shelf.front) / (shelf.back - shelf.front))
        return (1 - 0.55 * level * level) * (1 - 0.75 * deep)
    }

    /// The light along a mirrored ray: shaded once, with hard shadows.
    @inline(never) func glimpse(_ ray: Ray) -> Vector {
        let hit = geometry.nearest(ray)
        let ground = ray.direction.y < -1e-5 ? -ray.origin.y / ray.direction.y : .infinity
        if hit.t < ground, hit.surface >= 0 {
            let point = ray.at(hit.t)
            let surface = surfaces[Int(hit.surface)]
            let albedo = patterned(surface, point, hit)
            if surface.finish == .glowing { return albedo }
            let facing = max(hit.normal.dot(rig.direction), 0)
            let sun = facing > 0 ? lampSeen(point, hit.normal, first: 0, rays: 1) : 0
            let light =
                rig.colour * (facing * sun) + rig.ambient(hit.normal) * niche(point)
                + rig.lamplight(point, hit.normal)
            return albedo * light
        }
        if ground < .infinity, !surroundings.groundEnds(ray.at(ground)) {
            let point = ray.at(ground)
            let sample = surroundings.groundSample(point, footprint: ground * pixel * 4)
            let colour = litGround(point, sample, sample: 0, rays: 1)
            guard surroundings.outdoors else { return colour }
            return colour.mixed(surroundings.skyHorizon, clamp((ground - 6) / 24))
        }
        return surroundings.background(ray, sharp: false)
    }

    /// The colour of a surface with what is painted on it.
    @inline(__always) func patterned(_ surface: Surface, _ point: Vector, _ hit: SceneHit) -> Vector {
        guard surface.pattern != .plain else { return surface.colour }
        let primitive = geometry.primitives[Int(hit.primitive)]
        let o = point - primitive.origin
        let local = Vector(o.dot(primitive.right), o.dot(primitive.up), o.dot(primitive.back))
        return Paint.colour(surface, local, size: primitive.size, normal: hit.normal, seed: surroundings.seed)
    }
}
