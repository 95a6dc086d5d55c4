/// Which caption of a scene is wanted.
public enum SceneCaption: Hashable, Sendable {
    /// A natural sentence for training: wording and which attributes it states vary with the number.
    case varied(UInt64)
    /// Every attribute that can be seen, in fixed words: for evaluation.
    case full
    /// The fewest words that name the picture: the thing with its colour, and the setting.
    case short
}

/// Writes one caption of a scene.
///
/// A line drawing shows neither colour, material nor time, so no caption of one states them; of its light only the side
/// that the hatching tells is stated.
struct SceneWriter {
    private let scene: SceneAttributes
    private let kind: SceneCaption
    private var random: SplitMix
    /// The finished sentence, without a full stop.
    private(set) var sentence = ""

    init(_ scene: SceneAttributes, kind: SceneCaption, seed: UInt64) {
        self.scene = scene
        self.kind = kind
        if case .varied(let variant) = kind {
            random = SplitMix(seed, 0xCA97, variant)
        } else {
            random = SplitMix(0)
        }
        sentence = write()
    }

    private var isDrawing: Bool { scene.style == .lineDrawing }

    /// True when this part is to be stated: always in full captions, never in short ones, sometimes in varied ones.
    private mutating func states(_ probability: Double) -> Bool {
        switch kind {
        case .varied: return random.chance(probability)
        case .full: return true
        case .short: return false
        }
    }

    /// One of the words: the first half of the time or more, always the first in fixed captions.
    private mutating func word(_ all: [String]) -> String? {
        let words = isDrawing ? all.filter { !SceneWords.needsColour($0) } : all
        guard case .varied = kind, words.count > 1, random.chance(0.45) else { return words.first }
        return random.pick(words)
    }

    private mutating func write() -> String {
        var body: String
        switch scene.setting {
        case .bonfire: body = bonfire()
        case .library where scene.objects.isEmpty: body = library()
        default: body = things()
        }
        switch scene.style {
        case .photo: if states(0.18), let word = word(SceneWords.style(.photo)) { body = word + " " + body }
        case .cartoon, .lineDrawing:
            if let word = word(SceneWords.style(scene.style)) { body = word + " " + body }
        }
        return body
    }

    private mutating func things() -> String {
        var parts: [String] = []
        if scene.objects.count == 2 {
            parts.append(pair(phrase(scene.objects[0]), phrase(scene.objects[1])))
        } else if let object = scene.objects.first {
            parts.append(phrase(object))
            if states(object.place == .centre ? 0.3 : 0.85), let place = word(SceneWords.place(object.place))
            {
                parts.append(place)
            }
        }
        if kind == .short || states(0.9), let place = word(SceneWords.setting(scene.setting)) {
            parts.append(place)
        }
        if let library = scene.library, states(0.8), let lamp = word(SceneWords.lighting(library.lighting)) {
            parts.append(lamp)
        }
        time().map { parts.append($0) }
        var sentence = parts.joined(separator: " ")
        if let light = scene.light, !isDrawing || light == .left || light == .right, states(0.6),
            let word = word(SceneWords.light(light))
        {
            sentence += ", " + word
        }
        return sentence
    }

    private mutating func pair(_ left: String, _ right: String) -> String {
        guard case .varied = kind else { return "\(left) to the left of \(right)" }
        switch random.weighted([3, 3, 2, 1, 1, 1, 1, 1]) {
        case 0: return "\(left) to the left of \(right)"
        case 1: return "\(right) to the right of \(left)"
        case 2: return "\(left) on the left and \(right) on the right"
        case 3: return "\(right) on the right and \(left) on the left"
        case 4: return "\(left) left of \(right)"
        case 5: return "\(right) right of \(left)"
        case 6: return "\(left) next to \(right)"
        default: return random.chance(0.5) ? "\(left) and \(right)" : "\(right) and \(left)"
        }
    }

    private mutating func phrase(_ object: SceneObject) -> String {
        var words: [String] = []
        if states(object.size == .medium ? 0.15 : 0.7) {
            word(SceneWords.size(object.size)).map { words.append($0) }
        }
        let coloured = !isDrawing && (kind == .short || states(0.93))
        let roof = coloured && object.shape == .house && kind != .short && kind != .full && random.chance(0.3)
        let colour = coloured ? word(SceneWords.colour(object.colour)) : nil
        if let colour, !roof { words.append(colour) }
        if !isDrawing, !object.shape.isComposite, states(object.material == .matte ? 0.3 : 0.85) {
            word(SceneWords.material(object.material)).map { words.append($0) }
        }
        word(SceneWords.shape(object.shape)).map { words.append($0) }
        let thing = Self.withArticle(words.joined(separator: " "))
        if let colour, roof { return thing + " with " + Self.withArticle(colour + " roof") }
        return thing
    }

    private mutating func library() -> String {
        var parts: [String] = []
        let tall = scene.library?.tall ?? false
        let shelves = word(SceneWords.shelves) ?? "bookshelves"
        parts.append(states(tall ? 0.6 : 0.4) ? (tall ? "tall " : "low ") + shelves : shelves)
        if kind == .short || states(0.85) { parts.append("in a library") }
        if let library = scene.library, states(0.85), let lamp = word(SceneWords.lighting(library.lighting)) {
            parts.append(lamp)
        }
        time().map { parts.append($0) }
        return parts.joined(separator: " ")
    }

    private mutating func bonfire() -> String {
        guard let fire = scene.bonfire else { return "a bonfire" }
        var parts: [String] = []
        let noun = word(SceneWords.fire) ?? "bonfire"
        if states(fire.size == .medium ? 0.12 : 0.65), let size = word(SceneWords.size(fire.size)) {
            parts.append(Self.withArticle(size + " " + noun))
        } else {
            parts.append(Self.withArticle(noun))
        }
        if states(fire.place == .centre ? 0.2 : 0.8), let place = word(SceneWords.place(fire.place)) {
            parts.append(place)
        }
        if states(0.75), let ground = word(SceneWords.ground(fire.ground)) { parts.append(ground) }
        time().map { parts.append($0) }
        return parts.joined(separator: " ")
    }

    private mutating func time() -> String? {
        let day = scene.time == .day
        guard !isDrawing, states(day ? 0.2 : 0.9) else { return nil }
        return word(SceneWords.time(scene.time, outdoors: scene.setting.isOutdoors))
    }

    static func withArticle(_ phrase: String) -> String {
        ("aeiou".contains(phrase.prefix(1)) ? "an " : "a ") + phrase
    }
}
