import Testing

@testable import Datasets

@Suite struct SceneReadingTests {
    /// Labels become the scene that they describe; what labels leave out of a line drawing is filled in.
    @Test(arguments: SceneSplit.allCases) func labelsAreReadBack(split: SceneSplit) throws {
        let world = try SceneWorld(split: split)
        for index in 0..<2_000 {
            let scene = world.attributes(at: index)
            let read = SceneAttributes(answers: scene.labels)
            #expect(read.labels == scene.labels, "\(index)")
            if scene.style != .lineDrawing { #expect(read == scene, "\(index)") }
        }
    }

    @Test func anyNumbersMakeAScene() {
        for answers in [[], [99], Array(repeating: -1, count: 30), Array(repeating: 2, count: 21)] {
            let read = SceneAttributes(answers: answers)
            #expect(read.labels.count == SceneLabels.questions.count)
        }
        #expect(SceneAttributes(answers: []).objects.isEmpty)
        #expect(SceneAttributes(answers: Array(repeating: 2, count: 21)).objects.count == 3)
    }
}
