public import Foundation

/// The files that the emoji are made of: a font of coloured pictures and the list of their names.
public struct EmojiSources: Hashable, Sendable {
    /// A font with coloured bitmaps.
    public var font: URL
    /// The Unicode Consortium's `emoji-test.txt`.
    public var list: URL

    /// Names both files.
    public init(font: URL, list: URL) { (self.font, self.list) = (font, list) }

    /// Where Debian, Ubuntu and Fedora put them.
    private static let fonts = [
        "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
        "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf", "/usr/share/fonts/noto/NotoColorEmoji.ttf",
    ]
    private static let lists = [
        "/usr/share/unicode/emoji/emoji-test.txt", "/usr/share/unicode/ucd/emoji/emoji-test.txt",
    ]

    /// Finds the files that the system's packages brought.
    ///
    /// - Throws: `DatasetError.missingSource`, which names the package.
    public static func system() throws(DatasetError) -> EmojiSources {
        EmojiSources(
            font: try found(fonts, what: "the colour font of the emoji", package: "fonts-noto-color-emoji"),
            list: try found(lists, what: "the list of the emoji's names", package: "unicode-data"))
    }

    private static func found(_ paths: [String], what: String, package: String) throws(DatasetError) -> URL {
        guard let path = paths.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else {
            throw .missingSource(what: what, path: paths[0], package: package)
        }
        return URL(fileURLWithPath: path)
    }
}
