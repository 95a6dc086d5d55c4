import Foundation
import Images
import Testing

@Suite("What goes in comes out")
struct RoundTripTests {
    static let sizes = [(1, 1), (1, 7), (13, 1), (31, 17), (64, 64)]

    @Test("PNG keeps every sample", arguments: [1, 3, 4])
    func png(channels: Int) throws {
        for (width, height) in Self.sizes {
            let image = try noise(width, height, channels: channels)
            #expect(try Image(decoding: image.pngData()) == image)
        }
    }

    @Test("lossless WebP keeps every sample", arguments: [3, 4])
    func webp(channels: Int) throws {
        for (width, height) in Self.sizes {
            let image = try noise(width, height, channels: channels)
            #expect(try Image(decoding: image.webpData()) == image)
        }
    }

    @Test("WebP has no gray, so gray comes back as RGB")
    func grayWebP() throws {
        let image = try noise(9, 5, channels: 1)
        #expect(try Image(decoding: image.webpData()) == image.rgb())
    }

    @Test("the same image gives the same bytes")
    func deterministic() throws {
        let image = try noise(40, 30, channels: 3)
        let metadata = ["parameters": "a", "darkroom": "{}", "Author": "b"]
        #expect(try image.pngData(metadata: metadata) == image.pngData(metadata: metadata))
        #expect(try image.jpegData() == image.jpegData())
        #expect(try image.webpData(.lossy(quality: 70)) == image.webpData(.lossy(quality: 70)))
    }

    @Test("JPEG and lossy WebP come close, closer with higher quality")
    func lossy() throws {
        let image = try gradient(96, 64)
        let rough = try likeness(image, Image(decoding: image.jpegData(quality: 30)))
        let fine = try likeness(image, Image(decoding: image.jpegData(quality: 95)))
        #expect(rough > 25)
        #expect(fine > 38)
        #expect(fine > rough)
        let web = try likeness(image, Image(decoding: image.webpData(.lossy(quality: 90))))
        #expect(web > 33)
    }

    @Test("gray JPEG stays gray; alpha is laid over white")
    func jpegChannels() throws {
        let gray = try Image(width: 16, height: 16, channels: 1, pixels: [UInt8](repeating: 90, count: 256))
        let decoded = try Image(decoding: gray.jpegData(quality: 95))
        #expect(decoded.channels == 1)
        #expect(decoded.pixels.allSatisfy { abs(Int($0) - 90) <= 1 })
        let clear = try Image(
            width: 8, height: 8, channels: 4, pixels: [UInt8](repeating: 0, count: 256))
        #expect(try Image(decoding: clear.jpegData(quality: 100)).pixels.allSatisfy { $0 >= 254 })
    }

    @Test("the content decides, not the name")
    func names() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = try noise(5, 5, channels: 3)
        let url = folder.appending(path: "really-a-png.jpg")
        try image.pngData().write(to: url)
        #expect(try Image(contentsOf: url) == image)
    }

    @Test("saving chooses the format by the name and keeps PNG text")
    func saving() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = try gradient(20, 20)
        for (name, format) in [
            ("a.png", ImageFormat.png), ("b.JPG", .jpeg), ("c.jpeg", .jpeg), ("d.webp", .webp),
        ] {
            let url = folder.appending(path: name)
            try image.write(to: url, metadata: ["parameters": "x"])
            let metadata = try ImageMetadata.read(contentsOf: url)
            #expect(metadata.format == format)
            #expect(metadata.text == (format == .png ? ["parameters": "x"] : [:]))
            #expect(try likeness(Image(contentsOf: url), image) > 30)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()).count == 4)
        #expect(throws: ImageError.unknownEnding(path: "x.pgn")) {
            try image.write(to: URL(fileURLWithPath: "x.pgn", relativeTo: folder))
        }
    }
}
