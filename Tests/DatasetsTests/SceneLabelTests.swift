import Testing

@testable import Datasets

@Suite struct SceneLabelTests {
    private func answers(_ scene: SceneAttributes) -> [String: String] {
        var found: [String: String] = [:]
        for (question, label) in zip(SceneLabels.questions, scene.labels) where label >= 0 {
            found[question.name] = question.answers[label]
        }
        return found
    }

    @Test func aPairIsReadFromLeftToRight() {
        let found = answers(
            SceneAttributes(
                objects: [
                    SceneObject(.red, .cone, size: .small, place: .left),
                    SceneObject(.blue, .cube, material: .metal, place: .right),
                ], setting: .meadow, light: .behind))
        #expect(found["left shape"] == "cone")
        #expect(found["left colour"] == "red")
        #expect(found["left size"] == "small")
        #expect(found["centre shape"] == "nothing")
        #expect(found["right shape"] == "cube")
        #expect(found["right material"] == "metal")
        #expect(found["setting"] == "meadow")
        #expect(found["light"] == "behind")
        #expect(found["shelves"] == nil)
    }

    @Test func aLineDrawingTellsNeitherColourNorTime() {
        let found = answers(
            SceneAttributes(
                objects: [SceneObject(.red, .cone)], setting: .beach, time: .night, light: .above,
                style: .lineDrawing))
        #expect(found["centre shape"] == "cone")
        #expect(found["centre colour"] == nil)
        #expect(found["left colour"] == "nothing")
        #expect(found["time"] == nil)
        #expect(found["light"] == nil)
        #expect(found["style"] == "line drawing")
    }

    @Test func everyLabelOfTheWorldHasAnAnswer() throws {
        var seen = SceneLabels.questions.map { _ in Set<Int>() }
        for split in SceneSplit.allCases {
            let world = try SceneWorld(split: split)
            for index in 0..<20_000 {
                let labels = world.attributes(at: index).labels
                #expect(labels.count == SceneLabels.questions.count)
                for (question, label) in labels.enumerated() { seen[question].insert(label) }
            }
        }
        for (question, labels) in zip(SceneLabels.questions, seen) {
            #expect(
                labels.subtracting([SceneLabels.notApplicable]) == Set(question.answers.indices),
                "\(question.name)")
        }
    }
}
