import Datasets
import Testing

@Suite struct SceneHoldoutTests {
    /// The combinations once more, written out here, so that a change there is noticed.
    static func forbidden(_ scene: SceneAttributes) -> [String] {
        var found: [String] = []
        for object in scene.objects {
            if object.shape == .torus, object.colour == .purple { found.append("purpleTorus") }
            if object.shape == .capsule, object.material == .metal { found.append("metalCapsule") }
            if object.shape == .house, object.colour == .green { found.append("greenHouse") }
            if object.shape == .cube, scene.setting == .snow { found.append("cubeOnSnow") }
            if object.shape == .pyramid, scene.time == .sunset { found.append("pyramidAtSunset") }
            if object.colour == .cyan, scene.time == .night { found.append("cyanAtNight") }
        }
        if scene.objects.map(\.shape) == [.sphere, .house] { found.append("sphereLeftOfHouse") }
        if scene.bonfire?.ground == .snow { found.append("bonfireInSnow") }
        return found
    }

    @Test func trainingNeverHoldsAHeldOutCombination() throws {
        for seed in [1, 2] as [UInt64] {
            var options = SceneOptions()
            options.seed = seed
            let world = try SceneWorld(options, split: .train)
            for index in 0..<15_000 {
                let scene = world.attributes(at: index)
                #expect(Self.forbidden(scene).isEmpty)
                #expect(scene.problem == nil)
            }
        }
    }

    @Test func theHeldOutSplitAlwaysHoldsOneThatCanBeSeen() throws {
        let world = try SceneWorld(split: .heldout)
        var counts: [String: Int] = [:]
        for index in 0..<20_000 {
            let scene = world.attributes(at: index)
            let found = Self.forbidden(scene)
            #expect(!found.isEmpty)
            #expect(Set(found) == Set(scene.heldOutCombinations.map(\.rawValue)))
            #expect(scene.problem == nil)
            if scene.style == .lineDrawing {
                #expect(scene.heldOutCombinations.contains { $0.needsNoColour })
            }
            for name in Set(found) { counts[name, default: 0] += 1 }
        }
        #expect(counts.count == HeldOutCombination.allCases.count)
        #expect(counts.values.allSatisfy { $0 > 1500 }, "\(counts)")
    }

    @Test func eachHalfOfACombinationIsSeenInTraining() throws {
        let world = try SceneWorld()
        let scenes = (0..<20_000).map { world.attributes(at: $0) }
        let objects = scenes.flatMap(\.objects)
        func often(_ count: Int, _ what: Comment) { #expect(count > 100, what) }
        often(objects.filter { $0.shape == .torus }.count, "torus")
        often(objects.filter { $0.colour == .purple }.count, "purple")
        often(objects.filter { $0.shape == .capsule }.count, "capsule")
        often(objects.filter { $0.material == .metal }.count, "metal")
        often(objects.filter { $0.shape == .house && $0.colour != .green }.count, "house")
        often(scenes.filter { $0.setting == .snow }.count, "snow")
        often(objects.filter { $0.shape == .cube }.count, "cube")
        often(scenes.filter { $0.time == .sunset }.count, "sunset")
        often(objects.filter { $0.shape == .pyramid }.count, "pyramid")
        often(objects.filter { $0.colour == .cyan }.count, "cyan")
        often(scenes.filter { $0.bonfire != nil }.count, "bonfire")
        often(scenes.filter { $0.objects.count == 2 && $0.objects[1].shape == .house }.count, "house right")
    }

    @Test func trainingCaptionsNeverSpeakOfAHeldOutCombination() throws {
        let world = try SceneWorld()
        for index in 0..<20_000 {
            let caption = world.caption(at: index, kind: .varied(UInt64(index % 3)))
            let claims = try CaptionReader.read(caption)
            for thing in claims.things {
                #expect(!(thing.shape == .torus && thing.colour == .purple), "\(caption)")
                #expect(!(thing.shape == .capsule && thing.material == .metal), "\(caption)")
                #expect(!(thing.shape == .house && thing.colour == .green), "\(caption)")
                #expect(!(thing.shape == .cube && claims.settings == [.snow]), "\(caption)")
                #expect(!(thing.shape == .pyramid && claims.time == .sunset), "\(caption)")
                #expect(!(thing.colour == .cyan && claims.time == .night), "\(caption)")
            }
            #expect(!(claims.fire && claims.grounds == [.snow]), "\(caption)")
            #expect(claims.order?.map(\.shape) != [.sphere, .house], "\(caption)")
        }
    }
}
