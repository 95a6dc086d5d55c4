/// A soft ball of light drawn over the picture, such as the halo of a lamp.
struct Glow {
    var position: Vector
    var colour: Vector
    var radius: Float
}

/// Everything a renderer needs to draw one scene: solids, surfaces, lights, surroundings, viewer.
struct Stage {
    let attributes: SceneAttributes
    let seed: UInt64
    var camera: Camera
    var primitives: [Primitive] = []
    var groups: [PrimitiveGroup] = []
    /// The groups that throw shadows or darken what is near come first; so many they are.
    var nearCount = 0
    var surfaces: [Surface] = []
    var rig = LightRig()
    var surroundings: Surroundings
    var glows: [Glow] = []
    var flames: Flames?

    /// Builds the scene of these attributes; the seed decides everything that they leave open.
    init(_ attributes: SceneAttributes, seed: UInt64) {
        self.attributes = attributes
        self.seed = seed
        var random = SplitMix(seed, 0x57A6E)
        let sway = random.between(-0.16, 0.16)
        let height = random.between(1.36, 1.58)
        camera = Camera(
            position: Vector(sway, height, -4.95), target: Vector(sway * 0.2, 0.80, 0), spread: 0.425)
        surroundings = Surroundings(attributes, seed: UInt32(truncatingIfNeeded: random.next()))
        lightUp(&random)
        switch attributes.setting {
        case .library: addLibrary(&random)
        case .bonfire: addBonfire(&random)
        default: break
        }
        for (index, object) in attributes.objects.enumerated() { add(object, number: index, &random) }
        let near = groups.filter(\.isNear)
        nearCount = near.count
        groups = near + groups.filter { !$0.isNear }
        surroundings.finish(rig)
    }

    /// Adds solids as one group; their surfaces must have been added before.
    mutating func addGroup(_ solids: [Primitive], castsShadow: Bool = true, bulk: (Vector, Float)? = nil) {
        guard let first = solids.first else { return }
        var (low, high) = first.bounds
        for solid in solids.dropFirst() {
            let bounds = solid.bounds
            low = lowest(low, bounds.low)
            high = highest(high, bounds.high)
        }
        let center = (low + high) * 0.5
        groups.append(
            PrimitiveGroup(
                first: Int32(primitives.count), count: Int32(solids.count), center: center,
                half: (high - low) * 0.5,
                radius: (high - low).length * 0.5, bulkCenter: bulk?.0 ?? center, bulkRadius: bulk?.1 ?? 0,
                colour: surfaces[Int(first.surface)].colour, castsShadow: castsShadow))
        primitives += solids
    }

    /// Adds a surface and gives its number.
    mutating func addSurface(_ surface: Surface) -> Int {
        surfaces.append(surface)
        return surfaces.count - 1
    }
}
