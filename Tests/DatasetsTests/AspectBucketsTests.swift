import Foundation
import Images
import Testing

@testable import Datasets

/// Pictures sorted by their shape.
@Suite struct AspectBucketsTests {
    private let scratch: ScratchFolder
    private let buckets = AspectBuckets([(16, 16), (12, 20), (20, 12)])

    init() throws { scratch = try ScratchFolder() }

    @Test(arguments: [
        (100, 100, 0), (8, 7, 0), (30, 20, 2), (20, 30, 1), (1000, 1, 2), (1, 1000, 1), (125, 100, 0),
        (130, 100, 2), (0, 0, 0),
    ])
    func theNearestShapeIsTaken(width: Int, height: Int, bucket: Int) {
        #expect(buckets.nearest(width: width, height: height) == bucket)
    }

    @Test func fewPicturesGoToTheNearestShape() {
        let wide = AspectBuckets([(16, 16), (12, 20), (20, 12), (24, 8)])
        #expect(wide.joined(counts: [9, 9, 9, 9], fewest: 4) == [0, 1, 2, 3])
        #expect(wide.joined(counts: [9, 0, 9, 2], fewest: 4) == [0, 1, 2, 2])
        // Two small ones together are enough.
        #expect(wide.joined(counts: [9, 9, 3, 2], fewest: 4) == [0, 1, 2, 2])
        #expect(Set(wide.joined(counts: [1, 1, 1, 1], fewest: 100)).count == 1)
        #expect(wide.joined(counts: [0, 0, 3, 0], fewest: 100) == [0, 1, 2, 3])
    }

    private func fill() throws {
        for (number, size) in [(20, 20), (30, 20), (20, 30), (60, 40), (21, 20)].enumerated() {
            try scratch.write("\(number).png", Pictures.marked(size.0, size.1, red: UInt8(number)).pngData())
            try scratch.write("\(number).txt", "number \(number) on the left")
        }
        try scratch.write("5.png", Pictures.declaring(14_000, 12_000))
        try scratch.write("6.jpg", "no picture")
    }

    private func examples(_ change: (inout PictureExamples.Options) -> Void = { _ in }) throws
        -> PictureExamples
    {
        var options = PictureExamples.Options()
        change(&options)
        return try PictureExamples(PictureFolder(scratch.url, named: "photos"), options: options, seed: 4)
    }

    @Test func headersSayWhereAPictureBelongs() throws {
        try fill()
        let examples = try examples()
        #expect(try examples.members(of: buckets) == [[0, 4], [2], [1, 3]])
        let broken = examples.takeNewlyBroken()
        #expect(Set(broken.map(\.name)) == ["5.png", "6.jpg"])
        #expect(broken.contains { $0.reason.contains("14000 × 12000 pixels; the limit is 64000000") })
        let strict = try self.examples { $0.skipsBroken = false }
        guard
            case .brokenPicture("photos", "5.png", _) = try Pictures.failure({
                _ = try strict.members(of: buckets)
            })
        else {
            Issue.record("a broken picture was passed over")
            return
        }
    }

    @Test func nothingButBrokenHeadersIsAnError() throws {
        for number in 0..<3 { try scratch.write("\(number).jpg", "no picture") }
        let examples = try examples()
        guard
            case .allBroken("photos", 3, let example) = try Pictures.failure({
                _ = try examples.members(of: buckets)
            })
        else {
            Issue.record("another error")
            return
        }
        #expect(example.hasPrefix("2.jpg"))
    }

    @Test func someOfThePicturesAreShownEpochByEpoch() throws {
        try fill()
        let some = try examples { $0.shaping.flipShare = 0.5 }.limited(to: [0, 2, 4])
        for epoch in 0..<10 {
            let reds = try (0..<3).map { place in
                let made = try some.example(at: 3 * epoch + place, width: 12, height: 20)
                #expect(made.image.width == 12 && made.image.height == 20)
                // The words follow the mirror, whatever the shape.
                let isMirrored = made.image[11, 0, 1] == 250
                #expect(made.caption.hasSuffix(isMirrored ? "right" : "left"))
                return Int(made.image[6, 18, 0])
            }
            #expect(Set(reds) == [0, 2, 4])
        }
    }

    @Test func othersTakeThePlacesOfABrokenBucket() throws {
        try fill()
        let good = try Pictures.marked(20, 30).pngData()
        try scratch.write("2.png", good.prefix(80))
        let examples = try examples()
        let members = try examples.members(of: buckets)
        #expect(members[1] == [2])
        let made = try examples.limited(to: members[1]).example(at: 7, width: 12, height: 20)
        #expect(made.image.width == 12 && made.image.height == 20)
        #expect(examples.takeNewlyBroken().contains { $0.name == "2.png" })
    }

    /// A long note before the size, as cameras write it, and a turn.
    @Test func longHeadersAndTurnsAreRead() throws {
        let stored = try Pictures.marked(30, 60).jpegData(quality: 95)
        var exif: [UInt8] = Array("Exif\0\0MM\0*".utf8) + [0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]
        exif += [UInt8](repeating: 0, count: 6)
        let note = [UInt8](repeating: 7, count: 60_000)
        func segment(_ kind: UInt8, _ content: [UInt8]) -> [UInt8] {
            [0xFF, kind, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
        }
        let bytes = Data(stored.prefix(2) + segment(0xE1, exif) + segment(0xED, note) + stored.dropFirst(2))
        try scratch.write("a.jpg", bytes)
        try scratch.write("b.webp", Pictures.marked(60, 30).webpData())
        #expect(try examples().members(of: buckets) == [[], [], [0, 1]])
    }

    /// A source that gives a few first bytes of its pictures and nothing else.
    private struct Beginnings: PictureSource {
        let files: [Data]
        let title = "beginnings"
        let fingerprint: UInt64 = 1
        let findings = SourceFindings()
        var count: Int { files.count }
        func name(at index: Int) -> String { "\(index)" }
        func ending(at index: Int) -> String { "" }
        func caption(at index: Int) throws(PictureDataError) -> String? { nil }
        func identity(at index: Int) throws(PictureDataError) -> String { "\(index)" }
        func bytes(at index: Int) throws(PictureDataError) -> Data {
            throw .unreadable(path: name(at: index), reason: "the whole file was asked for")
        }
        func start(at index: Int, count: Int) throws(PictureDataError) -> Data {
            guard count <= 4096 else { return try bytes(at: index) }
            return files[index].prefix(count)
        }
    }

    @Test func fourKilobytesAreEnough() throws {
        var state: UInt32 = 1
        let noise = try Image(
            width: 180, height: 120, channels: 3,
            pixels: (0..<(180 * 120 * 3)).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return UInt8(state >> 24)
            })
        let files = [try noise.pngData(), try noise.jpegData(quality: 90), try noise.webpData()]
        #expect(files.allSatisfy { $0.count > 8192 })
        let examples = try PictureExamples(Beginnings(files: files), seed: 1)
        #expect(try examples.members(of: buckets) == [[], [], [0, 1, 2]])
        #expect(examples.takeNewlyBroken().isEmpty)
    }
}
