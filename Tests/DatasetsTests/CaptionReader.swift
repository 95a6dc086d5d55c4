import Datasets

/// What a caption claims, read by a grammar of the tests' own.
struct CaptionClaims {
    struct Thing {
        var shape: SceneShape?
        var colour: SceneColour?
        var material: SceneMaterial?
        var size: SceneSize?
        var place: ScenePlace?
    }

    var things: [Thing] = []
    /// The things from left to right where the caption says so.
    var order: [Thing]?
    var settings: Set<SceneSetting> = []
    var grounds: Set<SceneBonfire.Ground> = []
    var time: SceneTime?
    var light: SceneLight?
    var style: SceneStyle?
    var lighting: SceneLibrary.Lighting?
    var tall: Bool?
    var shelves = false
    var fire = false
}

/// Reads captions back word by word; a word that it does not know is an error.
enum CaptionReader {
    struct Unreadable: Error { let caption: String, rest: String }

    private enum Token {
        case nothing, and
        case shape(SceneShape), colour(SceneColour), material(SceneMaterial), size(SceneSize), place(
            ScenePlace)
        case roof(SceneColour)
        case firstIsLeft, firstIsRight, beside
        case somewhere(Set<SceneSetting>, Set<SceneBonfire.Ground>)
        case time(SceneTime), light(SceneLight), style(SceneStyle), lighting(SceneLibrary.Lighting)
        case tall(Bool), shelves, fire
    }

    private static let phrases: [(String, Token)] = {
        var list: [(String, Token)] = [
            ("a", .nothing), ("an", .nothing), ("and", .and), ("to the left of", .firstIsLeft),
            ("left of", .firstIsLeft), ("to the right of", .firstIsRight), ("right of", .firstIsRight),
            ("next to", .beside), ("tall", .tall(true)), ("low", .tall(false)), ("bookshelves", .shelves),
            ("shelves full of books", .shelves), ("shelves of colorful books", .shelves),
            ("shelves of books", .shelves), ("burning bonfire", .fire), ("bonfire", .fire),
            ("campfire", .fire),
            ("ball", .shape(.sphere)), ("box", .shape(.cube)), ("donut", .shape(.torus)),
            ("ring", .shape(.torus)),
            ("pill", .shape(.capsule)), ("toadstool", .shape(.mushroom)), ("fir tree", .shape(.tree)),
            ("cottage", .shape(.house)), ("grey", .colour(.gray)), ("violet", .colour(.purple)),
            ("turquoise", .colour(.cyan)), ("glossy", .material(.shiny)), ("metallic", .material(.metal)),
            ("little", .size(.small)), ("big", .size(.large)), ("medium-sized", .size(.medium)),
            ("on the left", .place(.left)), ("on the left side", .place(.left)),
            ("on the right", .place(.right)),
            ("on the right side", .place(.right)), ("in the middle", .place(.centre)),
            ("in the center", .place(.centre)), ("during the day", .time(.day)), ("in daylight", .time(.day)),
            ("on a bright day", .time(.day)), ("at sunset", .time(.sunset)), ("at dusk", .time(.sunset)),
            ("at night", .time(.night)), ("lit from the left", .light(.left)),
            ("with light from the left", .light(.left)), ("lit from the right", .light(.right)),
            ("with light from the right", .light(.right)), ("lit from above", .light(.above)),
            ("with light from above", .light(.above)), ("backlit", .light(.behind)),
            ("lit from behind", .light(.behind)), ("lit from the front", .light(.front)),
            ("with light from the front", .light(.front)), ("a photo of", .style(.photo)),
            ("a photograph of", .style(.photo)), ("a cartoon of", .style(.cartoon)),
            ("a cartoon drawing of", .style(.cartoon)), ("a line drawing of", .style(.lineDrawing)),
            ("a pencil drawing of", .style(.lineDrawing)), ("with a lamp", .lighting(.lamp)),
            ("with a glowing lamp", .lighting(.lamp)), ("with candles", .lighting(.candles)),
            ("with burning candles", .lighting(.candles)), ("in a gray studio", .somewhere([.studio], [])),
            ("in a studio", .somewhere([.studio], [])), ("on a gray background", .somewhere([.studio], [])),
            ("on a checkered floor", .somewhere([.checkered], [])),
            ("on a checkerboard floor", .somewhere([.checkered], [])),
            ("on a wooden table", .somewhere([.wooden], [])), ("on a table", .somewhere([.wooden], [])),
            ("on a green meadow", .somewhere([.meadow], [.meadow])),
            ("in a meadow", .somewhere([.meadow], [.meadow])),
            ("on the grass", .somewhere([.meadow], [.meadow])),
            ("on a sandy beach", .somewhere([.beach], [.beach])),
            ("on a beach", .somewhere([.beach], [.beach])), ("by the sea", .somewhere([.beach], [.beach])),
            ("on snow", .somewhere([.snow], [.snow])), ("in the snow", .somewhere([.snow], [.snow])),
            ("in a snowy landscape", .somewhere([.snow], [.snow])),
            ("in a forest", .somewhere([], [.forest])),
            ("in the woods", .somewhere([], [.forest])), ("in a library", .somewhere([.library], [])),
            ("in front of bookshelves", .somewhere([.library], [])),
            ("in front of bookshelves in a library", .somewhere([.library], [])),
        ]
        list += SceneShape.allCases.map { ($0.rawValue, .shape($0)) }
        list += SceneColour.allCases.map { ($0.rawValue, .colour($0)) }
        list += SceneMaterial.allCases.map { ($0.rawValue, .material($0)) }
        list += [("small", .size(.small)), ("large", .size(.large))]
        for colour in SceneColour.allCases { list.append(("with a \(colour.rawValue) roof", .roof(colour))) }
        list += [
            ("with an orange roof", .roof(.orange)), ("with a grey roof", .roof(.gray)),
            ("with a violet roof", .roof(.purple)), ("with a turquoise roof", .roof(.cyan)),
        ]
        return list
    }()

    private static let byFirstWord: [Substring: [([Substring], Token)]] = {
        var table: [Substring: [([Substring], Token)]] = [:]
        for (phrase, token) in phrases {
            let words = phrase.split(separator: " ")
            table[words[0], default: []].append((words, token))
        }
        return table.mapValues { $0.sorted { $0.0.count > $1.0.count } }
    }()

    static func read(_ caption: String) throws -> CaptionClaims {
        var rest = caption.split(whereSeparator: { $0 == " " || $0 == "," })[...]
        var claims = CaptionClaims()
        var open = CaptionClaims.Thing()
        var relation: Token = .nothing
        while let word = rest.first {
            guard let match = byFirstWord[word]?.first(where: { rest.starts(with: $0.0) }) else {
                throw Unreadable(caption: caption, rest: rest.joined(separator: " "))
            }
            rest = rest.dropFirst(match.0.count)
            let last = claims.things.count - 1
            switch match.1 {
            case .nothing, .and: break
            case .shape(let shape):
                open.shape = shape
                claims.things.append(open)
                open = CaptionClaims.Thing()
            case .colour(let colour): open.colour = colour
            case .material(let material): open.material = material
            case .size(let size): open.size = size
            case .roof(let colour) where last >= 0: claims.things[last].colour = colour
            case .place(let place) where last >= 0: claims.things[last].place = place
            case .firstIsLeft, .firstIsRight, .beside: relation = match.1
            case .somewhere(let settings, let grounds):
                claims.settings = settings
                claims.grounds = grounds
            case .time(let time): claims.time = time
            case .light(let light): claims.light = light
            case .style(let style): claims.style = style
            case .lighting(let lighting): claims.lighting = lighting
            case .tall(let tall): claims.tall = tall
            case .shelves: claims.shelves = true
            case .fire:
                claims.fire = true
                claims.things.append(open)
                open = CaptionClaims.Thing()
            case .roof, .place: throw Unreadable(caption: caption, rest: "nothing to attach to")
            }
        }
        switch relation {
        case .firstIsLeft: claims.order = claims.things
        case .firstIsRight: claims.order = claims.things.reversed()
        default:
            if claims.things.map(\.place) == [.left, .right] { claims.order = claims.things }
            if claims.things.map(\.place) == [.right, .left] { claims.order = claims.things.reversed() }
        }
        return claims
    }
}
