/// The ten kinds of thing that a scene can hold.
public enum SceneShape: String, Codable, CaseIterable, Sendable {
    case sphere, cube, cylinder, cone, torus, pyramid, capsule, mushroom, tree, house

    /// True for things with painted parts of their own, which are always matte.
    public var isComposite: Bool { self == .mushroom || self == .tree || self == .house }
}

/// The twelve colours of things; of a mushroom it is the cap's, of a tree the leaves', of a house the roof's.
public enum SceneColour: String, Codable, CaseIterable, Sendable {
    case red, orange, yellow, green, cyan, blue, purple, pink, brown, white, gray, black
}

/// How a surface answers light.
public enum SceneMaterial: String, Codable, CaseIterable, Sendable {
    case matte, shiny, metal
}

/// How big a thing or a fire is.
public enum SceneSize: String, Codable, CaseIterable, Sendable {
    case small, medium, large
}

/// Where in the frame something stands.
public enum ScenePlace: String, Codable, CaseIterable, Sendable {
    case left, centre, right
}

/// Where the scene is.
public enum SceneSetting: String, Codable, CaseIterable, Sendable {
    case studio, checkered, wooden, meadow, beach, snow, library, bonfire

    /// True where the sky is seen.
    public var isOutdoors: Bool {
        switch self {
        case .meadow, .beach, .snow, .bonfire: return true
        case .studio, .checkered, .wooden, .library: return false
        }
    }
}

/// The time of the day; indoors there is no sunset.
public enum SceneTime: String, Codable, CaseIterable, Sendable {
    case day, sunset, night
}

/// Where the light comes from, as the viewer sees it.
public enum SceneLight: String, Codable, CaseIterable, Sendable {
    case left, right, above, behind, front
}

/// How the picture is made.
public enum SceneStyle: String, Codable, CaseIterable, Sendable {
    case photo, cartoon
    case lineDrawing = "line drawing"
}

/// One thing in a scene.
public struct SceneObject: Codable, Hashable, Sendable {
    /// What it is.
    public var shape: SceneShape
    /// Its colour.
    public var colour: SceneColour
    /// Its surface; mushrooms, trees and houses are matte.
    public var material: SceneMaterial
    /// How big it is.
    public var size: SceneSize
    /// Where it stands; of two things the first is left and the second right.
    public var place: ScenePlace

    /// Describes one thing.
    public init(
        _ colour: SceneColour, _ shape: SceneShape, material: SceneMaterial = .matte,
        size: SceneSize = .medium,
        place: ScenePlace = .centre
    ) {
        self.shape = shape
        self.colour = colour
        self.material = material
        self.size = size
        self.place = place
    }
}

/// What is particular to a library.
public struct SceneLibrary: Codable, Hashable, Sendable {
    /// What lights the books.
    public enum Lighting: String, Codable, CaseIterable, Sendable {
        /// Daylight or the room's own light.
        case room
        /// A reading lamp with a glowing shade.
        case lamp
        /// Burning candles.
        case candles
    }

    /// True when the shelves reach out of the frame; low shelves end below the top of the picture.
    public var tall: Bool
    /// What lights the books.
    public var lighting: Lighting

    /// Describes a library.
    public init(tall: Bool = false, lighting: Lighting = .room) {
        self.tall = tall
        self.lighting = lighting
    }
}

/// What is particular to a bonfire.
public struct SceneBonfire: Codable, Hashable, Sendable {
    /// What the fire burns on.
    public enum Ground: String, Codable, CaseIterable, Sendable {
        case meadow, beach, snow, forest
    }

    /// What the fire burns on.
    public var ground: Ground
    /// How big the fire is.
    public var size: SceneSize
    /// Where it burns.
    public var place: ScenePlace

    /// Describes a bonfire.
    public init(ground: Ground = .meadow, size: SceneSize = .medium, place: ScenePlace = .centre) {
        self.ground = ground
        self.size = size
        self.place = place
    }
}

/// Everything about a scene that a caption may state; two pictures with equal attributes differ only in small jitter.
public struct SceneAttributes: Codable, Hashable, Sendable {
    /// The things in it: none, one, or two from left to right.
    public var objects: [SceneObject]
    /// Where it is.
    public var setting: SceneSetting
    /// When it is.
    public var time: SceneTime
    /// Where the light comes from; nil where the scene has a light of its own (a lamp, candles, a fire).
    public var light: SceneLight?
    /// How the picture is made.
    public var style: SceneStyle
    /// The library's particulars, exactly when the setting is a library.
    public var library: SceneLibrary?
    /// The fire's particulars, exactly when the setting is a bonfire.
    public var bonfire: SceneBonfire?

    /// A scene in one of the six plain settings.
    public init(
        objects: [SceneObject], setting: SceneSetting, time: SceneTime = .day, light: SceneLight = .left,
        style: SceneStyle = .photo
    ) {
        self.objects = objects
        self.setting = setting
        self.time = time
        self.light = light
        self.style = style
    }

    /// Bookshelves in a library, with a thing before them or without.
    public init(
        library: SceneLibrary, objects: [SceneObject] = [], time: SceneTime = .day, style: SceneStyle = .photo
    ) {
        self.objects = objects
        self.setting = .library
        self.time = time
        self.light = nil
        self.style = style
        self.library = library
    }

    /// A bonfire at dusk or at night.
    public init(bonfire: SceneBonfire, time: SceneTime = .night, style: SceneStyle = .photo) {
        self.objects = []
        self.setting = .bonfire
        self.time = time
        self.light = nil
        self.style = style
        self.bonfire = bonfire
    }

    /// Why these attributes make no scene, or nil when they do.
    public var problem: String? {
        if objects.count > 2 { return "a scene holds at most two things, not \(objects.count)" }
        if objects.count == 2, objects.map(\.place) != [.left, .right] {
            return "of two things the first stands left and the second right"
        }
        if objects.count == 2, objects[0].size == .large, objects[1].size != .small {
            return "a large thing leaves room for a small one only"
        }
        if objects.count == 2, objects[1].size == .large, objects[0].size != .small {
            return "a large thing leaves room for a small one only"
        }
        if let object = objects.first(where: { $0.shape.isComposite && $0.material != .matte }) {
            return "a \(object.shape.rawValue) is always matte"
        }
        if time == .sunset, !setting.isOutdoors { return "there is no sunset indoors" }
        if (library != nil) != (setting == .library) {
            return "a library needs its particulars, and nothing else has them"
        }
        if (bonfire != nil) != (setting == .bonfire) {
            return "a bonfire needs its particulars, and nothing else has them"
        }
        switch setting {
        case .library:
            if objects.count > 1 { return "a library has room for one thing" }
            if light != nil { return "a library has its own light" }
        case .bonfire:
            if !objects.isEmpty { return "a bonfire stands alone" }
            if light != nil { return "a bonfire is its own light" }
            if time == .day { return "a bonfire burns at dusk or at night" }
        case .studio, .checkered, .wooden, .meadow, .beach, .snow:
            if objects.isEmpty { return "this setting needs a thing to look at" }
            if light == nil { return "this setting needs a direction of light" }
        }
        return nil
    }
}
