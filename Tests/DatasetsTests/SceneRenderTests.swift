import Datasets
import Images
import Testing

@Suite struct SceneRenderTests {
    /// One scene of every setting, style and hour, with all shapes and materials among them.
    static var variety: [SceneAttributes] {
        var list: [SceneAttributes] = []
        for style in SceneStyle.allCases {
            for (number, setting) in [SceneSetting.studio, .checkered, .wooden, .meadow, .beach, .snow]
                .enumerated()
            {
                for (hour, time) in SceneTime.allCases.enumerated()
                where time != .sunset || setting.isOutdoors {
                    let shape = SceneShape.allCases[(number * 3 + hour) % 10]
                    let material: SceneMaterial =
                        shape.isComposite ? .matte : SceneMaterial.allCases[(number + hour) % 3]
                    list.append(
                        SceneAttributes(
                            objects: [
                                SceneObject(SceneColour.allCases[number + hour], shape, material: material)
                            ],
                            setting: setting, time: time, light: SceneLight.allCases[(number + hour) % 5],
                            style: style))
                }
            }
            for lighting in SceneLibrary.Lighting.allCases {
                list.append(
                    SceneAttributes(
                        library: SceneLibrary(tall: lighting != .lamp, lighting: lighting), style: style))
            }
            for ground in SceneBonfire.Ground.allCases {
                list.append(SceneAttributes(bonfire: SceneBonfire(ground: ground), style: style))
            }
        }
        return list
    }

    @Test func everySizeDraws() throws {
        let few = Self.variety.enumerated().filter { $0.offset % 9 == 0 }.map(\.element)
        #expect(few.count >= 7)
        for (index, attributes) in few.enumerated() {
            let scene = try Scene(attributes: attributes, seed: UInt64(index))
            for side in [1, 2, 3, 5, 7, 16, 31, 64, 97] {
                let image = try scene.picture(resolution: side, supersampling: 1 + side % 3)
                #expect(image.width == side && image.height == side && image.channels == 3)
            }
        }
        let scene = try Scene(attributes: Self.variety[0], seed: 3)
        for side in 1...257 { #expect(try scene.picture(resolution: side, supersampling: 1).width == side) }
    }

    @Test func impossibleSizesAreErrors() throws {
        let scene = try Scene(attributes: Self.variety[0], seed: 3)
        for side in [0, -1, 4097, Int.max, Int.min] {
            #expect(throws: DatasetError.self) { try scene.picture(resolution: side) }
            #expect(throws: DatasetError.self) { try scene.depthMap(resolution: side) }
            #expect(throws: DatasetError.self) { try scene.objectMap(resolution: side) }
        }
        for rays in [0, -1, 9] {
            #expect(throws: DatasetError.self) { try scene.picture(resolution: 8, supersampling: rays) }
        }
    }

    @Test func contradictionsAreErrors() {
        let thing = SceneObject(.red, .cube)
        var left = thing
        left.place = .left
        var big = SceneObject(.blue, .cone, size: .large, place: .right)
        let wrong: [SceneAttributes] = [
            SceneAttributes(objects: [], setting: .snow),
            SceneAttributes(objects: [thing], setting: .studio, time: .sunset),
            SceneAttributes(objects: [SceneObject(.red, .tree, material: .metal)], setting: .snow),
            SceneAttributes(objects: [thing, thing], setting: .snow),
            SceneAttributes(objects: [left, big], setting: .snow),
            SceneAttributes(objects: [thing, thing, thing], setting: .snow),
            SceneAttributes(objects: [thing], setting: .library),
            SceneAttributes(bonfire: SceneBonfire(), time: .day),
        ]
        for attributes in wrong {
            #expect(attributes.problem != nil)
            #expect(throws: DatasetError.self) { try Scene(attributes: attributes, seed: 1) }
        }
        big.size = .small
        #expect(SceneAttributes(objects: [left, big], setting: .snow).problem == nil)
    }

    @Test func theSameIndexGivesTheSameBytesOnEveryThread() async throws {
        var options = SceneOptions()
        options.resolution = 24
        (options.libraryShare, options.bonfireShare) = (0.2, 0.2)
        (options.cartoonWeight, options.lineDrawingWeight) = (0.5, 0.5)
        let world = try SceneWorld(options)
        let alone = try (0..<60).map { try world.example(at: $0) }
        let together = try await withThrowingTaskGroup(of: (Int, SceneExample).self) { group in
            for index in (0..<60).reversed() {
                group.addTask { (index, try SceneWorld(world.options).example(at: index)) }
            }
            return try await group.reduce(into: [Int: SceneExample]()) { $0[$1.0] = $1.1 }
        }
        for index in 0..<60 { #expect(together[index] == alone[index]) }
        #expect(Set(alone.map(\.image)).count == 60)
    }

    @Test func seedsSplitsAndIndicesGiveDifferentWorlds() throws {
        var options = SceneOptions()
        options.seed = 2
        let (one, two) = (try SceneWorld(), try SceneWorld(options))
        let held = try SceneWorld(split: .heldout)
        let same = (0..<200).filter { one.scene(at: $0) == two.scene(at: $0) }
        let shared = (0..<200).filter { one.scene(at: $0) == held.scene(at: $0) }
        #expect(same.isEmpty && shared.isEmpty)
        _ = one.scene(at: Int.min)
        _ = one.scene(at: Int.max)
        _ = one.scene(at: -1)
    }

    @Test func picturesAreNeitherBlankNorBroken() throws {
        for (index, attributes) in Self.variety.enumerated() {
            let image = try Scene(attributes: attributes, seed: UInt64(index)).picture(resolution: 32)
            let values = image.pixels.map(Double.init)
            let mean = values.reduce(0, +) / Double(values.count)
            let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
                .squareRoot()
            #expect((12...248).contains(mean), "\(attributes)")
            #expect(spread > 8, "\(attributes)")
        }
    }

    @Test func depthAgreesWithPlaces() throws {
        let scene = try Scene(
            attributes: SceneAttributes(
                objects: [SceneObject(.red, .sphere, size: .large)], setting: .meadow), seed: 5)
        let depth = try scene.depthMap(resolution: 64)
        let objects = try scene.objectMap(resolution: 64)
        #expect(depth.distances.count == 64 * 64 && depth.width == 64 && depth.height == 64)
        let middle = 32 * 64 + 32
        #expect(objects[middle] == 0)
        #expect((3.0...5.5).contains(depth.distances[middle]))
        #expect(depth.distances[0] == .infinity)
        let bottom = depth.distances[63 * 64 + 2]
        let higher = depth.distances[50 * 64 + 2]
        #expect(bottom < higher && higher < .infinity)
    }

    @Test func stylesShareTheirGeometry() throws {
        var attributes = SceneAttributes(
            objects: [SceneObject(.green, .house, size: .large)], setting: .beach)
        let photo = try Scene(attributes: attributes, seed: 11)
        attributes.style = .cartoon
        let cartoon = try Scene(attributes: attributes, seed: 11)
        attributes.style = .lineDrawing
        let drawing = try Scene(attributes: attributes, seed: 11)
        #expect(try photo.objectMap(resolution: 32) == cartoon.objectMap(resolution: 32))
        #expect(try photo.objectMap(resolution: 32) == drawing.objectMap(resolution: 32))
        let gray = try drawing.picture(resolution: 32).pixels
        for start in stride(from: 0, to: gray.count, by: 3) {
            #expect(abs(Int(gray[start]) - Int(gray[start + 2])) < 12)
        }
    }
}
