extension PortraitAttributes {
    /// The portrait that a list of answers to `PortraitLabels.questions` describes.
    ///
    /// Answers may come from a reader that is wrong, so it need not be a portrait that can be painted: see `problem`. What is
    /// missing or out of range takes the first possibility; a hat and a garment count only where the calling leaves them free.
    /// - Parameter answers: the number of the answer to each question, in the order of the questions.
    public init(answers: [Int]) {
        var rest = answers[...]
        func next<Value: CaseIterable>(_ type: Value.Type) -> Value? {
            let values = Array(type.allCases)
            guard let answer = rest.popFirst(), values.indices.contains(answer) else { return nil }
            return values[answer]
        }
        let role = next(PortraitRole.self) ?? .man
        // The gender is the role's.
        _ = rest.popFirst()
        let (skin, hairColour) = (next(PortraitSkin.self), next(PortraitHairColour.self))
        let (hairStyle, expression) = (next(PortraitHairStyle.self), next(PortraitExpression.self))
        let (gaze, glasses) = (next(PortraitGaze.self), next(PortraitGlasses.self))
        let (beard, hat) = (next(PortraitBeard.self), next(PortraitHat.self))
        let (hatColour, garment) = (next(PortraitColour.self), next(PortraitGarment.self))
        let (clothes, background) = (next(PortraitColour.self), next(PortraitBackground.self))
        self.init(
            role, skin: skin ?? .light, hairColour: hairColour ?? .black, hairStyle: hairStyle ?? .bald,
            expression: expression ?? .neutral, gaze: gaze ?? .left, glasses: glasses ?? .none,
            beard: beard ?? .none,
            headgear: role.isPlain ? hat.map { PortraitHeadgear(hatColour ?? .red, $0) } : nil,
            garment: role.isPlain ? garment : nil, clothes: clothes ?? .red,
            background: background ?? .white, light: next(PortraitLight.self) ?? .left)
    }
}
