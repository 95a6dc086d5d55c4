public import Foundation

/// A typeface to draw text with: outlines from a font file, or small built-in bitmaps.
///
/// Letters are placed one after the other with kerning; scripts that need shaping (Arabic, Devanagari) are drawn letter
/// by letter. Sizes are pixels per em.
public struct Font: Sendable {
    /// Sizes that are drawn; others are clamped, in pixels per em.
    public static let sizes: ClosedRange<Double> = 4...400

    /// How far letters reach above and below the base line, and how far lines are apart, in pixels.
    public struct Metrics: Hashable, Sendable {
        /// Above the base line.
        public let ascent: Double
        /// Below the base line, positive.
        public let descent: Double
        /// From one base line to the next.
        public let lineHeight: Double
    }

    enum Source: Sendable {
        case outlines(FontFace)
        case bitmaps
    }

    /// Where the letters come from: the file's path, or "built-in".
    public let name: String
    let source: Source

    /// Opens a TrueType or OpenType file.
    ///
    /// - Throws: `ImageError.unreadableFile` or `.unusableFont`.
    public init(contentsOf url: URL) throws(ImageError) {
        let path = url.relativePath
        source = .outlines(try FontFace(Image.fileContents(of: url), path: path))
        name = path
    }

    private init(name: String, source: Source) {
        self.name = name
        self.source = source
    }

    /// Letters of 5 × 8 dots for ASCII, scaled; for machines without any font.
    public static let builtIn = Font(name: "built-in", source: .bitmaps)

    /// The first sans-serif font found in the usual places of the system, else `builtIn`.
    public static let standard = first(of: [
        "DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf",
    ])

    /// The bold companion of `standard`.
    public static let bold = first(of: [
        "DejaVuSans-Bold.ttf", "LiberationSans-Bold.ttf", "NotoSans-Bold.ttf",
    ])

    private static func first(of names: [String]) -> Font {
        let folders = [
            "/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/truetype/liberation",
            "/usr/share/fonts/truetype/liberation2", "/usr/share/fonts/truetype/noto",
            "/usr/share/fonts/dejavu",
            "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/TTF", "/usr/local/share/fonts",
            "/opt/homebrew/share/fonts", "/Library/Fonts",
        ]
        let isBold = names.contains { $0.contains("Bold") }
        let macFonts = [
            "/System/Library/Fonts/Supplemental/Arial\(isBold ? " Bold" : "").ttf",
            "/System/Library/Fonts/Helvetica.ttc",
        ]
        let candidates = names.flatMap { name in folders.map { $0 + "/" + name } } + macFonts
        for path in candidates where FileManager.default.isReadableFile(atPath: path) {
            if let font = try? Font(contentsOf: URL(fileURLWithPath: path)) { return font }
        }
        return builtIn
    }

    /// Heights at a size.
    public func metrics(size: Double) -> Metrics {
        switch source {
        case .outlines(let face): face.metrics(size: Self.clamped(size))
        case .bitmaps: BitmapLetters.metrics(size: Self.clamped(size))
        }
    }

    /// How far a line of text moves the pen, in pixels.
    public func width(of text: String, size: Double) -> Double {
        let letters = Self.letters(of: text)
        return switch source {
        case .outlines(let face): face.width(of: letters, size: Self.clamped(size))
        case .bitmaps: BitmapLetters.width(of: letters, size: Self.clamped(size))
        }
    }

    /// The coverage of a line of text whose pen starts `shift` (0…1) pixels right of a pixel's left edge.
    func mask(of text: String, size: Double, shift: Double = 0) -> TextMask {
        let letters = Self.letters(of: text)
        return switch source {
        case .outlines(let face): face.mask(of: letters, size: Self.clamped(size), shift: shift)
        case .bitmaps: BitmapLetters.mask(of: letters, size: Self.clamped(size))
        }
    }

    /// The nearest size that is drawn.
    static func clamped(_ size: Double) -> Double {
        size.isFinite ? min(max(size, sizes.lowerBound), sizes.upperBound) : sizes.lowerBound
    }

    /// The characters to draw: accents composed, white space as spaces, what cannot be seen left out.
    private static func letters(of text: String) -> [UInt32] {
        text.precomposedStringWithCanonicalMapping.unicodeScalars.compactMap { scalar in
            if scalar.properties.isWhitespace { return 32 }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate: return nil
            default: return scalar.properties.isVariationSelector ? nil : scalar.value
            }
        }
    }
}
