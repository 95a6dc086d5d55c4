/// The worlds that there are, by the names of recipes and the command line.
public enum WorldName: String, Codable, CaseIterable, Sendable {
    /// Things in three dimensions, drawn from nothing.
    case scenes
    /// Painted faces, drawn from nothing.
    case portraits
    /// The pictures of a colour font.
    case emoji
    /// Photographs of things, set into the scenes' settings.
    case stamps

    /// What can be asked about its pictures, in the order of their labels.
    public var questions: [LabelQuestion] {
        switch self {
        case .scenes: SceneLabels.questions
        case .portraits: PortraitLabels.questions
        case .emoji: EmojiLabels.questions
        case .stamps: StampLabels.questions
        }
    }

    /// Opens this world; the scenes with their default options.
    ///
    /// - Throws: `DatasetError.missingSource` or `.unusableSource` when what it is made of is not installed;
    ///   `.badOption` when the size makes no picture.
    public func open(_ options: WorldOptions) throws(DatasetError) -> any PictureWorld {
        switch self {
        case .scenes:
            var scenes = SceneOptions()
            (scenes.seed, scenes.resolution) = (options.seed, options.resolution)
            return try SceneWorld(scenes, split: options.split)
        case .portraits: return try PortraitWorld(options)
        case .emoji: return try EmojiWorld(options)
        case .stamps: return try StampWorld(options)
        }
    }
}
