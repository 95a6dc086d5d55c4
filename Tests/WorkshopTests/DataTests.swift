import Datasets
import Foundation
import Images
import Testing

@testable import Workshop

@Suite struct DataTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = Workshop(
            Surroundings(
                currentFolder: folder.url, homeFolder: folder.url, executable: folder.file("darkroom")))
    }

    @Test func aFolderHoldsPictureCaptionDepthAndAttributes() throws {
        let request = DataRequest(
            name: "scenes", count: 5, size: 32, depth: true, attributes: true, output: "export")
        let report = try workshop.drawExamples(request)
        #expect(report.path == "export" && report.examples.count == 5)
        let root = folder.url.appending(path: "export", directoryHint: .isDirectory)
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path)
        #expect(names.count == 5 * 4 + 1)
        let world = try SceneWorld(
            {
                var options = SceneOptions(); options.resolution = 32; return options
            }())
        for entry in report.examples {
            let file = try #require(entry.file)
            let stem = String(file.dropLast(4))
            let image = try Image(contentsOf: root.appending(path: file))
            #expect(try image == world.example(at: entry.index).image)
            let caption = try String(contentsOf: root.appending(path: stem + ".txt"), encoding: .utf8)
            #expect(caption == entry.caption + "\n")
            let attributes = try JSONDecoder().decode(
                SceneAttributes.self, from: Data(contentsOf: root.appending(path: stem + ".json")))
            #expect(attributes == world.attributes(at: entry.index) && entry.attributes == .scene(attributes))
            let depth = try Data(contentsOf: root.appending(path: stem + ".pfm"))
            #expect(depth.starts(with: Data("Pf\n32 32\n-1.0\n".utf8)))
            #expect(depth.count == 14 + 32 * 32 * 4)
        }
        let lines = try String(contentsOf: root.appending(path: "metadata.jsonl"), encoding: .utf8)
        #expect(lines.split(separator: "\n").count == 5)
    }

    /// The first number of the file is the leftmost pixel of the lowest row.
    @Test func floatMapsRunFromTheBottomUp() {
        let data = WorldExport.floatMap(width: 2, height: 2, [1, 2, 3, .infinity])
        let numbers = data.suffix(16).withUnsafeBytes { bytes in
            (0..<4).map {
                Float(bitPattern: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self).littleEndian)
            }
        }
        #expect(numbers == [3, .infinity, 1, 2])
    }

    @Test func aSheetShowsThemAll() throws {
        let request = DataRequest(name: "scenes", split: .heldout, count: 3, output: "sheet.png")
        let report = try workshop.drawExamples(request)
        let image = try Image(contentsOf: folder.file("sheet.png"))
        #expect(image.width > 3 * 64 && report.examples.allSatisfy { $0.file == nil })
        // A taken name gets a number.
        #expect(try workshop.drawExamples(request).path == "sheet-2.png")
        #expect(try workshop.drawExamples(request, replacing: true).path == "sheet.png")
    }

    @Test func portraitsAreExportedWithTheirAttributes() throws {
        let request = DataRequest(
            name: "portraits", first: 7, count: 2, size: 24, attributes: true, output: "faces")
        let report = try workshop.drawExamples(request)
        let world = try PortraitWorld(WorldOptions(resolution: 24))
        let root = folder.url.appending(path: "faces", directoryHint: .isDirectory)
        for (index, entry) in zip(7..<9, report.examples) {
            let words = try world.words(at: index, variant: 0)
            #expect(entry.index == index && entry.caption == words.caption)
            let file = try #require(entry.file)
            #expect(try Image(contentsOf: root.appending(path: file)) == world.painting(at: index).image)
            let record = try JSONDecoder().decode(
                PortraitAttributes.self, from: Data(contentsOf: root.appending(path: "00000\(index).json")))
            #expect(record == world.portrait(at: index).attributes)
        }
        #expect(throws: WorkshopError.self) {
            try workshop.drawExamples(DataRequest(name: "portraits", depth: true, output: "y"))
        }
    }

    @Test func refusesWhatCannotBe() {
        #expect(throws: WorkshopError.unknownDataSet("sceens", known: Workshop.dataSets)) {
            try workshop.drawExamples(DataRequest(name: "sceens", output: "x.png"))
        }
        #expect(throws: WorkshopError.self) {
            try workshop.drawExamples(DataRequest(name: "scenes", count: 0, output: "x.png"))
        }
        #expect(throws: WorkshopError.self) {
            try workshop.drawExamples(DataRequest(name: "scenes", first: .max, output: "x.png"))
        }
        #expect(throws: (any Error).self) {
            try workshop.drawExamples(DataRequest(name: "scenes", size: 100_000, output: "x"))
        }
        #expect(folder.names.isEmpty)
    }

    @Test func cancellingLeavesNothing() async throws {
        let request = DataRequest(name: "scenes", count: 100_000, size: 16, output: "export")
        let task = Task {
            try workshop.drawExamples(request) { _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(folder.names.isEmpty)
    }
}
