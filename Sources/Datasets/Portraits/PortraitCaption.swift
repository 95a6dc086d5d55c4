/// Writes one caption of a portrait; the kinds are those of the scenes.
///
/// The short one names the person, and the face unless it is neutral.
struct PortraitWriter {
    private let portrait: PortraitAttributes
    private let kind: SceneCaption
    private var random: SplitMix
    /// The finished sentence, without a full stop.
    private(set) var sentence = ""

    init(_ portrait: PortraitAttributes, kind: SceneCaption, seed: UInt64) {
        self.portrait = portrait
        self.kind = kind
        if case .varied(let variant) = kind {
            random = SplitMix(seed, 0xCA97, variant)
        } else {
            random = SplitMix(0)
        }
        sentence = write()
    }

    /// True when this part is to be stated: always in full captions, never in short ones, sometimes in varied ones.
    private mutating func states(_ probability: Double) -> Bool {
        switch kind {
        case .varied: return random.chance(probability)
        case .full: return true
        case .short: return false
        }
    }

    /// One of the words: the first half of the time or more, always the first in fixed captions.
    private mutating func word(_ words: [String]) -> String? {
        guard case .varied = kind, words.count > 1, random.chance(0.45) else { return words.first }
        return random.pick(words)
    }

    private mutating func write() -> String {
        var sentence = person()
        let traits = traits()
        if !traits.isEmpty { sentence += " with " + Self.listed(traits) }
        if let worn = worn() { sentence += " " + worn }
        if states(portrait.gaze == .ahead ? 0.1 : 0.7), let gaze = word(PortraitWords.gaze(portrait.gaze)) {
            sentence += " " + gaze
        }
        if states(0.7), let place = word(PortraitWords.background(portrait.background)) {
            sentence += " " + place
        }
        if states(portrait.light == .front ? 0.12 : 0.5),
            let light = word(PortraitWords.light(portrait.light))
        {
            sentence += ", " + light
        }
        return states(0.3) ? "a portrait of " + sentence : sentence
    }

    /// Who it is, with expression and baldness before the noun.
    private mutating func person() -> String {
        var words: [String] = []
        let plain = portrait.expression == .neutral
        if kind == .short ? !plain : states(plain ? 0.15 : 0.88) {
            word(PortraitWords.expression(portrait.expression)).map { words.append($0) }
        }
        if portrait.hairStyle == .bald, states(0.8) { words.append("bald") }
        word(PortraitWords.role(portrait.role)).map { words.append($0) }
        return SceneWriter.withArticle(words.joined(separator: " "))
    }

    /// Skin, hair and beard.
    private mutating func traits() -> [String] {
        var traits: [String] = []
        if states(0.45), let skin = word(PortraitWords.skin(portrait.skin)) { traits.append(skin) }
        let hasHair = portrait.hairStyle != .bald
        if hasHair, states(0.7) {
            let colour = states(0.85) ? word(PortraitWords.hairColour(portrait.hairColour)) : nil
            let words = PortraitWords.hair(
                portrait.hairStyle, colour: colour, female: portrait.role.isFemale)
            // A style that everybody of the kind wears may stay unsaid.
            if portrait.hairStyle == .short, let colour, case .varied = kind, random.chance(0.3) {
                traits.append(colour + " hair")
            } else {
                word(words).map { traits.append(PortraitWords.repaired($0)) }
            }
        }
        if portrait.beard != .none, states(0.8), let beard = word(PortraitWords.beard(portrait.beard)) {
            let stated = !hasHair && states(0.8)
            let colour = stated ? word(PortraitWords.hairColour(portrait.hairColour)) : nil
            traits.append(SceneWriter.withArticle((colour.map { $0 + " " } ?? "") + beard))
        }
        return traits
    }

    /// Glasses, hat and clothes.
    private mutating func worn() -> String? {
        var things: [String] = []
        if portrait.glasses != .none, states(0.88),
            let glasses = word(PortraitWords.glasses(portrait.glasses))
        {
            things.append(glasses)
        }
        if let gear = portrait.headgear, states(0.85), let hat = word(PortraitWords.hat(gear.hat)) {
            let colour = states(0.85) ? gear.colour.rawValue + " " : ""
            things.append(SceneWriter.withArticle(colour + hat))
        } else if !portrait.role.isPlain, kind != .full, states(0.12),
            let hat = word(PortraitWords.ownHat(portrait.role))
        {
            things.append(hat)
        }
        if states(0.6) {
            let words = PortraitWords.clothes(
                portrait.garment, portrait.role, colour: portrait.clothes.rawValue)
            word(words).map { things.append(PortraitWords.repaired($0)) }
        }
        return things.isEmpty ? nil : "wearing " + Self.listed(things)
    }

    /// Joins with commas and a last "and".
    private static func listed(_ things: [String]) -> String {
        guard let last = things.last, things.count > 1 else { return things.first ?? "" }
        return things.dropLast().joined(separator: ", ") + " and " + last
    }
}
