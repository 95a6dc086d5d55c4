/// The words for each attribute, the plainest first; every word of a list is always true of its attribute.
enum PortraitWords {
    static func role(_ role: PortraitRole) -> [String] {
        switch role {
        case .maleCook: return ["male cook", "man cook", "male chef"]
        case .femaleCook: return ["female cook", "woman cook", "female chef"]
        case .maleFarmer: return ["male farmer"]
        case .femaleFarmer: return ["female farmer"]
        case .grandfather: return ["grandfather", "old man", "grandpa"]
        case .grandmother: return ["grandmother", "old woman", "grandma"]
        default: return [role.rawValue]
        }
    }

    static func skin(_ skin: PortraitSkin) -> [String] {
        switch skin {
        case .light: return ["light skin", "fair skin"]
        case .tan: return ["tan skin", "tanned skin"]
        case .brown: return ["brown skin"]
        case .dark: return ["dark skin"]
        }
    }

    static func hairColour(_ colour: PortraitHairColour) -> [String] {
        switch colour {
        case .blond: return ["blond", "blonde"]
        case .red: return ["red", "ginger"]
        case .gray: return ["gray", "grey"]
        default: return [colour.rawValue]
        }
    }

    /// The hair as a noun, `colour` before it where it is stated; nothing for a bald head.
    static func hair(_ style: PortraitHairStyle, colour: String?, female: Bool) -> [String] {
        let coloured = colour.map { $0 + " " } ?? ""
        switch style {
        case .bald: return []
        case .short:
            return ["short \(coloured)hair"]
                + (female ? ["a \(coloured)bob", "\(coloured)hair in a bob"] : [])
        case .curly: return ["curly \(coloured)hair", "\(coloured)curls"]
        case .long: return ["long \(coloured)hair"]
        case .braids: return ["\(coloured)braids", "\(coloured)hair in braids", "two \(coloured)braids"]
        case .bun: return ["a \(coloured)bun", "\(coloured)hair in a bun"].map(Self.repaired)
        }
    }

    static func expression(_ expression: PortraitExpression) -> [String] {
        switch expression {
        case .neutral: return ["serious", "calm"]
        case .smiling: return ["smiling", "happy"]
        case .laughing: return ["laughing"]
        case .sad: return ["sad", "unhappy"]
        case .angry: return ["angry", "furious"]
        case .surprised: return ["surprised", "astonished"]
        }
    }

    static func gaze(_ gaze: PortraitGaze) -> [String] {
        switch gaze {
        case .left: return ["looking to the left", "looking left"]
        case .right: return ["looking to the right", "looking right"]
        case .ahead: return ["looking straight ahead", "looking at the viewer"]
        }
    }

    static func glasses(_ glasses: PortraitGlasses) -> [String] {
        switch glasses {
        case .none: return []
        case .glasses: return ["glasses", "spectacles", "round glasses"]
        case .sunglasses: return ["sunglasses", "dark glasses"]
        }
    }

    static func beard(_ beard: PortraitBeard) -> [String] {
        switch beard {
        case .none: return []
        case .moustache: return ["moustache", "mustache"]
        case .beard: return ["beard", "full beard"]
        }
    }

    static func hat(_ hat: PortraitHat) -> [String] {
        switch hat {
        case .beanie: return ["beanie", "bobble hat", "woolly hat"]
        case .cap: return ["cap", "baseball cap"]
        case .topHat: return ["top hat"]
        }
    }

    /// The hat that belongs to a calling.
    static func ownHat(_ role: PortraitRole) -> [String] {
        switch role {
        case .king, .queen: return ["a golden crown", "a crown"]
        case .prince, .princess: return ["a small crown"]
        case .wizard: return ["a pointed hat", "a blue pointed hat"]
        case .witch: return ["a pointed hat", "a black pointed hat"]
        case .maleCook, .femaleCook: return ["a white cook's hat", "a cook's hat"]
        case .maleFarmer, .femaleFarmer: return ["a straw hat"]
        default: return []
        }
    }

    /// What is worn, with its colour.
    static func clothes(_ garment: PortraitGarment?, _ role: PortraitRole, colour: String) -> [String] {
        switch garment {
        case .tShirt: return ["a \(colour) T-shirt", "a \(colour) tee", "\(colour) clothes"]
        case .sweater: return ["a \(colour) sweater", "a \(colour) pullover", "\(colour) clothes"]
        case .shirt: return ["a \(colour) shirt", "\(colour) clothes"]
        case .stripes: return ["a \(colour) striped shirt", "a striped \(colour) shirt"]
        case nil:
            switch role {
            case .king, .queen, .prince, .princess, .wizard, .witch:
                return ["a \(colour) robe", "\(colour) robes"]
            case .maleCook, .femaleCook:
                return ["a \(colour) shirt and an apron", "a white apron over a \(colour) shirt"]
            case .maleFarmer, .femaleFarmer:
                return ["a \(colour) shirt and overalls", "overalls over a \(colour) shirt"]
            default: return ["\(colour) clothes"]
            }
        }
    }

    static func background(_ background: PortraitBackground) -> [String] {
        switch background {
        case .white, .gray, .blue, .green, .yellow, .pink:
            let names = background == .gray ? ["gray", "grey"] : [background.rawValue]
            return names.flatMap { ["on a \($0) background", "in front of a \($0) background"] }
        case .meadow: return ["on a green meadow", "in a meadow", "in front of green hills"]
        case .beach: return ["on a beach", "by the sea", "on a sandy beach"]
        case .night: return ["under a starry sky", "at night", "in front of a starry sky"]
        case .bricks: return ["in front of a brick wall", "before a brick wall"]
        case .snow: return ["in the snow", "in falling snow"]
        }
    }

    static func light(_ light: PortraitLight) -> [String] {
        switch light {
        case .left: return ["lit from the left", "with light from the left"]
        case .right: return ["lit from the right", "with light from the right"]
        case .front: return ["lit from the front", "with light from the front"]
        }
    }

    /// Corrects the article before "orange", the one colour that starts with a vowel, wherever it stands.
    static func repaired(_ phrase: String) -> String {
        phrase.replacing("a orange", with: "an orange")
    }
}
