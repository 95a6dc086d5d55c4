/// What a portrait shows, as answers to a fixed list of questions.
public enum PortraitLabels {
    /// All questions.
    public static let questions: [LabelQuestion] = [
        LabelQuestion(name: "role", answers: names(PortraitRole.self)),
        LabelQuestion(name: "gender", answers: ["male", "female"]),
        LabelQuestion(name: "skin", answers: names(PortraitSkin.self)),
        LabelQuestion(name: "hair colour", answers: names(PortraitHairColour.self)),
        LabelQuestion(name: "hair style", answers: names(PortraitHairStyle.self)),
        LabelQuestion(name: "expression", answers: names(PortraitExpression.self)),
        LabelQuestion(name: "gaze", answers: names(PortraitGaze.self)),
        LabelQuestion(name: "glasses", answers: names(PortraitGlasses.self)),
        LabelQuestion(name: "beard", answers: names(PortraitBeard.self)),
        LabelQuestion(name: "hat", answers: names(PortraitHat.self) + [SceneLabels.nothing]),
        LabelQuestion(name: "hat colour", answers: names(PortraitColour.self)),
        LabelQuestion(name: "garment", answers: names(PortraitGarment.self)),
        LabelQuestion(name: "clothes colour", answers: names(PortraitColour.self)),
        LabelQuestion(name: "background", answers: names(PortraitBackground.self)),
        LabelQuestion(name: "light", answers: names(PortraitLight.self)),
    ]

    private static func names<Value: RawRepresentable & CaseIterable>(_ type: Value.Type) -> [String]
    where Value.RawValue == String { type.allCases.map(\.rawValue) }
}

extension PortraitAttributes {
    /// The number of the answer to each of `PortraitLabels.questions`; −1 where a question does not apply.
    ///
    /// The colour of hair does not apply where none is seen, nor a hat or garment where the calling brings its own.
    public var labels: [Int] {
        [
            Self.index(role), role.isFemale ? 1 : 0, Self.index(skin),
            showsHairColour ? Self.index(hairColour) : SceneLabels.notApplicable, Self.index(hairStyle),
            Self.index(expression), Self.index(gaze), Self.index(glasses), Self.index(beard),
            role.isPlain
                ? headgear.map { Self.index($0.hat) } ?? PortraitHat.allCases.count
                : SceneLabels.notApplicable,
            headgear.map { Self.index($0.colour) } ?? SceneLabels.notApplicable,
            garment.map { Self.index($0) } ?? SceneLabels.notApplicable,
            Self.index(clothes), Self.index(background), Self.index(light),
        ]
    }

    private static func index<Value: CaseIterable & Equatable>(_ value: Value) -> Int {
        Array(Value.allCases).firstIndex(of: value) ?? SceneLabels.notApplicable
    }
}
