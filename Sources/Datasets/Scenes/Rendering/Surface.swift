/// How a surface answers light when drawn.
enum SurfaceFinish: UInt8 {
    case matte, shiny, metal
    /// Shines by itself with its colour.
    case glowing
}

/// What is painted on a surface.
enum SurfacePattern: UInt8 {
    case plain
    /// Pale dots on a mushroom's cap.
    case dots
    /// Leaves: small changes of brightness.
    case foliage
    /// Rows of roof tiles.
    case tiles
    /// Planks or bark.
    case wood
    /// A plastered wall with two windows.
    case wall
    /// The spine of a book: a pale band near top and bottom.
    case spine
    /// Glowing edges of burnt wood.
    case embers
}

/// What a solid is made of.
struct Surface {
    var colour: Vector
    var finish: SurfaceFinish = .matte
    var pattern: SurfacePattern = .plain
    /// The thing it belongs to (0 or 1), -1 for everything else.
    var object: Int8 = -1

    init(
        _ colour: Vector, _ finish: SurfaceFinish = .matte, pattern: SurfacePattern = .plain,
        object: Int8 = -1
    ) {
        self.colour = colour
        self.finish = finish
        self.pattern = pattern
        self.object = object
    }
}

/// The linear colours of things.
enum Palette {
    static func colour(_ name: SceneColour) -> Vector {
        switch name {
        case .red: return Vector(0.72, 0.025, 0.03)
        case .orange: return Vector(0.96, 0.29, 0.015)
        case .yellow: return Vector(0.95, 0.73, 0.03)
        case .green: return Vector(0.05, 0.42, 0.07)
        case .cyan: return Vector(0.02, 0.62, 0.70)
        case .blue: return Vector(0.03, 0.09, 0.70)
        case .purple: return Vector(0.26, 0.04, 0.50)
        case .pink: return Vector(0.93, 0.31, 0.52)
        case .brown: return Vector(0.19, 0.080, 0.028)
        case .white: return Vector(0.88, 0.88, 0.86)
        case .gray: return Vector(0.25, 0.25, 0.26)
        case .black: return Vector(0.016, 0.016, 0.018)
        }
    }

    static let cream = Vector(0.80, 0.70, 0.54)
    static let bark = Vector(0.17, 0.085, 0.04)
    static let plaster = Vector(0.78, 0.71, 0.58)
    static let stone = Vector(0.24, 0.23, 0.22)
}
