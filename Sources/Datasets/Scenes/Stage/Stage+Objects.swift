extension Stage {
    /// Half the height of a thing of this size.
    static func scale(_ size: SceneSize) -> Float {
        switch size {
        case .small: return 0.44
        case .medium: return 0.67
        case .large: return 0.92
        }
    }

    /// How far a shape of scale 1 reaches from its axis, whatever its rotation.
    static func reach(_ shape: SceneShape) -> Float {
        switch shape {
        case .sphere: return 0.92
        case .cube: return 1.06
        case .cylinder: return 0.68
        case .cone: return 0.92
        case .torus: return 1.0
        case .pyramid: return 1.25
        case .capsule: return 0.5
        case .mushroom: return 0.92
        case .tree: return 0.82
        case .house: return 1.10
        }
    }

    /// Adds one thing where its place and size want it, whole inside the frame.
    mutating func add(_ object: SceneObject, number: Int, _ random: inout SplitMix) {
        let scale = Self.scale(object.size) * random.between(0.97, 1.03)
        let inLibrary = attributes.setting == .library
        let depth = inLibrary ? random.between(-1.15, -0.9) : random.between(-0.15, 0.25)
        let aside = (attributes.objects.count == 2 ? 0.48 : 0.54) + random.between(-0.04, 0.05)
        let wish: Float
        switch object.place {
        case .left: wish = -aside
        case .centre: wish = random.between(-0.06, 0.06)
        case .right: wish = aside
        }
        let x = camera.across(wish, z: depth, reach: Self.reach(object.shape) * scale)
        let foot = Vector(x, 0, depth)
        let angle = random.between(-0.55, 0.55)
        let finish: SurfaceFinish
        switch object.material {
        case .matte: finish = .matte
        case .shiny: finish = .shiny
        case .metal: finish = .metal
        }
        let main = addSurface(Surface(Palette.colour(object.colour), finish, object: Int8(number)))
        let solids = solids(object.shape, scale, foot, angle, main, Int8(number), &random)
        let (height, width) = Self.bulk(object.shape)
        addGroup(solids, bulk: (foot + Vector(0, scale * height, 0), scale * width))
    }

    /// Height and radius of the ball that darkens the ground under a shape of scale 1.
    private static func bulk(_ shape: SceneShape) -> (Float, Float) {
        switch shape {
        case .sphere: return (0.92, 0.92)
        case .cube: return (0.75, 0.86)
        case .cylinder: return (0.75, 0.76)
        case .cone: return (0.55, 0.72)
        case .torus: return (0.75, 0.55)
        case .pyramid: return (0.5, 0.82)
        case .capsule: return (0.5, 0.5)
        case .mushroom: return (0.7, 0.55)
        case .tree: return (0.75, 0.5)
        case .house: return (0.65, 0.85)
        }
    }

    private mutating func solids(
        _ shape: SceneShape, _ s: Float, _ foot: Vector, _ angle: Float, _ main: Int, _ number: Int8,
        _ random: inout SplitMix
    ) -> [Primitive] {
        func raised(_ height: Float) -> Vector { foot + Vector(0, height * s, 0) }
        switch shape {
        case .sphere:
            return [
                Primitive(.ellipsoid, at: raised(0.92), size: Vector(0.92, 0.92, 0.92) * s, surface: main)
            ]
        case .cube:
            let cube = Primitive(.box, at: raised(0.75), size: Vector(0.75, 0.75, 0.75) * s, surface: main)
            return [cube.turned(angle + (angle < 0 ? -0.18 : 0.18))]
        case .cylinder:
            return [Primitive(.frustum, at: foot, size: Vector(0.66, 1.75, 0.66) * s, surface: main)]
        case .cone:
            return [Primitive(.frustum, at: foot, size: Vector(0.90, 1.95, 0) * s, surface: main)]
        case .torus:
            return [
                Primitive(.torus, at: raised(0.98), size: Vector(0.68, 0.30, 0) * s, surface: main).turned(
                    angle)
            ]
        case .pyramid:
            return [
                Primitive(.pyramid, at: foot, size: Vector(0.88, 1.55, 0) * s, surface: main)
                    .turned(angle + (angle < 0 ? -0.15 : 0.15))
            ]
        case .capsule:
            return [Primitive(.capsule, at: foot, size: Vector(0.50, 1.95, 0) * s, surface: main)]
        case .mushroom:
            surfaces[main].pattern = .dots
            let stem = addSurface(Surface(Palette.cream, object: number))
            return [
                Primitive(.dome, at: raised(0.86), size: Vector(0.90, 0.80, 0.90) * s, surface: main)
                    .turned(angle * 3),
                Primitive(.frustum, at: foot, size: Vector(0.34, 0.90, 0.25) * s, surface: stem),
            ]
        case .tree:
            surfaces[main].pattern = .foliage
            let trunk = addSurface(Surface(Palette.bark, pattern: .wood, object: number))
            return [
                Primitive(.frustum, at: raised(0.42), size: Vector(0.80, 0.85, 0.16) * s, surface: main),
                Primitive(.frustum, at: raised(0.92), size: Vector(0.64, 0.75, 0.10) * s, surface: main),
                Primitive(.frustum, at: raised(1.38), size: Vector(0.46, 0.70, 0.0) * s, surface: main),
                Primitive(.frustum, at: foot, size: Vector(0.17, 0.50, 0.14) * s, surface: trunk),
            ]
        case .house:
            surfaces[main].pattern = .tiles
            let wall = addSurface(Surface(Palette.plaster, pattern: .wall, object: number))
            let door = addSurface(Surface(Palette.bark, pattern: .wood, object: number))
            let turn = angle + (angle < 0 ? -0.1 : 0.1)
            let (c, n) = (Trigonometry.cosine(turn), Trigonometry.sine(turn))
            let front = Vector(-n, 0, c) * (-0.57 * s)
            return [
                Primitive(.roof, at: raised(0.94), size: Vector(0.84, 0.72, 0.78) * s, surface: main).turned(
                    turn),
                Primitive(.box, at: raised(0.48), size: Vector(0.72, 0.48, 0.56) * s, surface: wall).turned(
                    turn),
                Primitive(
                    .box, at: raised(0.30) + front, size: Vector(0.15, 0.30, 0.03) * s, surface: door
                ).turned(turn),
            ]
        }
    }
}
