extension PortraitAttributes {
    /// The portrait that a list of answers to `PortraitLabels.questions` describes.
    ///
    /// Answers may come from a reader that is wrong, so it need not be a portrait that can be painted: see `problem`. What is
    /// missing or out of range takes the first possibility; a hat and a garment count only where the calling leaves them free.
    /// - Parameter answers: the number of the answer to each question, in the order of the questions.
    public init(answers: [Int]) {
        var reader = AnswerReader(answers)
        let role = reader.next(PortraitRole.self) ?? .man
        // The gender is the role's.
        _ = reader.number()
        let (skin, hairColour) = (reader.next(PortraitSkin.self), reader.next(PortraitHairColour.self))
        let (hairStyle, expression) = (
            reader.next(PortraitHairStyle.self), reader.next(PortraitExpression.self)
        )
        let (gaze, glasses) = (reader.next(PortraitGaze.self), reader.next(PortraitGlasses.self))
        let (beard, hat) = (reader.next(PortraitBeard.self), reader.next(PortraitHat.self))
        let (hatColour, garment) = (reader.next(PortraitColour.self), reader.next(PortraitGarment.self))
        let (clothes, background) = (reader.next(PortraitColour.self), reader.next(PortraitBackground.self))
        self.init(
            role, skin: skin ?? .light, hairColour: hairColour ?? .black, hairStyle: hairStyle ?? .bald,
            expression: expression ?? .neutral, gaze: gaze ?? .left, glasses: glasses ?? .none,
            beard: beard ?? .none,
            headgear: role.isPlain ? hat.map { PortraitHeadgear(hatColour ?? .red, $0) } : nil,
            garment: role.isPlain ? garment : nil, clothes: clothes ?? .red,
            background: background ?? .white, light: reader.next(PortraitLight.self) ?? .left)
    }
}
