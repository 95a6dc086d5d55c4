import Foundation
import Images
import Testing

/// One file of each kind, small enough to break at many places.
func pictureFiles() throws -> [(name: String, bytes: Data)] {
    let image = try gradient(24, 18)
    let clear = try noise(12, 10, channels: 4)
    var exif = Array("Exif\0\0MM\0*\0\0\0\u{8}\0\u{1}".utf8)
    exif += Array("\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8)
    let profile = Array("ICC_PROFILE\0\u{1}\u{1}".utf8) + HandmadePNG.rotatedProfile()
    let photo = try jpeg(jpeg(image.jpegData(), adding: profile, as: 0xE2), adding: exif, as: 0xE1)
    let frames = try (0..<4).map { try noise(10, 8, channels: 3, seed: UInt64($0)) }
    return try [
        ("png", image.pngData(metadata: ["parameters": "a cat", "darkroom": "{\"é\":1}"])),
        ("png with alpha", clear.pngData()),
        ("jpeg", photo),
        ("cmyk jpeg", fixture("cmyk.jpg")),
        ("progressive jpeg", fixture("progressive.jpg")),
        ("lossless webp", image.webpData()),
        ("lossy webp", image.webpData(.lossy(quality: 60))),
        ("extended webp", webp(image.webpData(), adding: [("ICCP", HandmadePNG.rotatedProfile())])),
        ("animated webp", AnimatedImage(frames, milliseconds: 40).webpData()),
    ]
}

/// Feeds damaged picture files to the decoders: 500 of each kind.
///
/// `DARKROOM_FUZZ_CASES=100000` asks for more, all kinds together. Case `n` depends on `n` alone.
@Suite("Damaged picture files") struct MutationTests {
    static let kinds = 9
    static let cases =
        max(kinds * 500, ProcessInfo.processInfo.environment["DARKROOM_FUZZ_CASES"].flatMap { Int($0) } ?? 0)

    /// Some bytes changed, added or taken out.
    static func damaged(_ bytes: Data, case number: Int) -> Data {
        var generator = SeededGenerator(seed: UInt64(number))
        var changed = bytes
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let place = Int.random(in: 0..<changed.count, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: changed[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: changed.insert(0xFF, at: place)
            default: if changed.count > 1 { changed.remove(at: place) }
            }
        }
        return changed
    }

    @Test("each is an error or a picture, never a crash", arguments: 0..<kinds)
    func survives(kind: Int) throws {
        let files = try pictureFiles()
        #expect(files.count == Self.kinds)
        let (name, bytes) = files[kind]
        var refused = 0
        for number in stride(from: kind, to: Self.cases, by: Self.kinds) {
            let changed = Self.damaged(bytes, case: number)
            do {
                let image = try Image(decoding: changed, named: name, pixelLimit: 1_000_000)
                #expect(image.pixels.count == image.width * image.height * image.channels, "case \(number)")
            } catch {
                refused += 1
            }
            _ = try? ImageMetadata.read(from: changed)
            if kind >= 5 { _ = try? AnimatedImage(decoding: changed, pixelLimit: 1_000_000) }
        }
        #expect(refused > 50)
    }
}
