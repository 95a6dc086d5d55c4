import Images

/// The world of stamps: photographs of things, set into the settings of the scenes with shadow and tint.
///
/// All results depend only on the options, the index and the stamps that are installed.
public struct StampWorld: PictureWorld {
    /// Which pictures, and how large.
    public let options: WorldOptions
    private let collection: StampCollection
    /// Places in the collection by category.
    private let places: [StampCategory: [Int]]

    /// Opens the world; the system's stamps serve when no collection is given.
    ///
    /// - Throws: `DatasetError.missingSource` or `.unusableSource`; `.badOption` when the size makes no picture.
    public init(
        _ options: WorldOptions = WorldOptions(), collection: StampCollection? = nil
    ) throws(DatasetError) {
        try options.validate()
        self.options = options
        let all: StampCollection
        if let collection { all = collection } else { all = try StampCollection() }
        self.collection = all
        places = Dictionary(grouping: all.stamps.indices) { all.stamps[$0].category }
    }

    /// How many photographs there are.
    public var stampCount: Int { collection.stamps.count }

    /// `stamps`.
    public var name: String { "stamps" }
    /// Width and height of the pictures in pixels.
    public var resolution: Int { options.resolution }
    /// Which part of the world is numbered.
    public var split: SceneSplit { options.split }
    /// `StampLabels.questions`.
    public var questions: [LabelQuestion] { WorldName.stamps.questions }

    /// The attributes of one index; any index will do.
    public func attributes(at index: Int) -> StampAttributes { draw(index).attributes }

    /// A caption of one index.
    public func caption(at index: Int, kind: SceneCaption = .varied(0)) -> String {
        StampWriter(attributes(at: index), kind: kind, seed: options.key(index)).sentence
    }

    /// The sentence and the labels of one index.
    public func words(at index: Int, kind: SceneCaption) -> WorldWords {
        WorldWords(caption: caption(at: index, kind: kind), labels: attributes(at: index).labels)
    }

    /// The attributes of one index.
    public func record(at index: Int) -> WorldRecord { .stamp(attributes(at: index)) }

    /// The picture of one index, and where the thing is.
    ///
    /// - Throws: Never for a world whose options were valid, as they are when it was opened.
    public func painting(at index: Int) throws(DatasetError) -> WorldPainting {
        let (place, attributes) = draw(index)
        var random = SplitMix(options.key(index), 0x919)
        let empty = SceneAttributes(
            objects: [], setting: attributes.setting, time: attributes.time, light: attributes.light)
        let background = try Scene(empty, seed: random.next()).picture(resolution: resolution)
        let stamp = collection.stamps[place]
        let (width, height) = (Float(stamp.picture.width), Float(stamp.picture.height))
        let share, foot: Float
        switch attributes.size {
        case .small: (share, foot) = (random.between(0.32, 0.40), random.between(0.76, 0.82))
        case .medium: (share, foot) = (random.between(0.48, 0.58), random.between(0.83, 0.88))
        case .large: (share, foot) = (random.between(0.66, 0.76), random.between(0.90, 0.95))
        }
        let scale = share / max(width, height)
        let wish: Float = attributes.place == .left ? 0.29 : (attributes.place == .right ? 0.71 : 0.5)
        let half = width * scale / 2
        let x = half < 0.48 ? clamp(wish + random.between(-0.03, 0.03), half + 0.015, 0.985 - half) : 0.5
        let side = Float(resolution)
        let slant: Float = attributes.light == .left ? 1 : (attributes.light == .right ? -1 : 0)
        return CutOut(stamp.picture).set(
            into: background,
            CutOut.Placement(
                x: x * side, y: (foot - height * scale / 2) * side, scale: scale * side,
                mirrored: stamp.mayMirror && random.chance(0.5), tint: Self.tint(attributes.time)),
            shadow: CutOut.Shadow(
                sideways: slant * 0.45, upward: slant == 0 ? 0.10 : 0.24,
                strength: attributes.time == .night ? 0.4 : 0.55))
    }

    /// What the light of a time of day does to colours.
    private static func tint(_ time: SceneTime) -> Vector {
        switch time {
        case .day: return Vector(1, 1, 1)
        case .sunset: return Vector(1.05, 0.84, 0.68)
        case .night: return Vector(0.42, 0.48, 0.68)
        }
    }

    /// Which stamp an index shows, and how.
    private func draw(_ index: Int) -> (place: Int, attributes: StampAttributes) {
        var random = SplitMix(options.key(index), 4)
        if split == .heldout {
            let possible = HeldOutStamp.allCases.filter { places[$0.category] != nil }
            guard !possible.isEmpty else { return anything(&random, among: Array(collection.stamps.indices)) }
            let combination = random.pick(possible)
            var drawn = anything(&random, among: places[combination.category] ?? [])
            combination.impose(on: &drawn.attributes, &random)
            return drawn
        }
        var drawn = anything(&random, among: Array(collection.stamps.indices))
        for _ in 0..<64 where !drawn.attributes.heldOutCombinations.isEmpty {
            drawn = anything(&random, among: Array(collection.stamps.indices))
        }
        return drawn
    }

    private func anything(
        _ random: inout SplitMix, among choices: [Int]
    ) -> (place: Int, attributes: StampAttributes) {
        let place = choices.isEmpty ? 0 : random.pick(choices)
        let stamp = collection.stamps[place]
        let setting = random.pick(StampLabels.settings)
        let size = SceneSize.allCases[random.weighted([1, 2, 2])]
        let times: [SceneTime] = setting.isOutdoors ? [.day, .day, .sunset, .night] : [.day, .day, .night]
        return (
            place,
            StampAttributes(
                stamp: stamp.file, title: stamp.title, category: stamp.category,
                size: size, place: size == .large ? .centre : random.pick(ScenePlace.allCases),
                setting: setting, time: random.pick(times), light: random.pick(StampLabels.lights))
        )
    }
}
