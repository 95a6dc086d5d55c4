/// What a point of the ground is like.
struct GroundSample {
    var albedo: Vector
    /// How much of the mirrored surroundings it shows, 0...1.
    var mirror: Float = 0
    var normal = Vector(0, 1, 0)
}

/// Ground, walls and sky of a setting, as functions of place and direction.
struct Surroundings {
    /// The textures that ground can have.
    enum Ground: UInt8 {
        case studio, checkered, wooden, grass, sand, snow, forest, parquet
    }

    /// The niches of a bookshelf, darker inside.
    struct Shelf {
        var front: Float = 0
        var back: Float = 0
        var base: Float = 0
        var rowHeight: Float = 1
        var top: Float = 0
    }

    let ground: Ground
    let outdoors: Bool
    let time: SceneTime
    let seed: UInt32
    /// Mean colour of the ground, for the light it throws back.
    let groundColour: Vector
    var shelf: Shelf?
    /// Depth of the back wall indoors.
    var wallZ: Float
    var wallColour: Vector
    var skyTop = Vector(0, 0, 0)
    var skyHorizon = Vector(0, 0, 0)
    var sunDirection = Vector(0, 1, 0)
    var sunColour = Vector(0, 0, 0)
    var wallLight = Vector(0, 0, 0)
    var clouds: Float
    var windowX: Float
    var hasWindow: Bool
    /// Height of the window's middle, and its half width and half height.
    var windowY: Float = 2.45
    var windowReach = SIMD2<Float>(0.85, 1.0)
    /// Colour of the carpet; black for none.
    var rugColour = Vector(0, 0, 0)
    var moon = Vector(0, 0, 0)

    init(_ attributes: SceneAttributes, seed: UInt32) {
        self.seed = seed
        time = attributes.time
        outdoors = attributes.setting.isOutdoors
        var random = SplitMix(UInt64(seed), 3)
        clouds = random.between(0.0, 1.0)
        windowX = random.between(1.2, 2.6) * (random.chance(0.5) ? 1 : -1)
        hasWindow = false
        wallZ = 4.6
        wallColour = Vector(0.6, 0.6, 0.6)
        switch attributes.setting {
        case .studio:
            ground = .studio
            groundColour = Vector(0.50, 0.50, 0.52)
            wallColour = groundColour
        case .checkered:
            ground = .checkered
            groundColour = Vector(0.45, 0.43, 0.40)
            wallColour = random.pick([
                Vector(0.52, 0.42, 0.30), Vector(0.36, 0.42, 0.44), Vector(0.50, 0.36, 0.30),
                Vector(0.44, 0.45, 0.34),
            ])
            hasWindow = random.chance(0.6)
        case .wooden:
            ground = .wooden
            groundColour = Vector(0.36, 0.20, 0.10)
            wallColour = random.pick([
                Vector(0.70, 0.64, 0.52), Vector(0.56, 0.62, 0.60), Vector(0.66, 0.56, 0.48),
                Vector(0.58, 0.58, 0.66),
            ])
            wallZ = 6.5
            hasWindow = random.chance(0.5)
        case .meadow:
            ground = .grass
            groundColour = Vector(0.13, 0.30, 0.06)
        case .beach:
            ground = .sand
            groundColour = Vector(0.62, 0.49, 0.29)
        case .snow:
            ground = .snow
            groundColour = Vector(0.78, 0.82, 0.88)
        case .library:
            ground = .parquet
            groundColour = Vector(0.24, 0.13, 0.07)
            wallColour = random.pick([
                Vector(0.55, 0.47, 0.34), Vector(0.28, 0.36, 0.33), Vector(0.45, 0.26, 0.20),
                Vector(0.36, 0.40, 0.48),
            ])
            if random.chance(0.5) {
                rugColour = random.pick([
                    Vector(0.36, 0.05, 0.05), Vector(0.06, 0.11, 0.28), Vector(0.07, 0.20, 0.10),
                ])
            }
            hasWindow = random.chance(0.6)
            windowX = random.between(-1.6, 1.6)
            windowY = 2.82
            windowReach = SIMD2(0.50, 0.52)
        case .bonfire:
            switch attributes.bonfire?.ground ?? .meadow {
            case .meadow: ground = .grass
            case .beach: ground = .sand
            case .snow: ground = .snow
            case .forest: ground = .forest
            }
            switch ground {
            case .sand: groundColour = Vector(0.62, 0.49, 0.29)
            case .snow: groundColour = Vector(0.78, 0.82, 0.88)
            case .forest: groundColour = Vector(0.14, 0.11, 0.06)
            default: groundColour = Vector(0.13, 0.30, 0.06)
            }
        }
        setSky(attributes, &random)
    }

    private mutating func setSky(_ attributes: SceneAttributes, _ random: inout SplitMix) {
        switch time {
        case .day:
            skyTop = ground == .snow ? Vector(0.24, 0.42, 0.72) : Vector(0.12, 0.33, 0.78)
            skyHorizon = ground == .snow ? Vector(0.70, 0.80, 0.90) : Vector(0.60, 0.78, 0.94)
        case .sunset:
            skyTop = Vector(0.16, 0.13, 0.36)
            skyHorizon = random.pick([
                Vector(1.0, 0.43, 0.14), Vector(0.98, 0.36, 0.20), Vector(1.0, 0.50, 0.18),
            ])
        case .night:
            skyTop = Vector(0.006, 0.011, 0.045)
            skyHorizon = Vector(0.030, 0.050, 0.135)
        }
        let side: Float
        switch attributes.light {
        case .left: side = -1
        case .right: side = 1
        case .above, .front, nil: side = random.chance(0.5) ? 1 : -1
        case .behind: side = random.between(-0.3, 0.3)
        }
        let shown = attributes.light != .front && attributes.light != .above
        if time == .night, shown || attributes.light == nil {
            moon = Vector(side * random.between(0.18, 0.34), random.between(0.10, 0.22), 1).normalized
        }
        sunDirection = Vector(side * random.between(0.2, 0.55), random.between(0.015, 0.05), 1).normalized
        if !shown, attributes.light != nil { sunDirection = Vector(0, 0.1, -1).normalized }
    }

    /// Takes over the finished lights.
    mutating func finish(_ rig: LightRig) {
        sunColour = rig.colour
        wallLight = rig.skylight * 1.05 + rig.colour * 0.38
        if time != .sunset { sunDirection = rig.direction }
        if outdoors, ground == .forest || time != .day { clouds *= 0.8 }
    }

    /// Colour along a ray that meets no solid and no ground.
    @inline(__always) func background(_ ray: Ray, sharp: Bool) -> Vector {
        outdoors ? sky(ray.direction, sharp: sharp) : wall(ray, sharp: sharp)
    }

    /// True where the ground ends before the wall or beyond the table's edge.
    @inline(__always) func groundEnds(_ point: Vector) -> Bool {
        if outdoors { return false }
        return ground == .wooden ? point.z > 3.0 : point.z > wallZ
    }
}
