import Foundation
import Images
import Testing

@testable import Datasets

@Suite struct StampCollectionTests {
    @Test(arguments: [
        ("A red kangaroo.\nde.utf8=Ein Känguru", "a red kangaroo"), ("An iguana.", "an iguana"),
        ("Some red apples!", "some red apples"), ("Two boars (wild).", "two boars"),
    ])
    func titlesAreReadFromTheFirstLine(text: String, title: String) {
        #expect(StampCollection.title(in: text) == title)
    }

    @Test(arguments: [
        "", "\n\n", "de.utf8=Ein Känguru.", "A hoverfly resembles a drone.", "Kangaroo.", "A",
        "A b c d e f g h.",
        "A <b>cat</b>.", "A cat\u{7}.",
    ])
    func whatIsNoTitleIsRefused(text: String) { #expect(StampCollection.title(in: text) == nil) }

    /// A photograph-like disc: noise inside a circle, nothing outside.
    private func disc(_ side: Int, noisy: Bool = true) throws -> Image {
        var pixels = [UInt8](repeating: 0, count: side * side * 4)
        var random = SplitMix(9)
        for y in 0..<side {
            for x in 0..<side {
                let (u, v) = (Double(x) - Double(side) / 2, Double(y) - Double(side) / 2)
                guard u * u + v * v < Double(side * side) / 9 else { continue }
                for channel in 0..<3 {
                    pixels[(y * side + x) * 4 + channel] = noisy ? UInt8(random.below(256)) : 200
                }
                pixels[(y * side + x) * 4 + 3] = 255
            }
        }
        return try Image(width: side, height: side, channels: 4, pixels: pixels)
    }

    @Test func photographsAreToldFromDrawings() throws {
        #expect(StampCollection.isPhotograph(try disc(120)))
        #expect(!StampCollection.isPhotograph(try disc(120, noisy: false)))
        #expect(!StampCollection.isPhotograph(try disc(60)))
        let cut = try StampCollection.cut(try disc(120))
        #expect((78...82).contains(cut.width) && cut.width == cut.height)
    }

    @Test func aFolderOfStampsBecomesAWorld() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "stamps-\(UUID().uuidString)")
        let folder = root.appending(path: "animals/birds")
        let cartoons = root.appending(path: "animals/cartoon")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: cartoons, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        for (place, name, title) in [
            (folder, "gull", "A gull."), (folder, "untitled", "?"), (cartoons, "duck", "A duck."),
        ] {
            try disc(120).pngData().write(to: place.appending(path: name + ".png"))
            try Data((title + "\n").utf8).write(to: place.appending(path: name + ".txt"))
        }
        try Data("not a picture".utf8).write(to: folder.appending(path: "broken.png"))
        try Data("A crow.".utf8).write(to: folder.appending(path: "broken.txt"))
        try Data("nomirror\n".utf8).write(to: folder.appending(path: "gull.dat"))
        let collection = try StampCollection(folder: root)
        #expect(collection.stamps.map(\.title) == ["a gull"])
        #expect(collection.stamps[0].file == "animals/birds/gull" && !collection.stamps[0].mayMirror)
        let world = try StampWorld(WorldOptions(resolution: 48), collection: collection)
        let heldOut = try StampWorld(WorldOptions(resolution: 48, split: .heldout), collection: collection)
        for index in 0..<200 {
            let attributes = world.attributes(at: index)
            #expect(attributes.heldOutCombinations.isEmpty && attributes.title == "a gull")
            #expect(heldOut.attributes(at: index).heldOutCombinations == [.animalOnTable])
            let caption = try world.words(at: index, variant: UInt64(index % 3)).caption
            #expect(caption.contains("a gull"))
            #expect(!caption.contains("at night") || attributes.time == .night, "\(caption)")
            #expect(!caption.contains("snow") || attributes.setting == .snow, "\(caption)")
            #expect(!caption.contains("on the left") || attributes.place == .left, "\(caption)")
        }
        for index in 0..<20 {
            let painting = try world.painting(at: index)
            #expect(try painting == world.painting(at: index))
            let focus = painting.focus.reduce(0, +)
            #expect(focus > 100 && focus < 48 * 48 * 0.6, "\(focus)")
        }
    }

    @Test func aMissingFolderNamesThePackage() throws {
        let error = try #require(throws: DatasetError.self) {
            try StampCollection(folder: URL(fileURLWithPath: "/nowhere/stamps"))
        }
        #expect(error.summary.contains("/nowhere/stamps"))
        #expect(error.advice.contains { $0.contains("tuxpaint-stamps-default") })
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: StampCollection.systemFolder.path),
            "skipped: the package tuxpaint-stamps-default is not installed"))
    func thePackageHoldsManyPhotographs() throws {
        let collection = try StampCollection()
        #expect(collection.stamps.count > 120)
        #expect(Set(collection.stamps.map(\.category)).count >= 5)
        #expect(collection.stamps.contains { $0.title == "a red kangaroo" })
    }
}

@Suite struct CutOutTests {
    @Test func anOpaquePictureReplacesWhatIsBehind() throws {
        let red = try Image(width: 8, height: 8, fill: (200, 10, 20))
        let back = try Image(width: 16, height: 16, fill: (0, 100, 0))
        let set = CutOut(red).set(into: back, CutOut.Placement(x: 8, y: 8, scale: 1))
        #expect(Array(set.image[8, 8]) == [200, 10, 20] && Array(set.image[1, 1]) == [0, 100, 0])
        #expect(abs(set.focus.reduce(0, +) - 64) < 1)
        let dim = CutOut(red).set(into: back, CutOut.Placement(x: 8, y: 8, scale: 1, tint: Vector(0.5, 1, 1)))
        #expect(dim.image[8, 8, 0] == 100)
        let small = CutOut(red).set(into: back, CutOut.Placement(x: 8, y: 8, scale: 0.25))
        #expect(abs(small.focus.reduce(0, +) - 4) < 0.6)
    }

    @Test func mirroringAndTurningMoveColours() throws {
        let halves = try Image(width: 2, height: 1, channels: 3, pixels: [255, 0, 0, 0, 0, 255])
        let back = try Image(width: 24, height: 24)
        func at(_ x: Int, _ y: Int, angle: Float = 0, mirrored: Bool = false) -> [UInt8] {
            let place = CutOut.Placement(x: 12, y: 12, scale: 8, angle: angle, mirrored: mirrored)
            return Array(CutOut(halves).set(into: back, place).image[x, y])
        }
        #expect(at(7, 12)[0] > 200 && at(16, 12)[2] > 200)
        #expect(at(7, 12, mirrored: true)[2] > 200 && at(16, 12, mirrored: true)[0] > 200)
        // A quarter turn clockwise brings the left end to the top.
        #expect(at(12, 7, angle: .pi / 2)[0] > 200 && at(12, 16, angle: .pi / 2)[2] > 200)
    }

    @Test func aShadowDarkensOnlyTheGround() throws {
        let post = try Image(width: 4, height: 16, fill: (255, 255, 255))
        let back = try Image(width: 48, height: 48, fill: (200, 200, 200))
        let place = CutOut.Placement(x: 24, y: 24, scale: 1)
        let set = CutOut(post).set(
            into: back, place, shadow: CutOut.Shadow(sideways: 0.8, upward: 0.3, strength: 0.5))
        // The foot stands in row 32; the shadow of the top lies 16 × 0.3 rows above it, 16 × 0.8 columns to the right.
        #expect(set.image[33, 28, 0] < 190)
        #expect(set.image[14, 28, 0] == 200 && set.image[24, 44, 0] == 200)
    }
}
