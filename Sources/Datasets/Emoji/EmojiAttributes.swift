/// Everything about a picture of an emoji that a caption may state.
public struct EmojiAttributes: Codable, Hashable, Sendable {
    /// Which emoji.
    public var emoji: EmojiEntry
    /// How big it is.
    public var size: SceneSize
    /// Where it is; large ones are in the middle.
    public var place: ScenePlace
    /// The colour behind it.
    public var colour: SceneColour
    /// The colour that the background fades to; nil for a plain one.
    public var second: SceneColour?

    /// Describes a picture.
    public init(
        _ emoji: EmojiEntry, size: SceneSize = .large, place: ScenePlace = .centre,
        colour: SceneColour = .white,
        second: SceneColour? = nil
    ) {
        (self.emoji, self.size, self.place, self.colour, self.second) = (emoji, size, place, colour, second)
    }

    /// The number of the answer to each of `EmojiLabels.questions`; −1 where a question does not apply.
    public var labels: [Int] {
        func index<Value: CaseIterable & Equatable>(_ value: Value?) -> Int {
            value.flatMap { Array(Value.allCases).firstIndex(of: $0) } ?? SceneLabels.notApplicable
        }
        let tones = emoji.tones
        let first = emoji.base.prefix(while: { $0 != " " })
        let gender: Int
        switch first {
        case "man", "men", "boy", "prince": gender = 0
        case "woman", "women", "girl", "princess": gender = 1
        default: gender = SceneLabels.notApplicable
        }
        return [
            EmojiLabels.groups.firstIndex(of: emoji.group) ?? SceneLabels.notApplicable, gender,
            tones.count == 1 ? index(tones.first) : SceneLabels.notApplicable, index(size), index(place),
            index(colour), index(second),
        ]
    }
}

/// What a picture of an emoji shows, as answers to a fixed list of questions.
public enum EmojiLabels {
    /// The groups of the Unicode list that have pictures of their own.
    static let groups = [
        "Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink", "Travel & Places",
        "Activities",
        "Objects", "Symbols", "Flags",
    ]

    /// All questions.
    public static let questions: [LabelQuestion] = [
        LabelQuestion(name: "group", answers: groups),
        LabelQuestion(name: "gender", answers: ["male", "female"]),
        LabelQuestion(name: "skin tone", answers: EmojiTone.allCases.map(\.rawValue)),
        LabelQuestion(name: "size", answers: SceneSize.allCases.map(\.rawValue)),
        LabelQuestion(name: "place", answers: ScenePlace.allCases.map(\.rawValue)),
        LabelQuestion(name: "background", answers: SceneColour.allCases.map(\.rawValue)),
        LabelQuestion(name: "second colour", answers: SceneColour.allCases.map(\.rawValue)),
    ]
}

/// A combination that never occurs among the emoji that training sees, although each part of it does.
public enum HeldOutEmoji: String, Codable, CaseIterable, Sendable {
    /// Of most people and gestures one of the five skin tones.
    case toneOfPerson
    /// An animal or plant with purple behind it.
    case animalOnPurple
    /// Food or drink with blue behind it.
    case foodOnBlue
    /// A face or heart with green behind it.
    case smileyOnGreen

    /// True when the picture holds this combination.
    public func occurs(in picture: EmojiAttributes) -> Bool {
        switch self {
        case .toneOfPerson: return Self.holdsOutTone(picture.emoji)
        case .animalOnPurple, .foodOnBlue, .smileyOnGreen:
            guard let (group, colour) = pair else { return false }
            return picture.emoji.group == group && (picture.colour == colour || picture.second == colour)
        }
    }

    /// The group and the colour that never meet.
    var pair: (group: String, colour: SceneColour)? {
        switch self {
        case .toneOfPerson: return nil
        case .animalOnPurple: return ("Animals & Nature", .purple)
        case .foodOnBlue: return ("Food & Drink", .blue)
        case .smileyOnGreen: return ("Smileys & Emotion", .green)
        }
    }

    /// True for the one tone of a person that is held out; every sixth person has none.
    static func holdsOutTone(_ emoji: EmojiEntry) -> Bool {
        let tones = emoji.tones
        guard tones.count == 1, let tone = EmojiTone.allCases.firstIndex(of: tones[0]) else { return false }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in emoji.base.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SplitMix.mixed(hash) % 6 == UInt64(tone)
    }
}

extension EmojiAttributes {
    /// The held-out combinations that this picture holds.
    public var heldOutCombinations: [HeldOutEmoji] { HeldOutEmoji.allCases.filter { $0.occurs(in: self) } }
}
