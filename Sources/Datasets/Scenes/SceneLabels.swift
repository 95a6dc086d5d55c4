/// One thing that can be asked about a picture, with its possible answers.
public struct LabelQuestion: Hashable, Sendable {
    /// What is asked, such as `left colour`.
    public let name: String
    /// The answers, in the order of their numbers.
    public let answers: [String]

    /// A question.
    public init(name: String, answers: [String]) { (self.name, self.answers) = (name, answers) }
}

/// What a scene shows, as answers to a fixed list of questions: for networks that learn to read captions or pictures.
public enum SceneLabels {
    /// The number that stands for "does not apply".
    public static let notApplicable = -1

    /// The answer of a question about a thing where none stands.
    public static let nothing = "nothing"

    /// All questions: four about what stands at each of the three places, then those about the whole picture.
    public static let questions: [LabelQuestion] =
        ScenePlace.allCases.flatMap { place in
            [
                LabelQuestion(
                    name: "\(place.rawValue) shape", answers: names(SceneShape.self, orNothing: true)),
                LabelQuestion(
                    name: "\(place.rawValue) colour", answers: names(SceneColour.self, orNothing: true)),
                LabelQuestion(
                    name: "\(place.rawValue) size", answers: names(SceneSize.self, orNothing: true)),
                LabelQuestion(
                    name: "\(place.rawValue) material", answers: names(SceneMaterial.self, orNothing: true)),
            ]
        } + [
            LabelQuestion(name: "setting", answers: names(SceneSetting.self)),
            LabelQuestion(name: "time", answers: names(SceneTime.self)),
            LabelQuestion(name: "light", answers: names(SceneLight.self)),
            LabelQuestion(name: "style", answers: names(SceneStyle.self)),
            LabelQuestion(name: "shelves", answers: ["low", "tall"]),
            LabelQuestion(name: "library light", answers: names(SceneLibrary.Lighting.self)),
            LabelQuestion(name: "fire ground", answers: names(SceneBonfire.Ground.self)),
            LabelQuestion(name: "fire size", answers: names(SceneSize.self)),
            LabelQuestion(name: "fire place", answers: names(ScenePlace.self)),
        ]

    private static func names<Value: RawRepresentable & CaseIterable>(
        _ type: Value.Type, orNothing: Bool = false
    ) -> [String] where Value.RawValue == String {
        type.allCases.map(\.rawValue) + (orNothing ? [nothing] : [])
    }
}

extension SceneAttributes {
    /// The number of the answer to each of `SceneLabels.questions`; −1 where a question does not apply.
    ///
    /// In a line drawing nobody sees colour, material or time, so these do not apply there.
    public var labels: [Int] {
        let drawing = style == .lineDrawing
        var labels: [Int] = []
        for place in ScenePlace.allCases {
            let object = objects.first { $0.place == place }
            labels += [
                Self.index(object?.shape, orNothing: true),
                drawing && object != nil
                    ? SceneLabels.notApplicable : Self.index(object?.colour, orNothing: true),
                Self.index(object?.size, orNothing: true),
                drawing && object != nil
                    ? SceneLabels.notApplicable : Self.index(object?.material, orNothing: true),
            ]
        }
        let sideOfLight = light == .left || light == .right
        labels += [
            Self.index(setting), drawing ? SceneLabels.notApplicable : Self.index(time),
            drawing && !sideOfLight ? SceneLabels.notApplicable : Self.index(light), Self.index(style),
            library.map { $0.tall ? 1 : 0 } ?? SceneLabels.notApplicable, Self.index(library?.lighting),
            Self.index(bonfire?.ground), Self.index(bonfire?.size), Self.index(bonfire?.place),
        ]
        return labels
    }

    private static func index<Value: CaseIterable & Equatable>(_ value: Value?, orNothing: Bool = false)
        -> Int
    {
        guard let value else { return orNothing ? Value.allCases.count : SceneLabels.notApplicable }
        return Array(Value.allCases).firstIndex(of: value) ?? SceneLabels.notApplicable
    }
}
