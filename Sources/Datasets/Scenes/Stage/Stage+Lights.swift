extension Stage {
    /// Sets the far lamp and the ambient light for setting, time and direction.
    mutating func lightUp(_ random: inout SplitMix) {
        let wobble = Vector(
            random.between(-0.10, 0.10), random.between(-0.05, 0.08), random.between(-0.08, 0.08))
        rig.softness = random.between(0.06, 0.11)
        let low = attributes.time == .sunset
        switch attributes.light {
        case .left: rig.direction = Vector(-0.85, low ? 0.42 : 0.66, -0.22) + wobble
        case .right: rig.direction = Vector(0.85, low ? 0.42 : 0.66, -0.22) + wobble
        case .above: rig.direction = Vector(0, 1, -0.10) + wobble
        case .behind: rig.direction = Vector(0.10, low ? 0.40 : 0.52, 0.85) + wobble
        case .front: rig.direction = Vector(-0.12, 0.55, -0.85) + wobble
        case nil: rig.direction = Vector(random.between(-0.5, 0.5), 0.85, -0.55)
        }
        rig.direction = rig.direction.normalized
        switch (attributes.time, attributes.setting.isOutdoors) {
        case (.day, true): setLight(Vector(1.22, 1.12, 0.96), sky: Vector(0.40, 0.47, 0.58))
        case (.sunset, _): setLight(Vector(1.25, 0.70, 0.37), sky: Vector(0.37, 0.31, 0.37))
        case (.night, true): setLight(Vector(0.50, 0.53, 0.62), sky: Vector(0.205, 0.22, 0.29))
        case (.day, false): setLight(Vector(1.05, 0.99, 0.90), sky: Vector(0.46, 0.45, 0.44))
        case (.night, false): setLight(Vector(0.50, 0.48, 0.50), sky: Vector(0.165, 0.17, 0.225))
        }
        if attributes.setting == .bonfire {
            let dim: Float = attributes.time == .night ? 0.42 : 0.45
            rig.colour *= dim * 0.6
            rig.skylight *= dim
            rig.groundlight *= dim
        }
        if let library = attributes.library {
            let night = attributes.time == .night
            let lit: Float = library.lighting == .room ? (night ? 0.75 : 0.85) : (night ? 0.32 : 0.6)
            rig.colour *= lit
            rig.skylight *= lit
            rig.groundlight *= lit
        }
    }

    private mutating func setLight(_ colour: Vector, sky: Vector) {
        rig.colour = colour
        rig.skylight = sky
        rig.groundlight = sky * 0.45 + surroundings.groundColour * colour * 0.22
    }
}
