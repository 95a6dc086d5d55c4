import Datasets
import Foundation
import Testing

@Suite struct SceneOptionsTests {
    private func decode(_ text: String) throws -> SceneOptions {
        try JSONDecoder().decode(SceneOptions.self, from: Data(text.utf8))
    }

    @Test func whatIsLeftOutKeepsItsDefault() throws {
        #expect(try decode("{}") == SceneOptions())
        var expected = SceneOptions()
        expected.resolution = 32
        expected.seed = 9
        #expect(try decode(#"{"resolution":32,"seed":9}"#) == expected)
    }

    @Test func optionsSurviveAFile() throws {
        var options = SceneOptions()
        options.seed = .max
        options.cartoonWeight = 0
        options.libraryShare = 0.25
        let data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(SceneOptions.self, from: data) == options)
    }

    @Test func unknownNamesAreRefusedWithTheNearest() throws {
        let error = try #require(throws: DatasetError.self) { try decode(#"{"resolutoin":32}"#) }
        #expect(error.summary.contains("resolutoin"))
        #expect(error.advice.contains { $0.contains("did you mean \"resolution\"?") })
    }

    @Test(arguments: [
        ("resolution", "0"), ("resolution", "4097"), ("supersampling", "0"), ("supersampling", "9"),
        ("photoWeight", "-1"), ("twoObjectShare", "1.5"), ("libraryShare", "-0.1"), ("bonfireShare", "0.95"),
    ])
    func impossibleValuesAreRefused(name: String, value: String) throws {
        let error = try #require(throws: DatasetError.self) { try decode("{\"\(name)\":\(value)}") }
        #expect(error.summary.contains(name))
        #expect(!error.advice.isEmpty)
    }

    @Test func stylesThatAllWeighNothingAreRefused() {
        var options = SceneOptions()
        (options.photoWeight, options.cartoonWeight, options.lineDrawingWeight) = (0, 0, 0)
        #expect(throws: DatasetError.self) { try SceneWorld(options) }
        options.photoWeight = .infinity
        #expect(throws: DatasetError.self) { try SceneWorld(options) }
    }

    @Test func weightsAndSharesChooseTheScenes() throws {
        var options = SceneOptions()
        (options.photoWeight, options.cartoonWeight, options.lineDrawingWeight) = (1, 0, 0)
        (options.libraryShare, options.bonfireShare, options.twoObjectShare) = (0, 0, 0)
        let plain = try SceneWorld(options)
        for index in 0..<500 {
            let scene = plain.attributes(at: index)
            #expect(scene.style == .photo)
            #expect(scene.objects.count == 1)
            #expect(scene.setting != .library && scene.setting != .bonfire)
        }
        options.bonfireShare = 1
        let fires = try SceneWorld(options)
        #expect((0..<200).allSatisfy { fires.attributes(at: $0).setting == .bonfire })
        (options.bonfireShare, options.libraryShare, options.twoObjectShare) = (0.25, 0.25, 1)
        let mixed = try SceneWorld(options)
        let scenes = (0..<2000).map { mixed.attributes(at: $0) }
        #expect((400...600).contains(scenes.filter { $0.setting == .library }.count))
        #expect((400...600).contains(scenes.filter { $0.setting == .bonfire }.count))
        #expect(
            scenes.allSatisfy { $0.setting == .library || $0.setting == .bonfire || $0.objects.count == 2 })
    }

    @Test func everyErrorSaysWhatAndWhatToDo() {
        let errors: [DatasetError] = [
            .indexOutOfRange(index: 7, count: 5, store: "scenes"),
            .badOption(name: "resolution", expected: "in 1...4096", found: "0"),
            .unknownOption(name: "sed", known: ["seed"]), .brokenOrder(count: 5, epoch: 0, position: 9),
            .impossibleScene(reason: "there is no sunset indoors"),
        ]
        let words = [["7", "5", "scenes"], ["resolution", "4096", "0"], ["sed"], ["9", "5"], ["sunset"]]
        for (error, expected) in zip(errors, words) {
            for word in expected { #expect(error.summary.contains(word), "\(error.summary)") }
            #expect(!error.advice.isEmpty)
        }
    }

    @Test func aStoreKnowsItsEnd() throws {
        var options = SceneOptions()
        options.resolution = 8
        let world = try SceneWorld(options)
        let store = try SceneStore(world: world, count: 3)
        #expect(store.count == 3)
        #expect(try store.example(at: 2) == world.example(at: 2).captioned)
        #expect(throws: DatasetError.self) { try store.example(at: 3) }
        #expect(throws: DatasetError.self) { try store.example(at: -1) }
        #expect(throws: DatasetError.self) { try SceneStore(world: world, count: 0) }
    }
}
