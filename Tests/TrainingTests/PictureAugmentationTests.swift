import Datasets
import Tensors
import Testing

@testable import Training

@Suite struct PictureAugmentationTests {
    /// The labels of a scene seen in a mirror are those of the scene with left and right exchanged.
    @Test func mirroredLabelsAreThoseOfTheMirroredScene() throws {
        let world = try SceneWorld()
        let scenes = (0..<200).map { world.attributes(at: $0) }
        let labels = scenes.flatMap { $0.labels.map(Int64.init) }
        let expected = scenes.flatMap { scene in
            var other = scene
            func opposite(_ place: ScenePlace) -> ScenePlace {
                place == .left ? .right : place == .right ? .left : place
            }
            other.objects = scene.objects.reversed().map { object in
                var object = object
                object.place = opposite(object.place)
                return object
            }
            other.light = scene.light.map { $0 == .left ? .right : $0 == .right ? .left : $0 }
            if let fire = scene.bonfire { other.bonfire?.place = opposite(fire.place) }
            return other.labels.map(Int64.init)
        }
        let mirror = MirrorTable(of: SceneLabels.questions)
        #expect(mirror.mirrored(labels) == expected)
        #expect(mirror.mirrored(expected) == labels)
    }

    /// The same of portraits: who looks to the left looks to the right, and the light changes sides.
    @Test func mirroredPortraitsLookTheOtherWay() throws {
        let world = try PortraitWorld()
        let portraits = (0..<200).map { world.portrait(at: $0).attributes }
        let expected = portraits.flatMap { portrait in
            var other = portrait
            other.gaze = [.left: .right, .ahead: .ahead, .right: .left][portrait.gaze] ?? .ahead
            other.light = [.left: .right, .front: .front, .right: .left][portrait.light] ?? .front
            return other.labels.map(Int64.init)
        }
        let labels = portraits.flatMap { $0.labels.map(Int64.init) }
        let mirror = MirrorTable(of: PortraitLabels.questions)
        #expect(labels != expected && mirror.mirrored(labels) == expected)
    }

    @Test func picturesChangeALittleAndEachInItsOwnWay() throws {
        let augmentation = try PictureAugmentation(resolution: 16, questions: SceneLabels.questions)
        let questions = SceneLabels.questions.count
        let flat = try Tensor.full([8, 3, 16, 16], 0.5)
        let labels = [Int64](repeating: 0, count: 8 * questions)
        var random = try RandomStream(seed: 3)
        let (changed, kept) = try augmentation(flat, labels: labels, random: &random)
        #expect(changed.shape == flat.shape && kept.count == labels.count)
        // Blur leaves a flat picture flat up to its edge, so what is left is tint and grain.
        let means = try changed.mean(2, 3).values(as: Double.self)
        #expect(means.allSatisfy { abs($0 - 0.5) < 0.3 } && Set(means).count == means.count)
        var same = try RandomStream(seed: 3)
        let again = try augmentation(flat, labels: labels, random: &same)
        #expect(try again.pictures.values(as: Float.self) == changed.values(as: Float.self))
    }
}
