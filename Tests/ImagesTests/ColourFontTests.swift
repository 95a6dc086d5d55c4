import Foundation
import Images
import Testing

private let noto = URL(fileURLWithPath: "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")

@Suite struct ColourFontTests {
    @Test func otherFilesAreRefused() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fonts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for bytes in [Data(), Data("no font".utf8), Data(repeating: 7, count: 4096)] {
            let file = folder.appending(path: "x.ttf")
            try bytes.write(to: file)
            let error = try #require(throws: ImageError.self) { try ColourFont(contentsOf: file) }
            #expect(error.summary.contains("x.ttf") && !error.advice.isEmpty)
        }
        #expect(throws: ImageError.self) { try ColourFont(contentsOf: folder.appending(path: "absent.ttf")) }
    }

    /// Outlines alone are no coloured pictures.
    @Test func aFontOfOutlinesIsRefused() throws {
        guard Font.standard.name != "built-in" else { return }
        #expect(throws: ImageError.self) {
            try ColourFont(contentsOf: URL(fileURLWithPath: Font.standard.name))
        }
    }

    @Test(
        .enabled(
            if: FileManager.default.isReadableFile(atPath: noto.path),
            "skipped: the package fonts-noto-color-emoji is not installed"))
    func sequencesBecomeOnePicture() throws {
        let font = try ColourFont(contentsOf: noto)
        let astronaut = try #require(font.glyph(for: "\u{1F469}\u{200D}\u{1F680}"))
        let dark = try #require(font.glyph(for: "\u{1F469}\u{1F3FF}\u{200D}\u{1F680}"))
        let woman = try #require(font.glyph(for: "\u{1F469}"))
        #expect(Set([astronaut, dark, woman]).count == 3)
        #expect(font.glyph(for: "\u{2764}") == font.glyph(for: "\u{2764}\u{FE0F}"))
        #expect(font.glyph(for: "") == nil && font.glyph(for: "two words") == nil)
        let france = try font.picture(of: try #require(font.glyph(for: "\u{1F1EB}\u{1F1F7}")))
        #expect(france.width == 136 && france.height == 128 && france.channels == 4)
        // The flag is blue on the left and red on the right; its corners are empty.
        let (left, right) = (Array(france[20, 64]), Array(france[115, 64]))
        #expect(left[2] > left[0] + 60 && right[0] > right[2] + 60 && left[3] == 255)
        #expect(france[0, 0, 3] == 0)
        #expect(throws: ImageError.self) { try font.picture(of: 4_000_000) }
    }

    @Test(
        .enabled(
            if: FileManager.default.isReadableFile(atPath: noto.path),
            "skipped: the package fonts-noto-color-emoji is not installed"))
    func damagedFontsDoNotCrash() throws {
        let whole = try Data(contentsOf: noto)
        let folder = FileManager.default.temporaryDirectory.appending(path: "fonts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "damaged.ttf")
        for round in 0..<6 {
            var bytes = round < 2 ? whole.prefix(whole.count / (round + 2)) : whole
            if round >= 2 {
                // Every table's entry lies in the first bytes; the pictures' places follow in CBLC.
                for k in 0..<200 {
                    bytes[(k * 7919 * round) % min(60_000, bytes.count)] ^= UInt8(round * 37 & 255)
                }
            }
            try Data(bytes).write(to: file)
            guard let font = try? ColourFont(contentsOf: file) else { continue }
            for scalar in 0x1F600...0x1F610 as ClosedRange<UInt32> {
                guard let letter = Unicode.Scalar(scalar), let glyph = font.glyph(for: String(letter)) else {
                    continue
                }
                if let picture = try? font.picture(of: glyph) { #expect(picture.channels == 4) }
            }
        }
    }
}
