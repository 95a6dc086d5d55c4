import Diagnostics
import Foundation
import Images
import Testing

@Suite("What picture errors say")
struct ErrorTextTests {
    static let texts: [(ImageError, String)] = [
        (
            .impossibleSize(width: 0, height: 3),
            """
            an image of 0 × 3 pixels cannot exist: each side must lie in 1…65535, the area in 1…268435456
              → check the width and height that were asked for
            """
        ),
        (
            .unsupportedChannels(2),
            """
            an image has 1 (gray), 3 (RGB) or 4 (RGBA) channels, not 2
              → convert the picture to gray, RGB or RGBA first
            """
        ),
        (
            .wrongSampleCount(width: 2, height: 2, channels: 3, found: 11),
            """
            an image of 2 × 2 pixels with 3 channels does not have 11 samples
              → check that rows are packed without padding and channels are interleaved
            """
        ),
        (
            .unreadableFile(path: "a.png", reason: "there is no such file"),
            """
            a.png: there is no such file
              → check the path and the permissions of the file
            """
        ),
        (
            .empty(source: "a.png"),
            """
            a.png: no picture here, not one byte
              → copy or download the file again: a broken-off copy often leaves an empty file
            """
        ),
        (
            .notAPicture(source: "a.png", looksLike: "a PDF document"),
            """
            a.png: expected a PNG, JPEG or WebP picture, found a PDF document
              → convert it to PNG first; the file's name does not matter, only what is in it
            """
        ),
        (
            .tooManyPixels(source: "a.png", width: 60_000, height: 60_000, limit: 64),
            """
            a.png: the picture declares 60000 × 60000 pixels; the limit is 64 pixels
              → make the picture smaller first
              → raise `pixelLimit` if the file comes from somewhere you trust
            """
        ),
        (
            .truncated(source: "a.jpg", format: .jpeg, byteCount: 12),
            """
            a.jpg: the JPEG picture breaks off after 12 bytes
              → copy or download the file again: it is not whole
            """
        ),
        (
            .damaged(source: "a.webp", format: .webp, detail: "the header makes no sense"),
            """
            a.webp: the WebP picture is damaged (the header makes no sense)
              → copy or download the file again
              → open it in an image editor and export it as PNG
            """
        ),
        (
            .unsupportedVariant(source: "a.jpg", format: .jpeg, detail: ""),
            """
            a.jpg: this kind of JPEG picture is not read here
              → open it in an image editor and export it as PNG
            """
        ),
        (
            .outOfMemory(width: 5, height: 6),
            """
            no memory for a picture of 5 × 6 pixels
              → use a smaller picture, or close other programs
            """
        ),
        (
            .cannotEncode(format: .webp, width: 20_000, height: 1, detail: "too wide"),
            """
            a picture of 20000 × 1 pixels cannot be written as WebP: too wide
              → write it as PNG, or make it smaller
            """
        ),
        (
            .qualityOutOfRange(101, allowed: 1...100),
            """
            quality 101 lies outside 1…100
              → 80 is a good start; higher is better and larger
            """
        ),
        (
            .unstorableText(key: "k", reason: "its text has a null character"),
            """
            the PNG text "k" cannot be stored: its text has a null character
              → use a key of 1 to 79 letters without accents, and text without null characters
            """
        ),
        (
            .cropOutside(x: 1, y: 2, width: 3, height: 4, imageWidth: 3, imageHeight: 9),
            """
            the rectangle of 3 × 4 pixels at (1, 2) does not lie inside the image of 3 × 9 pixels
              → choose a rectangle inside the image
            """
        ),
        (.noPictures(of: "an animation"), "an animation needs at least one picture, found none"),
        (
            .frameSizeDiffers(frame: 2, width: 3, height: 4, expectedWidth: 5, expectedHeight: 6),
            """
            frame 2 has 3 × 4 pixels; the first has 5 × 6
              → resize all frames to one size first
            """
        ),
        (
            .durationOutOfRange(frame: 0, milliseconds: 0),
            """
            frame 0 would last 0 ms; a frame lasts 1…16777215 ms, all together at most 2147483647 ms
              → 40 ms a frame is 25 frames a second
            """
        ),
        (
            .loopsOutOfRange(-1),
            """
            an animation plays 1…65535 times, or 0 for ever; not -1 times
              → use 0 to repeat without end
            """
        ),
        (
            .unknownEnding(path: "out/a.pgn"),
            """
            out/a.pgn: the ending names no picture format; known are .png, .jpg, .jpeg and .webp
              → did you mean "png" or "jpg"?
            """
        ),
        (
            .unknownEnding(path: "out.d/picture"),
            """
            out.d/picture: the ending names no picture format; known are .png, .jpg, .jpeg and .webp
              → let the name end in .png
            """
        ),
        (
            .noAnimation(in: .png, path: "a.png"),
            """
            a.png: PNG holds no animation
              → let the name end in .webp
            """
        ),
        (
            .unusableFont(path: "a.ttf", reason: "this is no font that FreeType knows"),
            """
            a.ttf: this is no font that FreeType knows
              → name a TrueType or OpenType file, for example DejaVuSans.ttf
            """
        ),
    ]

    @Test("each error says what is wrong and what to do", arguments: texts)
    func text(error: ImageError, expected: String) {
        #expect(error.description == expected)
    }

    @Test("files that are no pictures are named for what they are")
    func lookalikes() throws {
        let cases: [([UInt8], String)] = [
            (Array("GIF89a".utf8), "a GIF picture"),
            (Array("BM".utf8) + [UInt8](repeating: 0, count: 30), "a BMP picture"),
            ([0x49, 0x49, 0x2A, 0x00, 8], "a TIFF picture"),
            ([0, 0, 0, 24] + Array("ftypavif".utf8), "an AVIF picture"),
            ([0, 0, 0, 24] + Array("ftypheic".utf8), "a HEIC picture"),
            ([0, 0, 0, 24] + Array("ftypisom".utf8), "a video (MP4 family)"),
            (Array("%PDF-1.7".utf8), "a PDF document"),
            (Array("PK\u{3}\u{4}".utf8), "a zip archive"),
            (Array("  <svg xmlns=".utf8), "an SVG drawing"),
            (Array("<!DOCTYPE html><html>".utf8), "a web page"),
            (
                Array("version https://git-lfs.github.com/spec/v1".utf8),
                "a Git LFS pointer instead of the file itself"
            ),
            (Array("Dear diary,\nit rained.".utf8), "text that begins \"Dear diary,\""),
            ([0x89, 0x50, 0x4E, 0x47, 0x0A, 0x1A], "a PNG signature with changed line ends"),
            ([1, 2, 255], "bytes that begin 01 02 ff"),
        ]
        for (bytes, looks) in cases {
            let error = try failure { _ = try Image(decoding: bytes, named: "x.png") }
            #expect(error == .notAPicture(source: "x.png", looksLike: looks))
        }
        #expect(try failure { _ = try Image(decoding: [UInt8]()) } == .empty(source: "these bytes"))
    }

    @Test("unreadable files say why")
    func files() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        func reason(_ url: URL) throws -> String {
            guard case .unreadableFile(let path, let reason) = try failure({ _ = try Image(contentsOf: url) })
            else {
                return ""
            }
            #expect(path == url.relativePath)
            return reason
        }
        #expect(try reason(folder.appending(path: "missing.png")) == "there is no such file")
        #expect(try reason(folder) == "this is a folder, not a picture file")
        #expect(try reason(URL(fileURLWithPath: "/dev/null")) == "this is no regular file")
        let font = folder.appending(path: "font.ttf")
        try Data("no font".utf8).write(to: font)
        #expect(
            try failure { _ = try Font(contentsOf: font) }
                == .unusableFont(path: font.relativePath, reason: "this is no font that FreeType knows"))
    }

    @Test("sizes, channels and qualities are checked")
    func values() throws {
        #expect(throws: ImageError.impossibleSize(width: -1, height: 5)) {
            try Image(width: -1, height: 5, channels: 3, pixels: [])
        }
        #expect(throws: ImageError.impossibleSize(width: .max, height: .max)) {
            try Image(width: .max, height: .max)
        }
        #expect(throws: ImageError.impossibleSize(width: 65_535, height: 65_535)) {
            try Image(width: 65_535, height: 65_535)
        }
        #expect(throws: ImageError.unsupportedChannels(2)) {
            try Image(width: 1, height: 1, channels: 2, pixels: [0, 0])
        }
        #expect(throws: ImageError.wrongSampleCount(width: 2, height: 1, channels: 3, found: 5)) {
            try Image(width: 2, height: 1, channels: 3, pixels: [0, 0, 0, 0, 0])
        }
        let image = try noise(4, 4, channels: 3)
        #expect(throws: ImageError.qualityOutOfRange(0, allowed: 1...100)) { try image.jpegData(quality: 0) }
        #expect(throws: ImageError.qualityOutOfRange(-1, allowed: 0...100)) {
            try image.webpData(.lossy(quality: -1))
        }
        let wide = try Image(width: 16_384, height: 1)
        guard case .cannotEncode(.webp, 16_384, 1, let detail) = try failure({ _ = try wide.webpData() })
        else {
            Issue.record("expected cannotEncode")
            return
        }
        #expect(detail.contains("16383"))
    }
}
