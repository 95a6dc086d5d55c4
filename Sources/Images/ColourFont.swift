import CImageCodecs
public import Foundation
import Synchronization

/// A font whose glyphs are coloured pictures, such as the emoji that come with an operating system.
///
/// Sequences of characters that stand for one picture (a person, a skin tone and a profession) are recognised as the
/// font's own rules say. Fonts with coloured bitmaps (tables CBDT and CBLC) are read, in their largest size; fonts of
/// coloured outlines (COLR) are not.
public final class ColourFont: Sendable {
    /// Owns the C font and closes it.
    private struct Handle: ~Copyable {
        let font: OpaquePointer
        deinit { ci_colour_font_close(font) }
    }

    /// FreeType serves one thread at a time, so a lock stands before it.
    private let handle: Mutex<Handle>
    private let path: String

    /// Opens a font file.
    ///
    /// - Throws: `ImageError.unreadableFile` or `.unusableFont`.
    public init(contentsOf url: URL) throws(ImageError) {
        path = url.relativePath
        let bytes = try Image.fileContents(of: url)
        var report = CIReport()
        let font = bytes.withUnsafeBytes { buffer in
            ci_colour_font_open(
                buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count, &report)
        }
        guard let font else {
            throw .unusableFont(path: path, reason: "this is \(CodecCall.detail(of: report))")
        }
        handle = Mutex(Handle(font: font))
    }

    /// The number of the glyph that a sequence of characters becomes; nil where it becomes none or several.
    ///
    /// The sequence is tried as it is, then without the marks that ask for a coloured picture, then with one at its end.
    public func glyph(for text: String) -> UInt32? {
        let letters = text.unicodeScalars.map(\.value)
        guard !letters.isEmpty else { return nil }
        let mark: UInt32 = 0xFE0F
        let forms = [letters, letters.filter { $0 != mark }, letters + [mark]]
        return handle.withLock { handle in
            for form in forms where !form.isEmpty && form.count <= 64 {
                let glyph = ci_colour_font_glyph(handle.font, form, Int32(form.count))
                if glyph != 0 { return glyph }
            }
            return nil
        }
    }

    /// The picture of a glyph, RGBA, in the font's own size.
    ///
    /// - Throws: `ImageError.unusableFont` when the font has no coloured bitmap for it.
    public func picture(of glyph: UInt32) throws(ImageError) -> Image {
        let result: Result<Image, ImageError> = handle.withLock { handle in
            var pixels = CIPixels()
            var report = CIReport()
            guard ci_colour_font_picture(handle.font, glyph, &pixels, &report) else {
                let reason =
                    report.failure == CI_TOO_LARGE ? "too large a picture" : CodecCall.detail(of: report)
                return .failure(.unusableFont(path: path, reason: "glyph \(glyph) is \(reason)"))
            }
            return .success(CodecCall.image(from: pixels))
        }
        return try result.get()
    }
}
