extension Stage {
    /// Logs, perhaps a ring of stones, the flames and their light.
    mutating func addBonfire(_ random: inout SplitMix) {
        guard let fire = attributes.bonfire else { return }
        let scale: Float
        switch fire.size {
        case .small: scale = 0.50
        case .medium: scale = 0.76
        case .large: scale = 1.08
        }
        let aside = random.between(0.48, 0.56)
        let wish: Float
        switch fire.place {
        case .left: wish = -aside
        case .centre: wish = random.between(-0.06, 0.06)
        case .right: wish = aside
        }
        let depth = random.between(-0.1, 0.2)
        let ringed = random.chance(0.5)
        let foot = Vector(camera.across(wish, z: depth, reach: (ringed ? 1.12 : 0.85) * scale), 0, depth)
        let bark = addSurface(Surface(Vector(0.13, 0.065, 0.035), pattern: .embers))
        let end = addSurface(Surface(Vector(0.42, 0.25, 0.12), pattern: .wood))
        var logs: [Primitive] = []
        let count = 5 + random.below(3)
        let turn = random.between(0, 6.28)
        for log in 0..<count {
            let angle = turn + Float(log) / Float(count) * 6.283 + random.between(-0.2, 0.2)
            let away = Vector(Trigonometry.cosine(angle), 0, Trigonometry.sine(angle))
            let start = foot + away * (random.between(0.58, 0.72) * scale) + Vector(0, 0.03 * scale, 0)
            let tip = foot - away * (0.10 * scale) + Vector(0, random.between(0.55, 0.85) * scale, 0)
            let thick = random.between(0.075, 0.105) * scale
            let size = Vector(thick, (tip - start).length, thick * 0.9)
            logs.append(Primitive(.frustum, at: start, size: size, surface: bark).pointing(tip - start))
        }
        for log in 0..<2 {
            let angle = random.between(-0.6, 0.6) + Float(log) * 0.5
            let along = Vector(Trigonometry.cosine(angle), 0, Trigonometry.sine(angle))
            let start =
                foot - along * (0.62 * scale) + Vector(0, 0.10 * scale, (Float(log) - 0.6) * 0.35 * scale)
            let size = Vector(0.10, 1.24, 0.10) * scale
            logs.append(
                Primitive(.frustum, at: start, size: size, surface: log == 0 ? bark : end).pointing(along))
        }
        addGroup(logs, castsShadow: false, bulk: (foot + Vector(0, 0.15, 0) * scale, 0.3 * scale))
        if ringed {
            let stone = addSurface(Surface(Palette.stone))
            let ring = 10 + random.below(3)
            let stones = (0..<ring).map { index in
                let angle = Float(index) / Float(ring) * 6.283 + random.between(-0.1, 0.1)
                let spot =
                    foot + Vector(Trigonometry.cosine(angle), 0.03, Trigonometry.sine(angle)) * (0.92 * scale)
                let size = Vector(
                    random.between(0.13, 0.2), random.between(0.09, 0.14), random.between(0.13, 0.2))
                return Primitive(.ellipsoid, at: spot, size: size * scale, surface: stone)
            }
            addGroup(stones, castsShadow: false)
        }
        let warm = Vector(1.0, 0.43, 0.12)
        let night: Float = attributes.time == .night ? 1 : 0.8
        rig.add(
            PointLight(
                position: foot + Vector(0, 0.62 * scale, -0.1), colour: warm * (3.4 * night),
                reach: 0.5 + 1.25 * scale))
        let halo = foot + Vector(0, 0.75 * scale, -0.3)
        glows.append(Glow(position: halo, colour: warm * (0.16 * night), radius: 2.6 * scale))
        glows.append(Glow(position: halo, colour: warm * (0.20 * night), radius: 1.2 * scale))
        flames = Flames(foot: foot, scale: scale, seed: UInt32(truncatingIfNeeded: random.next()))
    }
}
