import CImageCodecs
import Foundation
import Synchronization

/// An open font file.
///
/// FreeType serves one thread at a time, so a lock stands before it.
final class FontFace: Sendable {
    /// Owns the C font and closes it.
    private struct Handle: ~Copyable {
        let font: OpaquePointer
        deinit { ci_font_close(font) }
    }

    private let handle: Mutex<Handle>

    init(_ bytes: Data, path: String) throws(ImageError) {
        var report = CIReport()
        let font = bytes.withUnsafeBytes { buffer in
            ci_font_open(buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count, &report)
        }
        guard let font else {
            throw .unusableFont(path: path, reason: "this is \(CodecCall.detail(of: report))")
        }
        handle = Mutex(Handle(font: font))
    }

    func metrics(size: Double) -> Font.Metrics {
        handle.withLock { handle in
            var (ascent, descent, line) = (size, 0.0, size * 1.2)
            _ = ci_font_metrics(handle.font, size, &ascent, &descent, &line)
            return Font.Metrics(ascent: ascent, descent: descent, lineHeight: line)
        }
    }

    func width(of letters: [UInt32], size: Double) -> Double {
        handle.withLock { handle in
            var width = 0.0
            for (index, letter) in letters.enumerated() {
                if index > 0 { width += ci_font_kerning(handle.font, size, letters[index - 1], letter) }
                width += ci_font_advance(handle.font, size, letter)
            }
            return width
        }
    }

    func mask(of letters: [UInt32], size: Double, shift: Double) -> TextMask {
        let placed = handle.withLock { handle in
            var pen = shift
            var placed: [TextMask.Piece] = []
            for (index, letter) in letters.enumerated() {
                if index > 0 { pen += ci_font_kerning(handle.font, size, letters[index - 1], letter) }
                var glyph = CIGlyph()
                let whole = pen.rounded(.down)
                // Quarter pixels are fine enough to look even.
                let fraction = ((pen - whole) * 4).rounded(.down) / 4
                guard ci_font_glyph(handle.font, size, letter, fraction, &glyph) else { continue }
                defer { ci_free(glyph.coverage) }
                let (width, height) = (Int(glyph.width), Int(glyph.height))
                placed.append(
                    TextMask.Piece(
                        x: Int(whole) + Int(glyph.left), y: -Int(glyph.top), width: width, height: height,
                        coverage: Array(UnsafeBufferPointer(start: glyph.coverage, count: width * height))))
                pen += glyph.advance
            }
            return placed
        }
        return TextMask(covering: placed)
    }
}
