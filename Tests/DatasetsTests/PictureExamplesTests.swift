import Foundation
import Images
import Testing

@testable import Datasets

@Suite struct PictureExamplesTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func examples(
        _ change: (inout PictureExamples.Options) -> Void = { _ in }, seed: UInt64 = 4
    ) throws -> PictureExamples {
        var options = PictureExamples.Options()
        change(&options)
        return try PictureExamples(PictureFolder(scratch.url, named: "photos"), options: options, seed: seed)
    }

    /// The one picture of the folder as training sees it.
    private func only(
        _ name: String, _ bytes: Data, width: Int, height: Int,
        _ change: (inout PictureExamples.Options) -> Void = { _ in }
    ) throws -> Image {
        try scratch.write(name, bytes)
        return try examples(change).example(at: 0, width: width, height: height).image
    }

    @Test func anEpochShowsEveryPictureOnce() throws {
        for number in 0..<20 {
            try scratch.write("\(number).png", Pictures.marked(red: UInt8(number)).pngData())
            try scratch.write("\(number).txt", "number \(number)")
        }
        let examples = try examples()
        func captions(_ range: Range<Int>) throws -> [String] {
            try range.map { try examples.example(at: $0, width: 8, height: 8).caption }
        }
        let (first, second) = (try captions(0..<20), try captions(20..<40))
        #expect(Set(first).count == 20 && Set(second) == Set(first) && first != second)
        #expect(try (0..<20).map { try examples.caption(at: $0) } == first)
        let other = try self.examples(seed: 5)
        #expect(try (0..<20).map { try other.caption(at: $0) } != first)
    }

    @Test func brokenPicturesAreReplacedByTheNextInTheOrder() throws {
        for number in 0..<10 {
            try scratch.write("\(number).png", Pictures.marked(red: UInt8(number)).pngData())
        }
        let whole = try examples()
        let order = try (0..<10).map { try whole.example(at: $0, width: 12, height: 12).image[8, 8, 0] }
        // Of each kind one: broken off, gigantic, no picture at all.
        let broken = [order[2], order[3], order[9]]
        let good = try Pictures.marked().pngData()
        try scratch.write("\(broken[0]).png", good.prefix(60))
        try scratch.write("\(broken[1]).png", Pictures.declaring(14_000, 12_000))
        try scratch.write("\(broken[2]).png", "<html>not found</html>")
        let examples = try examples()
        let found = try (0..<10).map { try examples.example(at: $0, width: 12, height: 12).image[8, 8, 0] }
        var expected = order
        (expected[2], expected[3], expected[9]) = (order[4], order[4], order[0])
        #expect(found == expected)
        let told = examples.takeNewlyBroken()
        #expect(Set(told.map(\.name)) == Set(broken.map { "\($0).png" }) && told.count == 3)
        #expect(told.contains { $0.reason.contains("14000 × 12000 pixels; the limit is 64000000") })
        #expect(
            told.contains { $0.reason.contains("breaks off") }
                && told.contains { $0.reason.contains("web page") })
        #expect(examples.takeNewlyBroken().isEmpty)
        // What was asked before does not matter, nor from how many threads.
        let again = try self.examples()
        let backwards = try (0..<10).reversed().map {
            try again.example(at: $0, width: 12, height: 12).image[8, 8, 0]
        }
        #expect(backwards.reversed() == found)
        let threaded = try self.examples()
        let parallel = try ParallelMap.results(10) {
            try threaded.example(at: $0, width: 12, height: 12).image[8, 8, 0]
        }
        #expect(parallel == found && threaded.takeNewlyBroken().count == 3)

        let strict = try self.examples { $0.skipsBroken = false }
        let error = try Pictures.failure {
            for place in 0..<10 { _ = try strict.example(at: place, width: 8, height: 8) }
        }
        guard case .brokenPicture("photos", _, _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func nothingButBrokenPicturesIsAnError() throws {
        for number in 0..<3 { try scratch.write("\(number).jpg", "no picture") }
        let examples = try examples()
        let error = try Pictures.failure { _ = try examples.example(at: 7, width: 8, height: 8) }
        guard case .allBroken("photos", 3, _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test func wordsThatAreMissing() throws {
        try scratch.write("red_house-2.png", Pictures.marked().pngData())
        #expect(try examples().caption(at: 0) == "")
        #expect(try examples { $0.missingWords = .fileName }.caption(at: 0) == "red house")
        let error = try Pictures.failure { _ = try examples { $0.missingWords = .error } }
        #expect(error == .noCaption(source: "photos", name: "red_house-2.png", count: 1))
        // A file of spaces is found out when it is read.
        try scratch.write("red_house-2.txt", "  \n")
        let late = try examples { $0.missingWords = .error }
        #expect(throws: error) { try late.example(at: 0, width: 8, height: 8) }
    }

    // MARK: Kinds of pictures, end to end

    @Test func transparentPixelsShowTheBackground() throws {
        var pixels = [UInt8](repeating: 0, count: 8 * 8 * 4)
        for place in 0..<32 { pixels.replaceSubrange(place * 4..<place * 4 + 4, with: [200, 100, 50, 255]) }
        let image = try Image(width: 8, height: 8, channels: 4, pixels: pixels)
        let found = try only("a.png", image.pngData(), width: 8, height: 8) {
            $0.shaping.background = Color(1, 2, 3)
        }
        #expect(Array(found[0, 0]) == [200, 100, 50] && Array(found[0, 7]) == [1, 2, 3])
    }

    @Test func grayBecomesThreeChannels() throws {
        let gray = try Image(width: 4, height: 4, channels: 1, pixels: (0..<16).map { UInt8($0 * 16) })
        let found = try only("a.png", gray.pngData(), width: 4, height: 4)
        #expect(found.channels == 3 && Array(found[3, 3]) == [240, 240, 240])
    }

    @Test func sixteenBitsAreRounded() throws {
        let found = try only("a.png", Data(contentsOf: Pictures.fixture("deep.png")), width: 8, height: 4)
        for x in 0..<8 {
            let wanted = [x * 8192, 65535 - x * 8192, 2 * 16384].map { Int((Double($0) / 257).rounded()) }
            #expect(zip(found[x, 2], wanted).allSatisfy { abs(Int($0) - $1) <= 1 })
        }
    }

    @Test func inkBecomesLight() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "ImagesTests/Fixtures/cmyk.jpg")
        let bytes = try Data(contentsOf: file)
        let whole = try Image(decoding: bytes)
        let side = min(whole.width, whole.height)
        let found = try only("a.jpg", bytes, width: side, height: side)
        #expect(found == (try whole.covering(width: side, height: side)))
        #expect(found.channels == 3)
    }

    /// Orientation 6: the camera was turned, the first stored row is the right-hand side.
    @Test func camerasHeldUprightAreTurned() throws {
        let stored = try Pictures.marked(30, 60).jpegData(quality: 95)
        var exif: [UInt8] = [0xFF, 0xE1, 0, 34]
        exif += Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        exif += [0, 0, 0, 0]
        let bytes = stored.prefix(2) + exif + stored.dropFirst(2)
        #expect(try Image.header(of: bytes).width == 60)
        let found = try only("a.jpg", bytes, width: 60, height: 30)
        // The mark of the upper left corner lies in the upper right one.
        #expect(found[55, 5, 1] > 200 && found[5, 5, 1] < 80)
    }

    @Test func aWrongEndingDoesNotMatter() throws {
        let image = try Pictures.marked()
        #expect(try only("a.jpg", image.pngData(), width: 12, height: 12) == image)
    }

    // MARK: Cutting and mirroring

    @Test func theMiddleIsCutOut() throws {
        let image = try Image(width: 30, height: 10, channels: 1, pixels: (0..<300).map { UInt8($0 % 30) })
        let found = try only("a.png", image.pngData(), width: 10, height: 10)
        #expect((0..<10).map { found[$0, 4, 0] } == (10..<20).map { UInt8($0) })
    }

    @Test func anyPartIsCutOutWhenAsked() throws {
        let image = try Image(width: 30, height: 10, channels: 1, pixels: (0..<300).map { UInt8($0 % 30) })
        try scratch.write("a.png", image.pngData())
        let examples = try examples { $0.shaping.cropsAnywhere = true }
        let starts = try (0..<200).map { try examples.example(at: $0, width: 10, height: 10).image[0, 0, 0] }
        #expect(Set(starts) == Set(0...20))
        let again = try self.examples { $0.shaping.cropsAnywhere = true }
        #expect(try again.example(at: 150, width: 10, height: 10).image[0, 0, 0] == starts[150])
    }

    @Test func captionsFollowTheMirror() throws {
        try scratch.write("a.png", Pictures.marked().pngData())
        try scratch.write("a.txt", "the mark is on the left")
        let examples = try examples { $0.shaping.flipShare = 0.5 }
        var mirrored = 0
        for place in 0..<200 {
            let example = try examples.example(at: place, width: 12, height: 12)
            let isLeft = example.image[0, 0, 1] == 250
            #expect(example.image[11, 0, 1] == (isLeft ? 40 : 250))
            #expect(example.caption == "the mark is on the \(isLeft ? "left" : "right")")
            mirrored += isLeft ? 0 : 1
        }
        #expect((70...130).contains(mirrored))
        try scratch.write("a.txt", "a sign on the left")
        let written = try self.examples { $0.shaping.flipShare = 1 }
        #expect(try written.example(at: 0, width: 12, height: 12).image[0, 0, 1] == 250)
    }

    @Test func headersAreReadWithoutDecoding() throws {
        for (bytes, format) in [
            (try Pictures.marked(20, 10).pngData(), ImageFormat.png),
            (try Pictures.marked(20, 10).jpegData(), .jpeg),
            (try Pictures.marked(20, 10).webpData(), .webp),
        ] {
            let header = try Image.header(of: bytes)
            #expect(header.width == 20 && header.height == 10 && header.format == format)
        }
        #expect(try Image.header(of: Pictures.declaring(60_000, 60_000)).width == 60_000)
        #expect(throws: ImageError.self) { try Image.header(of: Data("none".utf8)) }
    }
}
