import Foundation
import Images
import Recipes
import Testing

@testable import Workshop

@Suite struct DataCheckTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = Workshop(
            Surroundings(
                currentFolder: folder.url, homeFolder: folder.url, executable: folder.file("darkroom")))
        // Exported scenes are a folder of pictures with captions: the two formats are one.
        _ = try workshop.drawExamples(DataRequest(name: "scenes", count: 4, size: 32, output: "photos"))
        try FileManager.default.copyItem(
            at: folder.url.appending(path: "photos/000002.png"),
            to: folder.url.appending(path: "photos/twin.png"))
        try Data("no picture".utf8).write(to: folder.url.appending(path: "photos/broken.jpg"))
    }

    @Test func aFolderIsLookedThrough() throws {
        var last = (0, 0)
        let report = try workshop.checkData(
            DataCheckRequest(what: "photos", distance: 0, sheet: "twins.png")
        ) { last = ($0, $1) }
        #expect(last == (6, 6))
        let source = try #require(report.sources.first)
        #expect(source.title == "photos" && source.pictures == 6 && source.brokenCount == 1)
        #expect(source.broken.map(\.name) == ["broken.jpg"] && source.formats == ["PNG": 5])
        #expect(source.widths?.median == 32 && (source.captionWords?.least ?? 0) > 1)
        #expect(source.remarks.contains { $0.what == "without caption" && $0.count == 2 })
        let twins = report.groups.first { $0.contains { $0.name == "twin.png" } }
        #expect(twins?.contains { $0.name == "000002.png" } == true)
        #expect(report.groupCount == report.groups.count && report.spare >= 1)
        #expect(report.sheet == "twins.png")
        #expect(try Image(contentsOf: folder.file("twins.png")).width > 6 * 128)
        let second = try workshop.checkData(
            DataCheckRequest(what: "photos", distance: 0, sheet: "twins.png"))
        #expect(second.sheet == "twins-2.png")
    }

    @Test func aRecipeSaysWhereThePicturesAreAndHowLarge() throws {
        var recipe = TrainingRecipe()
        recipe.data.sources = [
            DataSource(.scenes(SceneData())), DataSource(.folder(.init(path: "photos"))),
        ]
        try Data(recipe.json().utf8).write(to: folder.file("r.json"))
        let report = try workshop.checkData(DataCheckRequest(what: "r.json"))
        #expect(report.sources.count == 1)
        #expect(
            report.sources[0].remarks.contains {
                $0.what == "smaller than they are trained at" && $0.count == 5
            })
        try Data("{}".utf8).write(to: folder.file("scenes.json"))
        #expect(throws: WorkshopError.noPicturesToCheck(folder.file("scenes.json"))) {
            try workshop.checkData(DataCheckRequest(what: "scenes.json"))
        }
    }

    @Test func bucketsAreCounted() throws {
        for (number, size) in [(90, 50), (50, 90), (96, 48), (80, 40)].enumerated() {
            try Image(width: size.0, height: size.1).pngData().write(
                to: folder.url.appending(path: "photos/shape\(number).png"))
        }
        var recipe = TrainingRecipe()
        recipe.data.sources = [DataSource(.folder(.init(path: "photos")))]
        recipe.data.buckets = BucketPlan(minimum: 48, maximum: 96, step: 16)
        try Data(recipe.json().utf8).write(to: folder.file("r.json"))
        let report = try workshop.checkData(DataCheckRequest(what: "r.json"))
        let source = try #require(report.sources.first)
        #expect(source.shapes == ["64 × 64": 5, "80 × 48": 3, "48 × 80": 1])
        // Scenes of 32 pixels, and the one that is 40 high.
        #expect(
            source.remarks.contains { $0.what == "smaller than they are trained at" && $0.count == 6 })
        #expect(try workshop.checkData(DataCheckRequest(what: "photos")).sources[0].shapes == nil)
    }

    @Test func picturesAreShownAsTrainingSeesThem() throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "photos/broken.jpg"))
        let report = try workshop.drawExamples(
            DataRequest(name: "photos", first: 1, count: 9, size: 16, output: "sheet.png"))
        #expect(report.examples.map(\.index) == [1, 2, 3, 4] && report.path == "sheet.png")
        #expect(report.examples[0].caption.isEmpty == false && report.examples[3].caption.isEmpty)
        #expect(throws: WorkshopError.self) {
            try workshop.drawExamples(DataRequest(name: "photos", output: "other"))
        }
        #expect(throws: WorkshopError.self) {
            try workshop.drawExamples(DataRequest(name: "photos", first: 5, output: "x.png"))
        }
    }

    @Test func whatIsNotThereIsTold() throws {
        #expect(throws: (any Error).self) { try workshop.checkData(DataCheckRequest(what: "fotos")) }
        #expect(throws: WorkshopError.self) {
            try workshop.checkData(DataCheckRequest(what: "photos", distance: 11))
        }
    }
}
