/// The measures and colours of one person: from the attributes, and from a seed for what no caption states.
///
/// The head's frame has its origin between the eyes' height and the nose; a face is about 0.9 high in it.
struct PortraitBuild {
    let portrait: PortraitAttributes
    let female, child, old: Bool
    /// Half the width and height of the face.
    let faceWidth, faceHeight: Float
    /// How much the face narrows toward the chin; negative for a broad jaw.
    let chin: Float
    /// How far the features are moved sideways by the turn of the head, and how far they sit down.
    let turn: Float
    /// Half the distance between the eyes.
    let eyeGap: Float
    /// Where the hair parts, −1...1.
    let parting: Float
    /// Half the width of the shoulders and of the neck.
    let shoulders, neck: Float
    let head, body: PlaneFrame
    /// The direction to the lamp.
    let lamp: Vector
    let skin, hair, brow, cloth, lips, iris: Vector
    let seed: UInt64

    init(_ portrait: PortraitAttributes, seed: UInt64) {
        var random = SplitMix(seed, 0xFACE)
        self.portrait = portrait
        self.seed = seed
        (female, child, old) = (portrait.role.isFemale, portrait.role.isChild, portrait.role.isOld)
        faceWidth = (child ? 0.375 : (female ? 0.345 : 0.365)) + random.between(-0.012, 0.012)
        faceHeight = (child ? 0.385 : (female ? 0.435 : 0.45)) + random.between(-0.012, 0.012)
        chin = (child ? 0.05 : (female ? 0.20 : -0.06)) + random.between(-0.03, 0.03)
        let side: Float = portrait.gaze == .left ? -1 : (portrait.gaze == .right ? 1 : 0)
        turn = side * 0.095 + random.between(-0.012, 0.012)
        eyeGap = (child ? 0.165 : 0.152) + random.between(-0.006, 0.006)
        parting = random.between(-1, 1)
        shoulders = (child ? 0.53 : (female ? 0.60 : 0.72)) + random.between(-0.03, 0.03)
        neck = child ? 0.10 : (female ? 0.105 : 0.14)
        let size = (child ? 0.93 : 1) * Self.size(portrait) * random.between(0.96, 1.03)
        let x = random.between(-0.06, 0.06)
        let y = Self.height(portrait) + random.between(-0.025, 0.025)
        head = PlaneFrame(x: x, y: y, scale: size, angle: random.between(-0.07, 0.07) - side * 0.03)
        body = PlaneFrame(x: x, y: y, scale: size, angle: 0)
        switch portrait.light {
        case .left: lamp = Vector(-0.78, 0.32, 0.54)
        case .right: lamp = Vector(0.78, 0.32, 0.54)
        case .front: lamp = Vector(0, 0.40, 0.92)
        }
        let tone = random.between(0.94, 1.06)
        skin = PortraitPalette.skin(portrait.skin) * tone
        hair = PortraitPalette.hair(portrait.hairColour) * random.between(0.90, 1.10)
        let pale = portrait.hairColour == .white || portrait.hairColour == .blond
        brow = hair * (pale ? 0.45 : 0.8)
        cloth = PortraitPalette.colour(portrait.clothes) * random.between(0.92, 1.06)
        // On dark skin lips are lighter than the face, on light skin darker: either way they are seen.
        let deep = portrait.skin == .dark || portrait.skin == .brown
        let red = Vector(hex: female ? (deep ? 0xD8484F : 0xC0202F) : (deep ? 0xC9706A : 0xA84A42))
        lips = skin.mixed(red, female ? 0.75 : 0.6)
        iris = random.pick([Vector(hex: 0x4A2E18), Vector(hex: 0x2F5C8A), Vector(hex: 0x3F6B3A)])
    }

    /// How large the person is drawn, so that hats have room above.
    private static func size(_ portrait: PortraitAttributes) -> Float {
        switch portrait.role {
        case .wizard, .witch: return 1.02
        case .maleCook, .femaleCook, .king, .queen: return 1.09
        case .maleFarmer, .femaleFarmer, .prince, .princess: return 1.14
        default:
            switch portrait.headgear?.hat {
            case .topHat: return 1.04
            case .beanie: return 1.12
            case .cap, nil: return portrait.hairStyle == .bun ? 1.12 : 1.18
            }
        }
    }

    /// How high the head sits, so that its hat has room.
    private static func height(_ portrait: PortraitAttributes) -> Float {
        let drop: Float
        switch portrait.role {
        case .wizard, .witch: drop = 0.11
        case .maleCook, .femaleCook: drop = 0.08
        case .king, .queen: drop = 0.05
        case .maleFarmer, .femaleFarmer, .prince, .princess: drop = 0.03
        default:
            switch portrait.headgear?.hat {
            case .topHat: drop = 0.09
            case .beanie: drop = 0.04
            case .cap: drop = 0.02
            case nil: drop = portrait.hairStyle == .bun ? 0.04 : 0
            }
        }
        return (portrait.role.isChild ? -0.03 : 0.07) - drop
    }

    /// True where a hat covers the top of the hair; a crown leaves it to be seen.
    var hidesTop: Bool {
        switch portrait.role {
        case .king, .queen, .prince, .princess: return false
        default: return portrait.headgear != nil || !portrait.role.isPlain
        }
    }

    /// How bright a ball-shaped surface of half sides `a` and `b` is at (x, y): about 0.45...1.15.
    @inline(__always) func round(
        _ x: Float, _ y: Float, _ cx: Float, _ cy: Float, _ a: Float, _ b: Float
    ) -> Float {
        let (u, v) = ((x - cx) / a, (y - cy) / b)
        let height = larger(0, 1 - u * u - v * v).squareRoot()
        let half = clamp(0.5 + 0.5 * (u * lamp.x + v * lamp.y + height * lamp.z))
        return 0.44 + 0.70 * half * half
    }

    /// The face's outline: an egg.
    @inline(__always) func face(_ x: Float, _ y: Float, grown: Float = 0) -> Float {
        let below = larger(0, -y / faceHeight)
        let u = x * (1 + chin * below * below)
        return PlaneShape.ellipse(u, y, 0, 0, faceWidth + grown, faceHeight + grown)
    }
}

/// The colours of the portraits, in linear light.
enum PortraitPalette {
    static let gold = Vector(hex: 0xF2B631)
    static let darkLine = Vector(hex: 0x1C1413)
    static let white = Vector(hex: 0xF4F2EC)

    static func skin(_ skin: PortraitSkin) -> Vector {
        switch skin {
        case .light: return Vector(hex: 0xF8D3B8)
        case .tan: return Vector(hex: 0xDDA67C)
        case .brown: return Vector(hex: 0xA06B48)
        case .dark: return Vector(hex: 0x643F2B)
        }
    }

    static func hair(_ colour: PortraitHairColour) -> Vector {
        switch colour {
        case .black: return Vector(hex: 0x1D1A20)
        case .brown: return Vector(hex: 0x63391D)
        case .blond: return Vector(hex: 0xE8C25F)
        case .red: return Vector(hex: 0xBE4C1B)
        case .gray: return Vector(hex: 0x8B8F96)
        case .white: return Vector(hex: 0xF2F2EF)
        }
    }

    static func colour(_ colour: PortraitColour) -> Vector {
        switch colour {
        case .red: return Vector(hex: 0xCE262D)
        case .orange: return Vector(hex: 0xF07F1E)
        case .yellow: return Vector(hex: 0xF5D030)
        case .green: return Vector(hex: 0x2F9149)
        case .blue: return Vector(hex: 0x2C5BC9)
        case .purple: return Vector(hex: 0x7D42AA)
        case .pink: return Vector(hex: 0xF494B8)
        case .brown: return Vector(hex: 0x7E4E2C)
        case .white: return Vector(hex: 0xF3F2EE)
        case .black: return Vector(hex: 0x26262C)
        }
    }
}

extension SIMD3<Float> {
    /// The linear light of an sRGB colour such as `0x3366CC`.
    init(hex: UInt32) {
        func light(_ shift: UInt32) -> Float {
            let value = Float((hex >> shift) & 0xFF) / 255
            return value <= 0.040_45 ? value / 12.92 : Trigonometry.power((value + 0.055) / 1.055, 2.4)
        }
        self.init(light(16), light(8), light(0))
    }
}
