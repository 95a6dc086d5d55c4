import Diagnostics
import Foundation
import Images
import Testing

@Suite("Broken and hostile files")
struct MalformedTests {
    @Test("a file that breaks off anywhere is an error, never a crash or a different picture")
    func truncated() throws {
        for (name, bytes) in try pictureFiles() {
            let whole = try Image(decoding: bytes)
            var refused = 0
            for length in Array(stride(from: 0, to: bytes.count, by: 7)) + [bytes.count - 1] {
                do {
                    let image = try Image(decoding: bytes.prefix(length), named: name)
                    #expect(image == whole, "\(name) cut at \(length)")
                } catch {
                    refused += 1
                    #expect(!error.summary.isEmpty)
                }
                _ = try? ImageMetadata.read(from: bytes.prefix(length))
                _ = try? AnimatedImage(decoding: bytes.prefix(length))
            }
            #expect(refused >= bytes.count / 7 - 2, "\(name): only \(refused) cuts were noticed")
        }
    }

    @Test("a huge declared size is refused before memory is taken")
    func huge() throws {
        let png = HandmadePNG(width: 60_000, height: 60_000)
        #expect(
            try failure { _ = try Image(decoding: png.bytes) }
                == .tooManyPixels(source: "these bytes", width: 60_000, height: 60_000, limit: 64_000_000))
        let largest = HandmadePNG(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)
        #expect(
            try failure { _ = try Image(decoding: largest.bytes, pixelLimit: .max) }
                == .tooManyPixels(
                    source: "these bytes", width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, limit: .max))

        var photo = try gradient(16, 16).jpegData()
        let frame = try #require(photo.range(of: Data([0xFF, 0xC0, 0x00])))
        photo.replaceSubrange(frame.lowerBound + 5..<frame.lowerBound + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(
            try failure { _ = try Image(decoding: photo) }
                == .tooManyPixels(source: "these bytes", width: 65_500, height: 65_500, limit: 64_000_000))

        var animation = try webp(gradient(16, 16).webpData(), adding: [("EXIF", [1, 2])])
        animation[20] |= 0x02
        animation.replaceSubrange(24..<30, with: [0x3F, 0x9C, 0x00, 0x3F, 0x9C, 0x00])
        #expect(
            try failure { _ = try Image(decoding: animation) }
                == .tooManyPixels(source: "these bytes", width: 40_000, height: 40_000, limit: 64_000_000))

        var web = try gradient(16, 16).webpData()
        web.replaceSubrange(21..<25, with: [0xFF, 0xFF, 0xFF, 0x0F])
        #expect(
            try failure { _ = try Image(decoding: web) }
                == .tooManyPixels(source: "these bytes", width: 16_384, height: 16_384, limit: 64_000_000))
    }

    @Test("the pixel limit is exact and can be changed")
    func limit() throws {
        let bytes = try gradient(20, 10).pngData()
        #expect(try Image(decoding: bytes, pixelLimit: 200).width == 20)
        #expect(
            try failure { _ = try Image(decoding: bytes, named: "a.png", pixelLimit: 199) }
                == .tooManyPixels(source: "a.png", width: 20, height: 10, limit: 199))
        let frames = try (0..<3).map { try noise(10, 10, channels: 3, seed: UInt64($0)) }
        let animation = try AnimatedImage(frames, milliseconds: 20).webpData()
        #expect(try AnimatedImage(decoding: animation, pixelLimit: 300).frames.count == 3)
        #expect(throws: ImageError.self) { try AnimatedImage(decoding: animation, pixelLimit: 299) }
    }

    @Test("a compressed text that expands without end is left out")
    func textBomb() throws {
        // One stored block repeated is slow to write by hand, so the bomb is 9 MB of stored zeros.
        var png = HandmadePNG(width: 1, height: 1)
        png.rows = [[1, 2, 3]]
        png.chunks = [
            (
                "zTXt",
                Array("bomb".utf8) + [0, 0] + HandmadePNG.stored([UInt8](repeating: 65, count: 9 << 20))
            ),
            ("zTXt", Array("fine".utf8) + [0, 0] + HandmadePNG.stored(Array("words".utf8))),
        ]
        #expect(try ImageMetadata.read(from: png.bytes).text == ["fine": "words"])
    }

    @Test("a JPEG of too many scans is refused")
    func scans() throws {
        var bytes = Array(try fixture("progressive.jpg"))
        // Repeat the last scan (from its SOS marker to the end) many times.
        let end = bytes.count - 2
        let start = try #require((0..<end - 1).last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
        let scan = Array(bytes[start..<end])
        bytes.replaceSubrange(start..<end, with: (0..<200).flatMap { _ in scan })
        let error = try failure { _ = try Image(decoding: bytes) }
        let isRefused =
            switch error {
            case .unsupportedVariant, .damaged: true
            default: false
            }
        #expect(isRefused, "\(error)")
    }
}
