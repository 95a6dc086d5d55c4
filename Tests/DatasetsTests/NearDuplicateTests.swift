import Foundation
import Images
import Testing

@testable import Datasets

@Suite struct NearDuplicateTests {
    /// A picture of soft patches that no other seed has, with a share in all slow waves as photographs have.
    private func patches(_ seed: UInt64, width: Int = 96, height: Int = 72) throws -> Image {
        var random = SplitMix(seed)
        let pixels = (0..<8 * 8 * 3).map { _ in UInt8(30 + random.below(200)) }
        return try Image(width: 8, height: 8, channels: 3, pixels: pixels)
            .resized(width: width, height: height, method: .bicubic)
    }

    /// A single wave has a share in its own coefficient only: N²/4 times its height, N for the constant.
    @Test func wavesAreTakenApart() {
        let side = PerceptualHash.side
        for (across, down) in [(0, 0), (3, 0), (0, 5), (2, 7)] {
            let values = (0..<side * side).map { place in
                let (y, x) = place.quotientAndRemainder(dividingBy: side)
                return cos(.pi * Double((2 * x + 1) * across) / 64)
                    * cos(.pi * Double((2 * y + 1) * down) / 64)
            }
            let found = PerceptualHash.slowWaves(values)
            let weight = (across == 0 ? 32.0 : 16) * (down == 0 ? 32 : 16)
            for (place, value) in found.enumerated() {
                let expected = place == down * 8 + across ? weight : 0
                #expect(abs(value - expected) < 1e-9, "\(across), \(down): \(place)")
            }
        }
    }

    @Test func likePicturesHaveLikeHashes() throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let image = try patches(seed)
            let hash = try PerceptualHash(image)
            let smaller = try PerceptualHash(image.resized(width: 50, height: 40))
            let pressed = try PerceptualHash(Image(decoding: image.jpegData(quality: 40)))
            #expect(hash.distance(to: smaller) <= 4 && hash.distance(to: pressed) <= 6)
            #expect(try hash.distance(to: PerceptualHash(image.mirrored())) > 10)
            #expect(try hash.distance(to: PerceptualHash(patches(seed + 100))) > 10)
            #expect((20...44).contains(hash.bits.nonzeroBitCount))
        }
    }

    /// The banded search finds what comparing all pairs finds.
    @Test(arguments: [0, 1, 3, 4, 7, 10])
    func noNeighbourIsMissed(distance: Int) {
        var random = SplitMix(5, UInt64(distance))
        var hashes: [PerceptualHash] = []
        for _ in 0..<60 {
            let start = random.next()
            for _ in 0..<1 + random.below(5) {
                var bits = start
                for _ in 0..<random.below(9) { bits ^= 1 << UInt64(random.below(64)) }
                hashes.append(PerceptualHash(bits: bits))
            }
        }
        var parents = Array(hashes.indices)
        func root(_ index: Int) -> Int { parents[index] == index ? index : root(parents[index]) }
        for left in hashes.indices {
            for right in left + 1..<max(hashes.count, left + 1)
            where hashes[left].distance(to: hashes[right]) <= distance {
                let (one, other) = (root(left), root(right))
                if one != other { parents[max(one, other)] = min(one, other) }
            }
        }
        let expected = Dictionary(grouping: hashes.indices, by: root).values.filter { $0.count > 1 }
            .map { $0.sorted() }.sorted { $0[0] < $1[0] }
        #expect(NearDuplicates.groups(of: hashes, within: distance) == expected)
        #expect(!expected.isEmpty)
    }

    @Test func manyEqualOnesAreOneGroup() {
        let hashes = [PerceptualHash](repeating: PerceptualHash(bits: 7), count: 50_000)
        #expect(NearDuplicates.groups(of: hashes, within: 4) == [Array(0..<50_000)])
        #expect(NearDuplicates.groups(of: [], within: 4).isEmpty)
    }

    @Test func aSurveyTellsWhatIsThere() throws {
        let scratch = try ScratchFolder()
        for seed in 0..<6 as Range<UInt64> { try scratch.write("\(seed).png", patches(seed + 1).pngData()) }
        try scratch.write("copies/0.jpg", patches(1).jpegData(quality: 60))
        try scratch.write("copies/again.webp", patches(1, width: 48, height: 36).webpData())
        try scratch.write("wrong.jpg", patches(9, width: 30, height: 20).pngData())
        try scratch.write("huge.png", Pictures.declaring(15_000, 11_200))
        try scratch.write("half.png", patches(10).pngData().prefix(500))
        try scratch.write("0.txt", "one two three")
        try scratch.write("1.txt", "one")
        try scratch.write("x.gif", "GIF89a")
        let folder = try PictureFolder(scratch.url, named: "photos")
        var steps: [Int] = []
        let outcome = try PictureSurvey.outcome(of: folder, .init(resolution: 64)) { steps.append($0) }
        let survey = outcome.survey
        #expect(survey.examples == 11 && survey.brokenCount == 2 && steps.last == 11)
        #expect(survey.broken.map(\.name) == ["half.png", "huge.png"])
        #expect(survey.broken[1].reason.contains("15000 × 11200"))
        #expect(survey.formats == ["PNG": 7, "JPEG": 1, "WebP": 1])
        #expect(survey.misnamed.first == ["wrong.jpg"])
        #expect(survey.widths?.least == 30 && survey.widths?.median == 96 && survey.heights?.most == 72)
        #expect(survey.tooSmall == 2)
        #expect(survey.captionWords?.least == 1 && survey.captionWords?.most == 3)
        #expect(survey.findings.captionless.count == 9 && survey.findings.ignored.count == 1)
        let groups = NearDuplicates.groups(of: outcome.hashes.map(\.hash), within: 6)
        #expect(
            groups.map { $0.map { folder.name(at: outcome.hashes[$0].index) } } == [
                ["0.png", "copies/0.jpg", "copies/again.webp"]
            ])
    }

    /// Looks taken in two parts are the looks taken at once; they come back from bytes, unless those are damaged or of
    /// other pictures.
    @Test func looksAreTakenInPartsAndKept() throws {
        let scratch = try ScratchFolder()
        for seed in 0..<5 as Range<UInt64> { try scratch.write("\(seed).png", patches(seed + 1).pngData()) }
        try scratch.write("half.png", patches(10).pngData().prefix(500))
        let folder = try PictureFolder(scratch.url, named: "photos")
        let whole = try PictureLooks(of: folder)
        #expect(whole.isKnown == [true, true, true, true, true, false])
        #expect(try whole.hashes[2].hash == PerceptualHash(patches(3)))
        let parts = try [0..<2, 2..<6].map { try PictureLooks(of: folder, in: $0) }
        #expect(zip(parts[0].bits, parts[1].bits).map { $0 | $1 } == whole.bits)
        #expect(zip(parts[0].isKnown, parts[1].isKnown).map { $0 || $1 } == whole.isKnown)
        #expect(try PictureLooks(of: folder, isCancelled: { true }).hashes.isEmpty)

        var bytes = whole.bytes(of: folder, maximumPixels: 1000)
        #expect(PictureLooks(bytes, of: folder, maximumPixels: 1000) == whole)
        #expect(PictureLooks(bytes, of: folder, maximumPixels: 999) == nil)
        #expect(PictureLooks(Array(bytes.dropLast()), of: folder, maximumPixels: 1000) == nil)
        bytes[45] ^= 1
        #expect(PictureLooks(bytes, of: folder, maximumPixels: 1000) == nil)
    }

    /// What is left out is seen in no epoch, everything else once in each.
    @Test func whatIsLeftOutIsNeverSeen() throws {
        let scratch = try ScratchFolder()
        for number in 0..<7 {
            try scratch.write("\(number).png", patches(UInt64(number + 1)).pngData())
            try scratch.write("\(number).txt", "number \(number)")
        }
        let folder = try PictureFolder(scratch.url, named: "photos")
        let examples = try PictureExamples(folder, seed: 3).leavingOut([1, 4])
        for epoch in 0..<3 {
            let seen = try (0..<5).map { try examples.caption(at: 5 * epoch + $0) }
            #expect(seen.sorted() == [0, 2, 3, 5, 6].map { "number \($0)" })
            let drawn = try (0..<5).map { try examples.example(at: 5 * epoch + $0, width: 8, height: 8) }
            #expect(drawn.map(\.caption) == seen)
        }
        #expect(throws: PictureDataError.allTwins(source: "photos", count: 7)) {
            try examples.leavingOut(Set(0..<7))
        }
    }

    /// Not even in the place of pictures that turn out broken.
    @Test func whatIsLeftOutReplacesNothing() throws {
        let scratch = try ScratchFolder()
        for number in 0..<6 {
            try scratch.write("\(number).png", number < 2 ? Data() : patches(UInt64(number)).pngData())
            try scratch.write("\(number).txt", "number \(number)")
        }
        let folder = try PictureFolder(scratch.url, named: "photos")
        let examples = try PictureExamples(folder, seed: 3).leavingOut([2, 3])
        let limited = examples.limited(to: [0, 1])
        for some in [examples, limited] {
            let captions = try (0..<24).map { try some.example(at: $0, width: 8, height: 8).caption }
            #expect(Set(captions) == ["number 4", "number 5"])
        }
    }

    @Test func everyErrorSaysWhatToDo() {
        let errors: [PictureDataError] = [
            .unreadable(path: "a", reason: "b"), .missing(path: "a", nearest: nil),
            .noPictures(source: "a", ignored: 2), .badMetadata(file: "a", line: 3, reason: "b"),
            .unsafeName(file: "a", line: 1, name: "../x"), .noCaption(source: "a", name: "b", count: 4),
            .brokenPicture(source: "a", name: "b", reason: "c"),
            .allBroken(source: "a", count: 2, example: "b"),
            .nearDuplicates(source: "a", name: "b", twin: "c", count: 3),
            .allTwins(source: "a", count: 2),
            .truncatedTar(path: "a", offset: 512), .damagedTar(path: "a", offset: 0, reason: "b"),
            .compressedTar(path: "a", how: "gzip"),
        ]
        for error in errors {
            #expect(error.summary.hasSuffix(".") && !error.advice.isEmpty && error.summary.contains("a"))
        }
        #expect(errors[5].summary == "4 pictures of a have no caption; the first is b.")
        #expect(errors[8].summary == "b of a looks like c, and 2 more pictures look like earlier ones.")
        #expect(
            errors[10].summary == "a is not whole: it ends at byte 512, before the end mark of a tar file.")
    }
}
