import Foundation
import Testing

@testable import Images

@Suite("Text")
struct FontTests {
    static let fonts = [Font.standard, .bold, .builtIn]

    private func ink(_ text: String, _ font: Font, size: Double) -> Int {
        font.mask(of: text, size: size).coverage.reduce(0) { $0 + Int($1) } / 255
    }

    @Test("letters leave ink, spaces do not, wider text is wider", arguments: 0..<3)
    func letters(index: Int) {
        let font = Self.fonts[index]
        for scalar in 33..<127 {
            let letter = String(UnicodeScalar(UInt8(scalar)))
            #expect(ink(letter, font, size: 24) > 3, "\(letter) in \(font.name)")
        }
        #expect(ink("   \n\t", font, size: 24) == 0)
        #expect(font.width(of: "mm", size: 20) > font.width(of: "m", size: 20))
        #expect(font.width(of: "Maß", size: 40) > 1.5 * font.width(of: "Maß", size: 20))
        #expect(font.width(of: "", size: 20) == 0)
        let metrics = font.metrics(size: 20)
        #expect(metrics.ascent > 10 && metrics.descent > 1 && metrics.lineHeight >= metrics.ascent)
    }

    @Test("the built-in letters are all different")
    func distinct() {
        let masks = (33..<127).map { Font.builtIn.mask(of: String(UnicodeScalar(UInt8($0))), size: 9) }
        #expect(Set(masks).count == 94)
        #expect(Font.builtIn.mask(of: "狐", size: 9) == Font.builtIn.mask(of: "ß", size: 9))
    }

    @Test("the mask lies where the text is: above the base line, as wide as told")
    func placed() {
        for font in Self.fonts {
            let mask = font.mask(of: "Hxl", size: 30)
            #expect(mask.y < -15 && mask.y + mask.height <= 1, "\(font.name)")
            #expect(abs(Double(mask.x + mask.width) - font.width(of: "Hxl", size: 30)) < 8)
            let low = font.mask(of: "gjp", size: 30)
            #expect(low.y + low.height > 2)
            let turned = mask.turnedLeft()
            #expect(turned.width == mask.height && turned.height == mask.width)
            #expect(turned.coverage.reduce(0) { $0 + Int($1) } == mask.coverage.reduce(0) { $0 + Int($1) })
        }
    }

    @Test("composed and decomposed accents are drawn alike; invisible characters take no room")
    func unicode() {
        for font in Self.fonts {
            #expect(font.mask(of: "e\u{301}", size: 20) == font.mask(of: "é", size: 20))
            #expect(font.width(of: "a\u{200B}\u{FE0F}b", size: 20) == font.width(of: "ab", size: 20))
            _ = font.mask(of: "👩‍👩‍👧 狐 \u{0} \u{10FFFF} عربي", size: 20)
        }
    }

    @Test("lines break between words and never exceed the width")
    func lines() {
        for font in Self.fonts {
            let text = "a blue cube left of a green cone at dusk in a library with candles"
            let lines = font.lines(of: text, size: 13, width: 120)
            #expect(lines.count > 3)
            #expect(lines.joined(separator: " ") == text)
            for line in lines { #expect(font.width(of: line, size: 13) <= 120) }

            let limited = font.lines(of: text, size: 13, width: 120, limit: 2)
            #expect(limited.count == 2 && limited[0] == lines[0])
            #expect(limited[1].hasSuffix("…") && font.width(of: limited[1], size: 13) <= 120)

            let long = font.lines(of: String(repeating: "w", count: 100), size: 13, width: 50)
            #expect(long.count > 5 && long.joined().count == 100)
            #expect(font.lines(of: "a\n\nb", size: 13, width: 50) == ["a", "", "b"])
            #expect(font.lines(of: "wide", size: 13, width: 0.5).joined() == "wide")
            #expect(font.shortened("short", size: 13, width: 500) == "short")
            #expect(font.shortened("anything", size: 13, width: 1) == "")
        }
    }

    @Test("a font can be named by its file")
    func file() throws {
        let path = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
        guard FileManager.default.isReadableFile(atPath: path) else { return }
        let font = try Font(contentsOf: URL(fileURLWithPath: path))
        #expect(font.name == path)
        #expect(Font.standard.name == path)
        #expect(
            font.width(of: "AV", size: 100) < font.width(of: "A", size: 100) + font.width(of: "V", size: 100))
    }

    @Test("many threads may draw with one font")
    func threads() async {
        let expected = Font.standard.mask(of: "The quick brown fox", size: 17)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    (0..<20).allSatisfy { _ in
                        Font.standard.mask(of: "The quick brown fox", size: 17) == expected
                    }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
