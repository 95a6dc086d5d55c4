import Datasets
import Images
import Testing

@testable import Evaluation

@Suite struct MarkingTests {
    private static let pair = SceneAttributes(
        objects: [
            SceneObject(.red, .cone, size: .small, place: .left),
            SceneObject(.blue, .cube, material: .metal, place: .right),
        ], setting: .meadow, light: .behind)

    private func rights(_ scene: SceneAttributes, _ read: [Int]) -> [ScoredAttribute: [Bool]] {
        marked(scene, read).marks.mapValues { $0.map(\.isRight) }
    }

    private func marked(_ scene: SceneAttributes, _ read: [Int]) -> MarkedReading {
        MarkedReading(of: .scene(scene), read: read, asking: scene.labels)
    }

    @Test func aPerfectReading() {
        let marked = marked(Self.pair, Self.pair.labels)
        #expect(marked.mistakes.isEmpty && marked.wrongShare == 0)
        let rights = rights(Self.pair, Self.pair.labels)
        #expect(rights[.shape] == [true, true] && rights[.material] == [true, true])
        #expect(rights[.pair] == [true] && rights[.place] == [true] && rights[.everything] == [true])
        #expect(rights[.shelves] == nil && rights[.fireSize] == nil && rights[.combination] == nil)
    }

    @Test func exchangedColoursAreWrongButShapesAreNot() {
        var scene = Self.pair
        (scene.objects[0].colour, scene.objects[1].colour) = (.blue, .red)
        let rights = rights(Self.pair, scene.labels)
        #expect(rights[.colour] == [false, false] && rights[.shape] == [true, true])
        #expect(rights[.pairShapes] == [true] && rights[.pairColours] == [false] && rights[.pair] == [false])
        #expect(rights[.everything] == [false] && rights[.place] == [true])
        let marked = marked(Self.pair, scene.labels)
        #expect(
            marked.mistakes == ["left colour: blue instead of red", "right colour: red instead of blue"])
        // Four questions a place, then setting, time, light and style.
        #expect(marked.wrongShare == 2.0 / 16)
    }

    @Test func aMissingThingIsWrongEverywhere() {
        var scene = Self.pair
        scene.objects.removeLast()
        let rights = rights(Self.pair, scene.labels)
        #expect(rights[.place] == [false] && rights[.shape] == [true, false])
        #expect(rights[.size] == [true, false] && rights[.pair] == [false])
    }

    @Test func aCombinationCountsByItself() {
        let torus = SceneAttributes(objects: [SceneObject(.purple, .torus)], setting: .studio)
        var read = torus
        (read.setting, read.objects[0].size) = (.beach, .large)
        #expect(rights(torus, read.labels)[.combination] == [true])
        read.objects[0].colour = .blue
        #expect(rights(torus, read.labels)[.combination] == [false])
        #expect(rights(torus, read.labels)[.shape] == [true])
    }

    @Test func whatALineDrawingDoesNotShowIsNotAsked() {
        let drawing = SceneAttributes(
            objects: [SceneObject(.red, .cone)], setting: .beach, time: .night, light: .above,
            style: .lineDrawing)
        var read = drawing
        (read.style, read.objects[0].colour, read.time) = (.photo, .blue, .day)
        let rights = rights(drawing, read.labels)
        #expect(rights[.colour] == nil && rights[.time] == nil && rights[.light] == nil)
        #expect(rights[.style] == [false] && rights[.shape] == [true])
    }

    @Test func chanceIsTheAgreementOfIndependentAnswers() {
        // Right answers: 3 of one kind, 1 of another; read: half and half.
        let marks = zip([0, 0, 0, 1], [0, 1, 0, 1]).map { Mark(right: $0, read: $1) }
        #expect(PartScore.chance(marks) == 0.75 * 0.5 + 0.25 * 0.5)
        #expect(PartScore.chance([Mark(true)]) == nil && PartScore.chance([]) == nil)
    }

    @Test func answersDoNotContradictEachOther() {
        var sheet = SceneLabels.questions.map { [Float](repeating: 0, count: $0.answers.count + 2) }
        let nothing = SceneShape.allCases.count
        // Left: no shape, though a colour would win. Centre: a shape, though no colour would win.
        sheet[0][nothing] = 5
        sheet[1][3] = 9
        sheet[4][2] = 5
        sheet[5][SceneColour.allCases.count] = 9
        sheet[5][7] = 1
        // A score beyond the last answer does not count.
        sheet[12][SceneSetting.allCases.count] = 99
        sheet[12][4] = 1
        let answers = ProbeReader.answers(sheet, of: .scenes)
        #expect(answers.count == SceneLabels.questions.count)
        #expect(answers[0] == nothing && answers[1] == SceneColour.allCases.count)
        #expect(answers[2] == SceneSize.allCases.count && answers[3] == SceneMaterial.allCases.count)
        #expect(answers[4] == 2 && answers[5] == 7 && answers[12] == 4)
    }

    @Test func aPartIsMarkedPromptByPrompt() throws {
        let torus = SceneAttributes(objects: [SceneObject(.purple, .torus)], setting: .studio)
        var wrong = torus
        wrong.objects[0].colour = .red
        func reading(_ scene: SceneAttributes, _ number: Float) -> ProbeReader.Reading {
            .init(answers: scene.labels, features: [number, 1 - number * number])
        }
        let picture = try Image(width: 4, height: 4)
        // Two prompts, two pictures each: the first right once, the second never.
        let drawn = [torus, wrong, wrong, wrong].enumerated().map {
            ScoredPicture(
                split: .heldout, prompt: "\($0.offset / 2)", seed: 0, record: .scene(torus), picture: picture,
                reading: reading($0.element, Float($0.offset)))
        }
        let real = [reading(torus, 0.5), reading(torus, 2)]
        let score = try PartScore(
            .heldout, of: .scenes, drawn: drawn, real: real, other: real, group: 2, seed: 1)
        #expect(score.prompts == 2 && score.pictures == 4)
        let colour = try #require(score.attributes.first { $0.attribute == .colour })
        #expect(colour.model.value == 0.25 && colour.model.count == 4)
        #expect(colour.ceiling.value == 1 && colour.shareOfCeiling == 0.25)
        let combination = try #require(score.combinations.first)
        #expect(score.combinations.count == 1 && combination.combination == "purpleTorus")
        #expect(combination.model.value == 0.25)
        #expect(score.distance != nil)
    }
}
