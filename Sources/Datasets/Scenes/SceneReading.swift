extension SceneAttributes {
    /// The scene that a list of answers to `SceneLabels.questions` describes.
    ///
    /// Answers may come from a reader that is wrong, so it need not be a scene that can be drawn: see `problem`. A thing
    /// is there when its shape is; what else is missing or out of range takes the first possibility, and particulars of a
    /// library or a fire count in their setting only.
    /// - Parameter answers: the number of the answer to each question, in the order of the questions.
    public init(answers: [Int]) {
        var reader = AnswerReader(answers)
        var objects: [SceneObject] = []
        for place in ScenePlace.allCases {
            let (shape, colour) = (reader.next(SceneShape.self), reader.next(SceneColour.self))
            let (size, material) = (reader.next(SceneSize.self), reader.next(SceneMaterial.self))
            guard let shape else { continue }
            objects.append(
                SceneObject(
                    colour ?? .red, shape, material: material ?? .matte, size: size ?? .medium, place: place))
        }
        let setting = reader.next(SceneSetting.self) ?? .studio
        let time = reader.next(SceneTime.self) ?? .day
        let light = reader.next(SceneLight.self)
        self.init(
            objects: objects, setting: setting, time: time, light: light ?? .left,
            style: reader.next(SceneStyle.self) ?? .photo)
        self.light = light
        let isTall = reader.number() == 1
        let lighting = reader.next(SceneLibrary.Lighting.self)
        let (ground, size) = (reader.next(SceneBonfire.Ground.self), reader.next(SceneSize.self))
        let place = reader.next(ScenePlace.self)
        if setting == .library { library = SceneLibrary(tall: isTall, lighting: lighting ?? .room) }
        if setting == .bonfire {
            bonfire = SceneBonfire(
                ground: ground ?? .meadow, size: size ?? .medium, place: place ?? .centre)
        }
    }
}
