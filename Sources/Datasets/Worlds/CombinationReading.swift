extension HeldOutEmoji {
    /// True when answers read off a picture show the combination that the picture is to have.
    ///
    /// Which emoji it is cannot be asked, so the parts of the combination are: its tone, or its group and the colour behind it.
    func isShown(of picture: EmojiAttributes, in answers: [Int]) -> Bool {
        func isRight(_ name: String) -> Bool {
            guard let question = EmojiLabels.questions.firstIndex(where: { $0.name == name }),
                answers.indices.contains(question)
            else { return false }
            return answers[question] == picture.labels[question]
        }
        guard let (_, colour) = pair else { return isRight("skin tone") }
        return isRight("group")
            && (picture.colour == colour && isRight("background")
                || picture.second == colour && isRight("second colour"))
    }
}

extension StampAttributes {
    /// The same stamp with what held-out combinations rest on as answers to `StampLabels.questions` have it.
    func read(_ answers: [Int]) -> StampAttributes {
        func answer<Value>(_ name: String, of values: [Value]) -> Value? {
            guard let question = StampLabels.questions.firstIndex(where: { $0.name == name }),
                answers.indices.contains(question), values.indices.contains(answers[question])
            else { return nil }
            return values[answers[question]]
        }
        var read = self
        read.category = answer("category", of: StampCategory.allCases) ?? category
        read.setting = answer("setting", of: StampLabels.settings) ?? setting
        read.time = answer("time", of: SceneTime.allCases) ?? time
        return read
    }
}
