public import Datasets

/// What a score card marks, by the name that stands on it.
public struct ScoredAttribute: RawRepresentable, Codable, Hashable, Sendable {
    /// The name.
    public let rawValue: String

    /// The attribute of a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    private init(_ name: String) { rawValue = name }

    /// All that is marked of a world, in the order of its score card.
    ///
    /// Of the scenes, questions about several places count together as one attribute; of the other worlds, each question is an
    /// attribute of its name.
    public static func all(of world: WorldName) -> [ScoredAttribute] {
        let own = world == .scenes ? ofScenes : world.questions.map { ScoredAttribute($0.name) }
        return own + [.combination, .everything]
    }

    private static let ofScenes: [ScoredAttribute] =
        [.place, .shape, .colour, .size, .material] + ofWholeScenes + [.pairShapes, .pairColours, .pair]

    /// The attributes of scenes that are one question each, in the order of `SceneLabels.questions`.
    static let ofWholeScenes: [ScoredAttribute] = [
        .setting, .time, .light, .style, .shelves, .libraryLight, .fireGround, .fireSize, .firePlace,
    ]

    /// Things stand at exactly the places where they should.
    public static let place = ScoredAttribute("place")
    /// A thing's shape, at its place.
    public static let shape = ScoredAttribute("shape")
    /// A thing's colour, at its place.
    public static let colour = ScoredAttribute("colour")
    /// A thing's size, at its place.
    public static let size = ScoredAttribute("size")
    /// A thing's material, at its place.
    public static let material = ScoredAttribute("material")
    /// Where the scene is.
    public static let setting = ScoredAttribute("setting")
    /// When it is.
    public static let time = ScoredAttribute("time")
    /// Where the light comes from.
    public static let light = ScoredAttribute("light")
    /// Photograph, cartoon or line drawing.
    public static let style = ScoredAttribute("style")
    /// Low or tall shelves.
    public static let shelves = ScoredAttribute("shelves")
    /// What lights a library.
    public static let libraryLight = ScoredAttribute("library light")
    /// What a fire burns on.
    public static let fireGround = ScoredAttribute("fire ground")
    /// How big a fire is.
    public static let fireSize = ScoredAttribute("fire size")
    /// Where a fire burns.
    public static let firePlace = ScoredAttribute("fire place")
    /// Both shapes of a pair on the right sides.
    public static let pairShapes = ScoredAttribute("pair: shapes")
    /// Both colours of a pair on the right sides.
    public static let pairColours = ScoredAttribute("pair: colours")
    /// Both things of a pair with the right shape and colour on the right sides.
    public static let pair = ScoredAttribute("pair: both")
    /// The combination that training never showed.
    public static let combination = ScoredAttribute("combination")
    /// Every question that the caption answers.
    public static let everything = ScoredAttribute("everything")
}
