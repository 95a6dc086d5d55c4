/// The part of the world that training sees, or the part that it never sees.
public enum SceneSplit: String, Codable, CaseIterable, Sendable {
    /// Everything without a held-out combination.
    case train
    /// Only pictures with at least one held-out combination.
    case heldout
}

/// A combination of attributes that never occurs in training although each attribute alone does.
///
/// A model that draws one of them when asked has learnt to compose.
public enum HeldOutCombination: String, Codable, CaseIterable, Sendable {
    /// A torus that is purple.
    case purpleTorus
    /// A capsule of metal.
    case metalCapsule
    /// A house with a green roof.
    case greenHouse
    /// A cube on snow.
    case cubeOnSnow
    /// A pyramid at sunset.
    case pyramidAtSunset
    /// A cyan thing at night.
    case cyanAtNight
    /// A sphere to the left of a house.
    case sphereLeftOfHouse
    /// A bonfire in the snow.
    case bonfireInSnow

    /// True when the scene holds this combination, whether the style shows it or not.
    public func occurs(in scene: SceneAttributes) -> Bool {
        func any(_ test: (SceneObject) -> Bool) -> Bool { scene.objects.contains(where: test) }
        switch self {
        case .purpleTorus: return any { $0.shape == .torus && $0.colour == .purple }
        case .metalCapsule: return any { $0.shape == .capsule && $0.material == .metal }
        case .greenHouse: return any { $0.shape == .house && $0.colour == .green }
        case .cubeOnSnow: return scene.setting == .snow && any { $0.shape == .cube }
        case .pyramidAtSunset: return scene.time == .sunset && any { $0.shape == .pyramid }
        case .cyanAtNight: return scene.time == .night && any { $0.colour == .cyan }
        case .sphereLeftOfHouse:
            return scene.objects.count == 2 && scene.objects[0].shape == .sphere
                && scene.objects[1].shape == .house
        case .bonfireInSnow: return scene.bonfire?.ground == .snow
        }
    }

    /// True when a line drawing shows this combination too: it rests on neither colour, material nor time.
    public var needsNoColour: Bool {
        self == .cubeOnSnow || self == .sphereLeftOfHouse || self == .bonfireInSnow
    }

    /// Changes a scene so that it holds this combination and still makes sense.
    func imposed(on scene: SceneAttributes, _ random: inout SplitMix) -> SceneAttributes {
        var changed = scene
        if self != .bonfireInSnow, changed.objects.isEmpty || changed.setting == .bonfire {
            changed = SceneAttributes(
                objects: [SceneObject(random.pick(SceneColour.allCases), .cube, size: .large)],
                setting: random.pick([.studio, .checkered, .wooden, .meadow, .beach]),
                light: random.pick(SceneLight.allCases), style: scene.style)
        }
        if changed.style == .lineDrawing, !needsNoColour { changed.style = .photo }
        let which = random.below(changed.objects.count)
        switch self {
        case .purpleTorus:
            changed.objects[which].shape = .torus
            changed.objects[which].colour = .purple
        case .metalCapsule:
            changed.objects[which].shape = .capsule
            changed.objects[which].material = .metal
        case .greenHouse:
            changed.objects[which].shape = .house
            changed.objects[which].colour = .green
            changed.objects[which].material = .matte
        case .cubeOnSnow:
            changed.objects[which].shape = .cube
            changed.move(to: .snow, &random)
        case .pyramidAtSunset:
            changed.objects[which].shape = .pyramid
            if !changed.setting.isOutdoors {
                changed.move(to: random.pick([.meadow, .beach, .snow]), &random)
            }
            changed.time = .sunset
        case .cyanAtNight:
            changed.objects[which].colour = .cyan
            changed.time = .night
        case .sphereLeftOfHouse:
            if changed.setting == .library { changed.move(to: random.pick([.meadow, .beach]), &random) }
            let sizes: [SceneSize] = random.chance(0.5) ? [.small, .medium] : [.medium, .small]
            let material = random.pick(SceneMaterial.allCases)
            changed.objects = [
                SceneObject(
                    random.pick(SceneColour.allCases), .sphere, material: material, size: sizes[0],
                    place: .left),
                SceneObject(random.pick(SceneColour.allCases), .house, size: sizes[1], place: .right),
            ]
        case .bonfireInSnow:
            var fire = changed.bonfire ?? SceneBonfire(size: random.pick(SceneSize.allCases))
            fire.ground = .snow
            changed = SceneAttributes(
                bonfire: fire, time: changed.time == .sunset ? .sunset : .night, style: changed.style)
        }
        if changed.objects.count == 2, changed.objects[0].shape == changed.objects[1].shape {
            changed.objects = [changed.objects[which]]
        }
        return changed
    }
}

extension SceneAttributes {
    /// The held-out combinations that this scene holds.
    public var heldOutCombinations: [HeldOutCombination] {
        HeldOutCombination.allCases.filter { $0.occurs(in: self) }
    }

    /// Moves the things to another plain setting.
    mutating func move(to place: SceneSetting, _ random: inout SplitMix) {
        setting = place
        library = nil
        light = light ?? random.pick(SceneLight.allCases)
        if time == .sunset, !place.isOutdoors { time = .day }
    }
}
