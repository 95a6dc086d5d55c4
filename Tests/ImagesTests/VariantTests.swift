import Foundation
import Images
import Testing

@Suite("Every kind of picture file")
struct VariantTests {
    private func decode(_ png: HandmadePNG) throws -> Image { try Image(decoding: png.bytes) }

    @Test("16-bit samples are rounded to 8")
    func sixteenBits() throws {
        let values: [UInt16] = [0, 128, 129, 257, 32_768, 65_407, 65_535, 1000, 40_000]
        var png = HandmadePNG(width: 3, height: 1, bitDepth: 16)
        png.rows = [values.flatMap { bigEndian($0) }]
        let expected = values.map { UInt8((Double($0) / 257).rounded()) }
        #expect(try decode(png) == Image(width: 3, height: 1, channels: 3, pixels: expected))
    }

    @Test("gray of 1, 2, 4, 8 and 16 bits becomes one channel", arguments: [1, 2, 4, 8, 16])
    func gray(bits: Int) throws {
        // Two pixels: none and full.
        var png = HandmadePNG(width: 2, height: 1, bitDepth: UInt8(bits), colorType: 0)
        switch bits {
        case 16: png.rows = [[0, 0, 255, 255]]
        case 8: png.rows = [[0, 255]]
        default: png.rows = [[UInt8(truncatingIfNeeded: ((1 << bits) - 1) << (8 - 2 * bits))]]
        }
        #expect(try decode(png) == Image(width: 2, height: 1, channels: 1, pixels: [0, 255]))
    }

    @Test("gray with alpha becomes RGBA")
    func grayAlpha() throws {
        var png = HandmadePNG(width: 2, height: 1, colorType: 4)
        png.rows = [[10, 255, 200, 7]]
        #expect(
            try decode(png)
                == Image(width: 2, height: 1, channels: 4, pixels: [10, 10, 10, 255, 200, 200, 200, 7]))
    }

    @Test("palettes become RGB, with transparent entries RGBA")
    func palette() throws {
        var png = HandmadePNG(width: 4, height: 1, bitDepth: 2, colorType: 3)
        png.chunks = [("PLTE", [255, 0, 0, 0, 255, 0, 0, 0, 255])]
        png.rows = [[0b00_01_10_00]]
        #expect(
            try decode(png)
                == Image(
                    width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0]))
        png.chunks.append(("tRNS", [255, 128]))
        let clear: [UInt8] = [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 255, 255, 0, 0, 255]
        #expect(try decode(png) == Image(width: 4, height: 1, channels: 4, pixels: clear))
    }

    @Test("one transparent colour gives alpha")
    func transparentColor() throws {
        var png = HandmadePNG(width: 2, height: 1)
        png.chunks = [("tRNS", [0, 1, 0, 2, 0, 3])]
        png.rows = [[1, 2, 3, 4, 5, 6]]
        #expect(
            try decode(png) == Image(width: 2, height: 1, channels: 4, pixels: [1, 2, 3, 0, 4, 5, 6, 255]))
    }

    @Test("interlaced files come out in order")
    func interlaced() throws {
        let image = try noise(11, 9, channels: 3)
        let passes = [
            (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
        ]
        var png = HandmadePNG(width: 11, height: 9, isInterlaced: true)
        for (x, y, dx, dy) in passes {
            for row in stride(from: y, to: 9, by: dy) {
                let columns = Array(stride(from: x, to: 11, by: dx))
                if !columns.isEmpty { png.rows.append(columns.flatMap { Array(image[$0, row]) }) }
            }
        }
        #expect(try decode(png) == image)
    }

    @Test("a linear PNG is encoded for sRGB; one that says sRGB is left alone")
    func gamma() throws {
        var png = HandmadePNG(width: 1, height: 1, bitDepth: 16)
        png.rows = [[0x36, 0xBB, 0x36, 0xBB, 0x36, 0xBB]]  // 0.2138 in light is 0.4997 in sRGB
        png.chunks = [("gAMA", bigEndian(UInt32(100_000)))]
        #expect(try decode(png).pixels.allSatisfy { abs(Int($0) - 127) <= 1 })
        png.chunks.insert(("sRGB", [0]), at: 0)
        #expect(try decode(png).pixels == [55, 55, 55])
    }

    private let stored: [UInt8] = [250, 10, 30, 20, 240, 60]

    /// What is stored as red looks green, and so on.
    private func expectRotated(_ image: Image, tolerance: Int = 4) {
        for (index, wanted) in [30, 250, 10, 60, 20, 240].enumerated() {
            // The profile's plain gamma and sRGB differ in the shadows.
            let slack = wanted < 70 ? 12 : tolerance
            let found = Int(image.pixels[index / 3 * image.channels + index % 3])
            #expect(abs(found - wanted) <= slack, "sample \(index): \(found), wanted \(wanted)")
        }
    }

    @Test("colour profiles in PNG are converted to sRGB", arguments: [UInt8(8), 16])
    func pngProfile(bits: UInt8) throws {
        var png = HandmadePNG(width: 2, height: 1, bitDepth: bits)
        png.rows = [bits == 8 ? stored : stored.flatMap { [$0, $0] }]
        png.chunks = [("iCCP", Array("p".utf8) + [0, 0] + HandmadePNG.stored(HandmadePNG.rotatedProfile()))]
        expectRotated(try decode(png))
        png.colorType = 6
        var row: [UInt8] = []
        for pixel in 0..<2 {
            for sample in stored[pixel * 3..<pixel * 3 + 3] + [77] {
                row += [UInt8](repeating: sample, count: Int(bits) / 8)
            }
        }
        png.rows = [row]
        let clear = try decode(png)
        expectRotated(clear)
        #expect(clear[0, 0, 3] == 77 && clear[1, 0, 3] == 77)
    }

    @Test("colour profiles in WebP are converted to sRGB")
    func webpProfile() throws {
        let plain = try Image(width: 2, height: 1, channels: 3, pixels: stored).webpData()
        expectRotated(try Image(decoding: webp(plain, adding: [("ICCP", HandmadePNG.rotatedProfile())])))
    }

    @Test("colour profiles in JPEG are converted to sRGB; a broken one counts as none")
    func jpegProfile() throws {
        let flat = try Image(width: 16, height: 16, fill: (250, 10, 30)).jpegData(quality: 98)
        let profile = HandmadePNG.rotatedProfile()
        let colored = try Image(
            decoding: jpeg(flat, adding: Array("ICC_PROFILE\0".utf8) + [1, 1] + profile, as: 0xE2))
        let pixel = colored[8, 8].map(Int.init)
        #expect(abs(pixel[0] - 30) < 16 && abs(pixel[1] - 250) < 6 && abs(pixel[2] - 10) < 16)
        let broken = try Image(
            decoding: jpeg(flat, adding: Array("ICC_PROFILE\0".utf8) + [1, 1] + profile.prefix(60), as: 0xE2))
        #expect(try broken == Image(decoding: flat))
    }

    @Test("CMYK JPEG becomes RGB")
    func cmyk() throws {
        let image = try Image(decoding: fixture("cmyk.jpg"))
        #expect(image.channels == 3)
        let expected = [
            (8, 8, [0, 255, 255]), (24, 8, [255, 0, 255]), (8, 24, [127, 127, 0]), (24, 24, [255, 255, 255]),
        ]
        for (x, y, color) in expected {
            for (found, wanted) in zip(image[x, y], color) { #expect(abs(Int(found) - wanted) <= 4) }
        }
    }

    @Test("YCCK JPEG becomes RGB")
    func ycck() throws {
        var bytes = try fixture("cmyk.jpg")
        let marker = try #require(bytes.range(of: Data("Adobe".utf8)))
        bytes[marker.lowerBound + 11] = 2  // the same numbers, now read as luma, two chromas and black
        let image = try Image(decoding: bytes)
        // No ink is stored as (255, 255, 255, 255); as YCCK that means Y = Cb = Cr = 255,
        // which is ink of 255 - (255, 121, 255).
        let pixel = image[24, 24].map(Int.init)
        let expected = [0, 134, 0]
        for (found, wanted) in zip(pixel, expected) { #expect(abs(found - wanted) <= 4) }
    }

    @Test("progressive JPEG comes out like any other")
    func progressive() throws {
        let image = try Image(decoding: fixture("progressive.jpg"))
        let expected = try picture(40, 24) { x, y in [x * 6, y * 10, 255 - x * 6] }
        #expect(try likeness(image, expected) > 35)
    }

    @Test("of an animation the first frame is taken")
    func firstFrame() throws {
        let frames = try [noise(8, 8, channels: 3, seed: 5), noise(8, 8, channels: 3, seed: 6)]
        let bytes = try AnimatedImage(frames, milliseconds: 100).webpData()
        #expect(try Image(decoding: bytes) == frames[0].rgba())
    }
}

/// A JPEG file with one more segment at its start.
func jpeg(_ bytes: Data, adding content: [UInt8], as marker: UInt8) -> Data {
    var file: [UInt8] = [0xFF, 0xD8, 0xFF, marker]
    file += bigEndian(UInt16(content.count + 2))
    file += content
    file += bytes.dropFirst(2)
    return Data(file)
}

/// A plain WebP file in the extended layout with further chunks; the picture must be small and opaque.
func webp(_ bytes: Data, adding chunks: [(String, [UInt8])]) throws -> Data {
    let image = try Image(decoding: bytes)
    func chunk(_ kind: String, _ content: [UInt8]) -> [UInt8] {
        var bytes = Array(kind.utf8)
        bytes += littleEndian(UInt32(content.count))
        bytes += content
        if content.count % 2 == 1 { bytes.append(0) }
        return bytes
    }
    var flags: UInt8 = 0
    for (kind, _) in chunks { flags |= kind == "ICCP" ? 0x20 : kind == "EXIF" ? 0x08 : 0 }
    var header: [UInt8] = [flags, 0, 0, 0]
    header += littleEndian(UInt32(image.width - 1)).prefix(3)
    header += littleEndian(UInt32(image.height - 1)).prefix(3)
    var body = chunk("VP8X", header)
    for (kind, content) in chunks where kind == "ICCP" { body += chunk(kind, content) }
    body += bytes.dropFirst(12)
    for (kind, content) in chunks where kind != "ICCP" { body += chunk(kind, content) }
    var file = Array("RIFF".utf8)
    file += littleEndian(UInt32(body.count + 4))
    file += Array("WEBP".utf8)
    file += body
    return Data(file)
}
