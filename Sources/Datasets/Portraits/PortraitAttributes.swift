/// Who is portrayed: eight callings, each as a man and as a woman (or as a boy and a girl).
public enum PortraitRole: String, Codable, CaseIterable, Sendable {
    case man, woman, boy, girl, king, queen, prince, princess, wizard, witch
    case grandfather, grandmother
    case maleCook = "male cook"
    case femaleCook = "female cook"
    case maleFarmer = "male farmer"
    case femaleFarmer = "female farmer"

    /// True for women and girls.
    public var isFemale: Bool {
        switch self {
        case .woman, .girl, .queen, .princess, .witch, .grandmother, .femaleCook, .femaleFarmer: return true
        case .man, .boy, .king, .prince, .wizard, .grandfather, .maleCook, .maleFarmer: return false
        }
    }

    /// The same calling in the other gender: the queen of a king.
    public var counterpart: PortraitRole {
        switch self {
        case .man: return .woman
        case .woman: return .man
        case .boy: return .girl
        case .girl: return .boy
        case .king: return .queen
        case .queen: return .king
        case .prince: return .princess
        case .princess: return .prince
        case .wizard: return .witch
        case .witch: return .wizard
        case .grandfather: return .grandmother
        case .grandmother: return .grandfather
        case .maleCook: return .femaleCook
        case .femaleCook: return .maleCook
        case .maleFarmer: return .femaleFarmer
        case .femaleFarmer: return .maleFarmer
        }
    }

    /// True for those with a child's face.
    public var isChild: Bool {
        switch self {
        case .boy, .girl, .prince, .princess: return true
        default: return false
        }
    }

    /// True for those with an old face, whose hair is gray or white.
    public var isOld: Bool { self == .grandfather || self == .grandmother }

    /// True where neither hat nor garment belongs to the calling, so that both are free.
    public var isPlain: Bool {
        switch self {
        case .man, .woman, .boy, .girl, .grandfather, .grandmother: return true
        default: return false
        }
    }
}

/// The colour of the skin.
public enum PortraitSkin: String, Codable, CaseIterable, Sendable {
    case light, tan, brown, dark
}

/// The colour of hair, brows and beard.
public enum PortraitHairColour: String, Codable, CaseIterable, Sendable {
    case black, brown, blond, red, gray, white
}

/// How the hair is worn.
public enum PortraitHairStyle: String, Codable, CaseIterable, Sendable {
    case bald, short, curly, long, braids, bun
}

/// What the face says.
public enum PortraitExpression: String, Codable, CaseIterable, Sendable {
    case neutral, smiling, laughing, sad, angry, surprised
}

/// Where the head turns and the eyes look, as the viewer sees it.
public enum PortraitGaze: String, Codable, CaseIterable, Sendable {
    case left, ahead, right
}

/// What stands before the eyes.
public enum PortraitGlasses: String, Codable, CaseIterable, Sendable {
    case none, glasses, sunglasses
}

/// What grows on a man's face.
public enum PortraitBeard: String, Codable, CaseIterable, Sendable {
    case none, moustache, beard
}

/// The hats of those whose calling brings none.
public enum PortraitHat: String, Codable, CaseIterable, Sendable {
    case beanie, cap
    case topHat = "top hat"
}

/// A hat and its colour.
public struct PortraitHeadgear: Codable, Hashable, Sendable {
    /// What it is.
    public var hat: PortraitHat
    /// Its colour.
    public var colour: PortraitColour

    /// A hat of a colour.
    public init(_ colour: PortraitColour, _ hat: PortraitHat) { (self.hat, self.colour) = (hat, colour) }
}

/// What is worn by those whose calling does not say.
public enum PortraitGarment: String, Codable, CaseIterable, Sendable {
    case tShirt = "T-shirt"
    case sweater
    case shirt
    case stripes = "striped shirt"
}

/// The colours of clothes and hats.
public enum PortraitColour: String, Codable, CaseIterable, Sendable {
    case red, orange, yellow, green, blue, purple, pink, brown, white, black
}

/// What is behind the portrayed.
public enum PortraitBackground: String, Codable, CaseIterable, Sendable {
    case white, gray, blue, green, yellow, pink
    case meadow, beach, night, bricks, snow
}

/// Where the light comes from, as the viewer sees it.
public enum PortraitLight: String, Codable, CaseIterable, Sendable {
    case left, front, right
}

/// Everything about a portrait that a caption may state; two pictures with equal attributes differ only in small things.
public struct PortraitAttributes: Codable, Hashable, Sendable {
    /// Who it is.
    public var role: PortraitRole
    /// The colour of the skin.
    public var skin: PortraitSkin
    /// The colour of hair, brows and beard; nobody sees it on a bald head without beard.
    public var hairColour: PortraitHairColour
    /// How the hair is worn.
    public var hairStyle: PortraitHairStyle
    /// What the face says.
    public var expression: PortraitExpression
    /// Where the head turns.
    public var gaze: PortraitGaze
    /// What stands before the eyes.
    public var glasses: PortraitGlasses
    /// What grows on the face; none on women and children.
    public var beard: PortraitBeard
    /// A hat, where the calling brings none.
    public var headgear: PortraitHeadgear?
    /// What is worn, exactly where the calling does not say.
    public var garment: PortraitGarment?
    /// The colour of what is worn: of a robe, of the shirt under apron or overalls.
    public var clothes: PortraitColour
    /// What is behind.
    public var background: PortraitBackground
    /// Where the light comes from.
    public var light: PortraitLight

    /// Describes a portrait; what is left out is plain.
    public init(
        _ role: PortraitRole, skin: PortraitSkin = .light, hairColour: PortraitHairColour = .brown,
        hairStyle: PortraitHairStyle = .short, expression: PortraitExpression = .neutral,
        gaze: PortraitGaze = .ahead, glasses: PortraitGlasses = .none, beard: PortraitBeard = .none,
        headgear: PortraitHeadgear? = nil, garment: PortraitGarment? = nil, clothes: PortraitColour = .blue,
        background: PortraitBackground = .gray, light: PortraitLight = .front
    ) {
        self.role = role
        self.skin = skin
        self.hairColour = hairColour
        self.hairStyle = hairStyle
        self.expression = expression
        self.gaze = gaze
        self.glasses = glasses
        self.beard = beard
        self.headgear = headgear
        self.garment = garment ?? (role.isPlain ? .tShirt : nil)
        self.clothes = clothes
        self.background = background
        self.light = light
    }

    /// True where the colour of the hair can be seen.
    public var showsHairColour: Bool { hairStyle != .bald || beard != .none }

    /// Why these attributes make no portrait, or nil when they do.
    public var problem: String? {
        if beard != .none, role.isFemale || role.isChild { return "a \(role.rawValue) has no beard" }
        if role.isOld, hairColour != .gray, hairColour != .white {
            return "a \(role.rawValue) has gray or white hair"
        }
        if role.isChild, hairStyle == .bald || hairColour == .gray || hairColour == .white {
            return "a \(role.rawValue) is neither bald nor gray"
        }
        if !role.isFemale, hairStyle == .braids || hairStyle == .bun {
            return "braids and buns are drawn on women and girls only"
        }
        if hairStyle == .bun, headgear != nil || !role.isPlain { return "a hat would hide the bun" }
        if (garment != nil) != role.isPlain {
            return "a garment is chosen exactly where the calling does not bring one"
        }
        if headgear != nil, !role.isPlain { return "a \(role.rawValue) wears a hat of the calling already" }
        if headgear?.hat == .topHat, role.isChild { return "top hats are for adults" }
        return nil
    }
}
