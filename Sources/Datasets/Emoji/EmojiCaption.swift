/// Writes one caption of an emoji; the kinds are those of the scenes.
struct EmojiWriter {
    private let picture: EmojiAttributes
    private let kind: SceneCaption
    private var random: SplitMix
    /// The finished sentence, without a full stop.
    private(set) var sentence = ""

    init(_ picture: EmojiAttributes, kind: SceneCaption, seed: UInt64) {
        (self.picture, self.kind) = (picture, kind)
        if case .varied(let variant) = kind {
            random = SplitMix(seed, 0xCA97, variant)
        } else {
            random = SplitMix(0)
        }
        sentence = write()
    }

    private mutating func states(_ probability: Double) -> Bool {
        switch kind {
        case .varied: return random.chance(probability)
        case .full: return true
        case .short: return false
        }
    }

    private mutating func word(_ words: [String]) -> String? {
        guard case .varied = kind, words.count > 1, random.chance(0.45) else { return words.first }
        return random.pick(words)
    }

    private mutating func write() -> String {
        let tone = kind == .short || states(0.85)
        var sentence = Self.phrase(picture.emoji, withTone: tone)
        let sized = states(picture.size == .medium ? 0.1 : 0.4) ? word(SceneWords.size(picture.size)) : nil
        if let sized {
            sentence = SceneWriter.withArticle(sized + " emoji of ") + sentence
        } else if states(0.3) {
            sentence = "an emoji of " + sentence
        }
        if states(picture.place == .centre ? 0.15 : 0.8), let place = word(SceneWords.place(picture.place)) {
            sentence += " " + place
        }
        if states(0.7), let background = word(background) { sentence += " " + background }
        return sentence
    }

    private var background: [String] {
        let first = SceneWords.colour(picture.colour)
        guard let second = picture.second else {
            return first.flatMap { colour in
                ["on a \(colour) background", "in front of a \(colour) background"].map(
                    PortraitWords.repaired)
            }
        }
        return first.flatMap { one in
            SceneWords.colour(second).flatMap { two in
                [
                    "on a background that fades from \(one) to \(two)", "on a gradient from \(one) to \(two)",
                ]
            }
        }
    }

    /// What an emoji shows, in words made from its name.
    static func phrase(_ emoji: EmojiEntry, withTone: Bool = true) -> String {
        let base = emoji.base
        let others = emoji.details.filter { !$0.hasSuffix(" skin tone") }
        switch base {
        case "flag": return "the flag of " + others.joined(separator: ", ")
        case "keycap": return "the keycap " + others.joined(separator: ", ")
        default: break
        }
        var phrase = base
        let first = base.prefix(while: { $0 != " " })
        if persons.contains(String(first)) { phrase = SceneWriter.withArticle(phrase) }
        let people = others.filter { persons.contains($0.prefix { $0 != " " }.description) }
        var traits = others.filter { !people.contains($0) }.map { $0 == "bald" ? "a bald head" : $0 }
        traits = traits.map { $0 == "beard" ? "a beard" : $0 }
        let tones = withTone ? emoji.tones.map(\.rawValue) : []
        if !tones.isEmpty { traits.insert(tones.joined(separator: " and ") + " skin", at: 0) }
        if !people.isEmpty { phrase += " of " + listed(people) }
        if !traits.isEmpty { phrase += " with " + listed(traits) }
        return phrase
    }

    private static let persons: Set<String> = [
        "man", "woman", "person", "boy", "girl", "child", "baby", "prince", "princess", "kiss", "couple",
        "family",
    ]

    private static func listed(_ things: [String]) -> String {
        guard let last = things.last, things.count > 1 else { return things.first ?? "" }
        return things.dropLast().joined(separator: ", ") + " and " + last
    }
}
