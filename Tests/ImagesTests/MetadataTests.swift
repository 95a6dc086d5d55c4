import Foundation
import Images
import Testing

@Suite("Text inside PNG files")
struct MetadataTests {
    @Test("settings come back letter for letter")
    func roundTrip() throws {
        let metadata = [
            "parameters":
                "a fox in the snow\nNegative prompt: blurry\nSteps: 25, Sampler: DPM++ 2M, Seed: 42",
            "darkroom": #"{"prompt":"Füchsin, 狐, 🦊, e\#u{301}","seed":42}"#,
            "Comment": "naïve café ÿ ¡",
            "Empty": "",
            "Long": String(repeating: "0123456789", count: 30_000),
        ]
        let image = try noise(6, 6, channels: 3)
        let bytes = try image.pngData(metadata: metadata)
        let read = try ImageMetadata.read(from: bytes)
        #expect(read.format == .png)
        #expect(read.text == metadata)
        #expect(try Image(decoding: bytes) == image)
    }

    @Test("Latin-1 goes into tEXt, everything else into iTXt, before the pixels")
    func chunks() throws {
        let bytes = try noise(2, 2, channels: 1).pngData(metadata: ["a": "é", "b": "é狐"])
        let plain = try #require(bytes.range(of: Data("tEXta\0".utf8 + [0xE9])))
        let international = try #require(bytes.range(of: Data("iTXtb\0\0\0\0\0é狐".utf8)))
        let pixels = try #require(bytes.range(of: Data("IDAT".utf8)))
        #expect(plain.upperBound < international.lowerBound && international.upperBound < pixels.lowerBound)
    }

    @Test("compressed entries and entries after the pixels are read; of equal keys the first counts")
    func foreign() throws {
        var png = HandmadePNG(width: 1, height: 1)
        png.rows = [[1, 2, 3]]
        png.chunks = [
            ("zTXt", Array("z".utf8) + [0, 0] + HandmadePNG.stored([0xE9])),
            ("iTXt", Array("i\0\u{1}\0de\0Name\0".utf8) + HandmadePNG.stored(Array("狐".utf8))),
            ("tEXt", Array("z\0later".utf8)),
            ("tEXt", Array("no null here".utf8)),
        ]
        var bytes = png.bytes
        bytes.insert(contentsOf: HandmadePNG.chunk("tEXt", Array("end\0last".utf8)), at: bytes.count - 12)
        #expect(try ImageMetadata.read(from: bytes).text == ["z": "é", "i": "狐", "end": "last"])
    }

    @Test("keys and texts that PNG cannot hold are refused")
    func refused() throws {
        let image = try noise(1, 1, channels: 1)
        let cases: [(String, String, String)] = [
            ("", "x", "its key has 0 letters, allowed are 1 to 79"),
            (String(repeating: "k", count: 80), "x", "its key has 80 letters, allowed are 1 to 79"),
            ("schlüssel", "x", "its key has letters outside ASCII"),
            (" key", "x", "its key has a space too many"),
            ("a  b", "x", "its key has a space too many"),
            ("key", "a\0b", "its text has a null character"),
        ]
        for (key, value, reason) in cases {
            let error = try failure { _ = try image.pngData(metadata: [key: value]) }
            #expect(error == .unstorableText(key: key, reason: reason))
        }
        #expect(try !image.pngData(metadata: [String(repeating: "k", count: 79): "x"]).isEmpty)
    }

    @Test("other formats have no text")
    func others() throws {
        let image = try noise(4, 4, channels: 3)
        #expect(try ImageMetadata.read(from: image.jpegData()) == ImageMetadata.read(from: image.jpegData()))
        #expect(try ImageMetadata.read(from: image.jpegData()).text.isEmpty)
        #expect(try ImageMetadata.read(from: image.webpData()).format == .webp)
    }
}
