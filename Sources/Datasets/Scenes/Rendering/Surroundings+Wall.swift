extension Surroundings {
    /// What a ray sees indoors beyond ground and solids: the back wall, or the room behind the viewer.
    @inline(__always) func wall(_ ray: Ray, sharp: Bool) -> Vector {
        let d = ray.direction
        guard d.z > 0.05 else { return room(d) }
        let point = ray.at((wallZ - ray.origin.z) / d.z)
        if ground == .studio { return studio(point) + softbox(d) * (sharp ? 0 : 1) }
        let pool =
            1 - 0.38
            * smoothstep(0, 5.5, ((point.x * point.x) + (point.y - 1.8) * (point.y - 1.8)).squareRoot())
        var colour = wallColour * (0.95 + 0.05 * Noise.value(point.x * 2.3, point.y * 2.1, seed &+ 100))
        if ground == .checkered || ground == .parquet {
            if point.y < 0.24 { colour = wallColour * 0.45 }
        } else if ground == .wooden, point.y < 0.9 {
            colour *= 0.82
        }
        colour = colour * wallLight * pool
        if hasWindow, sharp { colour = windowed(colour, point) }
        return colour + softbox(d) * (sharp ? 0 : 1)
    }

    /// The seamless paper of a studio, brighter where the lamp falls.
    @inline(__always) private func studio(_ point: Vector) -> Vector {
        let high = smoothstep(0, 4.5, point.y)
        let pool = 1 - 0.30 * smoothstep(0, 4.5, abs(point.x - sunDirection.x * 1.5))
        return wallColour * wallLight * (pool * (1.02 - 0.22 * high))
    }

    /// The part of a room that only mirrors show, with the lamp in it.
    @inline(__always) private func room(_ d: Vector) -> Vector {
        let up = 0.5 + 0.5 * d.y
        return wallLight * (0.30 + 0.55 * up) + softbox(d)
    }

    @inline(__always) private func softbox(_ d: Vector) -> Vector {
        sunColour * (1.2 * smoothstep(0.80, 0.93, d.dot(sunDirection)))
    }

    /// A window of four panes with the sky of the hour behind it.
    @inline(__always) private func windowed(_ wall: Vector, _ point: Vector) -> Vector {
        let u = (point.x - windowX) / windowReach.x
        let v = (point.y - windowY) / windowReach.y
        let reach = max(abs(u), abs(v))
        guard reach < 1.12 else { return wall }
        let frame = Vector(0.62, 0.56, 0.47) * wallLight
        if reach > 1 || abs(u) < 0.06 || abs(v) < 0.05 { return frame }
        var pane: Vector
        if time == .night {
            pane = Vector(0.018, 0.03, 0.10).mixed(Vector(0.03, 0.05, 0.14), 0.5 - 0.5 * v)
            let dx = u - 0.42
            let dy = (v - 0.45) * 1.17
            let moon = 1 - smoothstep(0.20, 0.26, (dx * dx + dy * dy).squareRoot())
            pane = pane.mixed(Vector(0.85, 0.85, 0.74), moon)
        } else {
            pane = Vector(0.85, 0.93, 1.0).mixed(Vector(0.40, 0.62, 0.95), 0.5 + 0.5 * v)
            let cloud = smoothstep(0.5, 0.75, Noise.fractal(u * 1.7, v * 2.4, seed &+ 101, octaves: 2))
            pane = pane.mixed(Vector(1, 1, 1), cloud * 0.8)
            if v < -0.55 { pane = Vector(0.20, 0.42, 0.14) }
        }
        return pane
    }
}
