/// The words for each attribute, the plainest first; every word of a list is always true of its attribute.
enum SceneWords {
    static func shape(_ shape: SceneShape) -> [String] {
        switch shape {
        case .sphere: return ["sphere", "ball"]
        case .cube: return ["cube", "box"]
        case .cylinder: return ["cylinder"]
        case .cone: return ["cone"]
        case .torus: return ["torus", "donut", "ring"]
        case .pyramid: return ["pyramid"]
        case .capsule: return ["capsule", "pill"]
        case .mushroom: return ["mushroom", "toadstool"]
        case .tree: return ["tree", "fir tree"]
        case .house: return ["house", "cottage"]
        }
    }

    static func colour(_ colour: SceneColour) -> [String] {
        switch colour {
        case .gray: return ["gray", "grey"]
        case .purple: return ["purple", "violet"]
        case .cyan: return ["cyan", "turquoise"]
        default: return [colour.rawValue]
        }
    }

    static func material(_ material: SceneMaterial) -> [String] {
        switch material {
        case .matte: return ["matte"]
        case .shiny: return ["shiny", "glossy"]
        case .metal: return ["metal", "metallic"]
        }
    }

    static func size(_ size: SceneSize) -> [String] {
        switch size {
        case .small: return ["small", "little"]
        case .medium: return ["medium-sized"]
        case .large: return ["large", "big"]
        }
    }

    static func place(_ place: ScenePlace) -> [String] {
        switch place {
        case .left: return ["on the left", "on the left side"]
        case .centre: return ["in the middle", "in the center"]
        case .right: return ["on the right", "on the right side"]
        }
    }

    static func setting(_ setting: SceneSetting) -> [String] {
        switch setting {
        case .studio: return ["in a gray studio", "in a studio", "on a gray background"]
        case .checkered: return ["on a checkered floor", "on a checkerboard floor"]
        case .wooden: return ["on a wooden table", "on a table"]
        case .meadow: return ["on a green meadow", "in a meadow", "on the grass"]
        case .beach: return ["on a sandy beach", "on a beach", "by the sea"]
        case .snow: return ["on snow", "in the snow", "in a snowy landscape"]
        case .library:
            return ["in a library", "in front of bookshelves", "in front of bookshelves in a library"]
        case .bonfire: return []
        }
    }

    static func ground(_ ground: SceneBonfire.Ground) -> [String] {
        switch ground {
        case .meadow: return ["on a green meadow", "in a meadow", "on the grass"]
        case .beach: return ["on a sandy beach", "on a beach", "by the sea"]
        case .snow: return ["on snow", "in the snow", "in a snowy landscape"]
        case .forest: return ["in a forest", "in the woods"]
        }
    }

    static func time(_ time: SceneTime, outdoors: Bool) -> [String] {
        switch time {
        case .day:
            return outdoors
                ? ["during the day", "in daylight", "on a bright day"] : ["during the day", "in daylight"]
        case .sunset: return ["at sunset", "at dusk"]
        case .night: return ["at night"]
        }
    }

    static func light(_ light: SceneLight) -> [String] {
        switch light {
        case .left: return ["lit from the left", "with light from the left"]
        case .right: return ["lit from the right", "with light from the right"]
        case .above: return ["lit from above", "with light from above"]
        case .behind: return ["backlit", "lit from behind"]
        case .front: return ["lit from the front", "with light from the front"]
        }
    }

    static func style(_ style: SceneStyle) -> [String] {
        switch style {
        case .photo: return ["a photo of", "a photograph of"]
        case .cartoon: return ["a cartoon of", "a cartoon drawing of"]
        case .lineDrawing: return ["a line drawing of", "a pencil drawing of"]
        }
    }

    static func lighting(_ lighting: SceneLibrary.Lighting) -> [String] {
        switch lighting {
        case .room: return []
        case .lamp: return ["with a lamp", "with a glowing lamp"]
        case .candles: return ["with candles", "with burning candles"]
        }
    }

    /// True for words that speak of colour or glow, which a line drawing does not show.
    static func needsColour(_ words: String) -> Bool {
        words.split(separator: " ").contains {
            ["gray", "green", "colorful", "glowing", "burning"].contains($0)
        }
    }

    static let shelves = ["bookshelves", "shelves full of books", "shelves of colorful books"]
    static let fire = ["bonfire", "campfire", "burning bonfire"]
}
