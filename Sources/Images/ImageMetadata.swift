public import Foundation

/// What a picture file says about itself besides its pixels, read without decoding them.
public struct ImageMetadata: Hashable, Sendable {
    /// The format of the file.
    public let format: ImageFormat
    /// The text entries of a PNG file by key, such as `parameters`; empty for other formats.
    ///
    /// Where a key occurs twice, the first entry counts; broken entries are left out.
    public let text: [String: String]

    /// Reads the entries of a picture file.
    ///
    /// - Throws: `ImageError` when there is no such file or it is no picture.
    public static func read(contentsOf url: URL) throws(ImageError) -> ImageMetadata {
        try read(from: Image.fileContents(of: url), named: url.relativePath)
    }

    /// Reads the entries of a picture in memory; `name` is what error messages call it.
    ///
    /// - Throws: `ImageError.empty` or `.notAPicture`.
    public static func read(
        from bytes: some ContiguousBytes, named name: String = "these bytes"
    ) throws(ImageError) -> ImageMetadata {
        try CodecCall.bytes(of: bytes) { (buffer) throws(ImageError) in
            let format = try Image.format(of: buffer, named: name)
            var text: [String: String] = [:]
            if format == .png {
                for chunk in PNGChunks(buffer) {
                    if let entry = PNGText.entry(in: chunk), text[entry.key] == nil {
                        text[entry.key] = entry.value
                    }
                }
            }
            return ImageMetadata(format: format, text: text)
        }
    }
}
