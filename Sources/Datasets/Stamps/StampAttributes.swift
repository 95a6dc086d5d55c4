/// The kinds of stamp that are photographs of things.
public enum StampCategory: String, Codable, CaseIterable, Sendable {
    case animals, clothes, food, hobbies, household, people, plants, sports, vehicles
}

/// Everything about a picture of a stamp that a caption may state.
public struct StampAttributes: Codable, Hashable, Sendable {
    /// The stamp's file within the folder of stamps, without its ending.
    public var stamp: String
    /// What it shows, such as "a red kangaroo".
    public var title: String
    /// What kind of thing it is.
    public var category: StampCategory
    /// How big it is in the picture.
    public var size: SceneSize
    /// Where it stands.
    public var place: ScenePlace
    /// Where it is; one of the scenes' six plain settings.
    public var setting: SceneSetting
    /// When it is.
    public var time: SceneTime
    /// Where the light comes from: left, right or above.
    public var light: SceneLight

    /// The held-out combinations that this picture holds.
    public var heldOutCombinations: [HeldOutStamp] { HeldOutStamp.allCases.filter { $0.occurs(in: self) } }

    /// The number of the answer to each of `StampLabels.questions`.
    public var labels: [Int] {
        func index<Value: Equatable>(_ value: Value, _ all: [Value]) -> Int {
            all.firstIndex(of: value) ?? SceneLabels.notApplicable
        }
        return [
            index(category, StampCategory.allCases), index(size, SceneSize.allCases),
            index(place, ScenePlace.allCases), index(setting, StampLabels.settings),
            index(time, SceneTime.allCases), index(light, StampLabels.lights),
        ]
    }
}

/// What a picture of a stamp shows, as answers to a fixed list of questions.
public enum StampLabels {
    static let settings: [SceneSetting] = [.studio, .checkered, .wooden, .meadow, .beach, .snow]
    static let lights: [SceneLight] = [.left, .right, .above]

    /// All questions.
    public static let questions: [LabelQuestion] = [
        LabelQuestion(name: "category", answers: StampCategory.allCases.map(\.rawValue)),
        LabelQuestion(name: "size", answers: SceneSize.allCases.map(\.rawValue)),
        LabelQuestion(name: "place", answers: ScenePlace.allCases.map(\.rawValue)),
        LabelQuestion(name: "setting", answers: settings.map(\.rawValue)),
        LabelQuestion(name: "time", answers: SceneTime.allCases.map(\.rawValue)),
        LabelQuestion(name: "light", answers: lights.map(\.rawValue)),
    ]
}

/// A combination that never occurs among the stamps that training sees, although each part of it does.
public enum HeldOutStamp: String, Codable, CaseIterable, Sendable {
    /// An animal on a wooden table.
    case animalOnTable
    /// Food in the snow.
    case foodOnSnow
    /// A plant at sunset.
    case plantAtSunset
    /// A vehicle at night.
    case vehicleAtNight

    /// What kind of thing it concerns.
    var category: StampCategory {
        switch self {
        case .animalOnTable: return .animals
        case .foodOnSnow: return .food
        case .plantAtSunset: return .plants
        case .vehicleAtNight: return .vehicles
        }
    }

    /// True when the picture holds this combination.
    public func occurs(in picture: StampAttributes) -> Bool {
        guard picture.category == category else { return false }
        switch self {
        case .animalOnTable: return picture.setting == .wooden
        case .foodOnSnow: return picture.setting == .snow
        case .plantAtSunset: return picture.time == .sunset
        case .vehicleAtNight: return picture.time == .night
        }
    }

    /// Changes setting and time so that a thing of this category makes the combination.
    func impose(on picture: inout StampAttributes, _ random: inout SplitMix) {
        switch self {
        case .animalOnTable: picture.setting = .wooden
        case .foodOnSnow: picture.setting = .snow
        case .plantAtSunset:
            if !picture.setting.isOutdoors { picture.setting = random.pick([.meadow, .beach, .snow]) }
            picture.time = .sunset
        case .vehicleAtNight: picture.time = .night
        }
        if !picture.setting.isOutdoors, picture.time == .sunset { picture.time = .day }
    }
}

/// Writes one caption of a stamp; the kinds are those of the scenes.
struct StampWriter {
    private let kind: SceneCaption
    private var random: SplitMix
    /// The finished sentence, without a full stop.
    private(set) var sentence = ""

    init(_ picture: StampAttributes, kind: SceneCaption, seed: UInt64) {
        self.kind = kind
        if case .varied(let variant) = kind {
            random = SplitMix(seed, 0xCA97, variant)
        } else {
            random = SplitMix(0)
        }
        sentence = write(picture)
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

    private mutating func write(_ picture: StampAttributes) -> String {
        var parts = [picture.title]
        if states(0.4), let photo = word(SceneWords.style(.photo)) { parts[0] = photo + " " + parts[0] }
        if states(picture.place == .centre ? 0.2 : 0.8), let place = word(SceneWords.place(picture.place)) {
            parts.append(place)
        }
        if kind == .short || states(0.85), let setting = word(SceneWords.setting(picture.setting)) {
            parts.append(setting)
        }
        if states(picture.time == .day ? 0.2 : 0.85),
            let time = word(SceneWords.time(picture.time, outdoors: picture.setting.isOutdoors))
        {
            parts.append(time)
        }
        let sentence = parts.joined(separator: " ")
        guard states(0.4), let light = word(SceneWords.light(picture.light)) else { return sentence }
        return sentence + ", " + light
    }
}
