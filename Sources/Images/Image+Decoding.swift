import CImageCodecs
public import Foundation

extension Image {
    /// The pixels that a file may declare unless the caller says otherwise: 64 million, such as 8000 × 8000.
    public static let defaultPixelLimit = 64_000_000

    /// The longest file that is read as a picture, in bytes: 1 GiB.
    static let longestFile = 1 << 30

    /// Reads a picture file; its content decides the format, not its name.
    ///
    /// See `init(decoding:named:pixelLimit:)` for what the pixels become.
    /// - Throws: `ImageError`, naming the file.
    public init(contentsOf url: URL, pixelLimit: Int = Image.defaultPixelLimit) throws(ImageError) {
        let bytes = try Self.fileContents(of: url)
        try self.init(decoding: bytes, named: url.relativePath, pixelLimit: pixelLimit)
    }

    /// Decodes a PNG, JPEG or WebP picture into 8-bit sRGB.
    ///
    /// Gray stays gray (1 channel); gray with alpha and transparent palettes become RGBA; 16-bit samples are rounded;
    /// CMYK becomes RGB; an embedded colour profile is converted to sRGB; the orientation that a camera noted (EXIF)
    /// is applied; of an animation the first frame is taken. Broken-off and damaged files are errors, never partly
    /// gray pictures. `name` is what error messages call these bytes.
    /// - Throws: `ImageError`. A picture of more than `pixelLimit` pixels is refused before memory is taken for it.
    public init(
        decoding bytes: some ContiguousBytes, named name: String = "these bytes",
        pixelLimit: Int = Image.defaultPixelLimit
    ) throws(ImageError) {
        self = try CodecCall.bytes(of: bytes) { (buffer) throws(ImageError) in
            try Self.decode(buffer, named: name, pixelLimit: pixelLimit)
        }
    }

    static func decode(
        _ bytes: UnsafeRawBufferPointer, named name: String, pixelLimit: Int
    ) throws(ImageError) -> Image {
        let format = try Self.format(of: bytes, named: name)
        var decoded = CIPixels()
        var report = CIReport()
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let limit = Int64(min(pixelLimit, Self.mostPixels))
        let done =
            switch format {
            case .png: ci_png_decode(start, bytes.count, limit, &decoded, &report)
            case .jpeg: ci_jpeg_decode(start, bytes.count, limit, &decoded, &report)
            case .webp: ci_webp_decode(start, bytes.count, limit, &decoded, &report)
            }
        guard done else {
            throw CodecCall.decodingError(
                report, source: name, format: format, byteCount: bytes.count, limit: pixelLimit)
        }
        let image = CodecCall.image(from: decoded)
        return image.turned(by: Orientation(in: bytes, format: format))
    }

    /// The format of the bytes, or the error that says what they are instead.
    static func format(of bytes: UnsafeRawBufferPointer, named name: String) throws(ImageError) -> ImageFormat
    {
        guard !bytes.isEmpty else { throw .empty(source: name) }
        guard let format = ImageFormat(sniffing: bytes) else {
            throw .notAPicture(source: name, looksLike: ImageFormat.likeness(of: bytes))
        }
        return format
    }

    /// The bytes of a regular file, or an error that says why there are none.
    static func fileContents(of url: URL) throws(ImageError) -> Data {
        let path = url.relativePath
        do {
            let target = url.resolvingSymlinksInPath()
            let values = try target.resourceValues(forKeys: [
                .isRegularFileKey, .isDirectoryKey, .fileSizeKey,
            ])
            if values.isDirectory == true {
                throw ImageError.unreadableFile(path: path, reason: "this is a folder, not a picture file")
            }
            guard values.isRegularFile == true else {
                throw ImageError.unreadableFile(path: path, reason: "this is no regular file")
            }
            if let size = values.fileSize, size > longestFile {
                throw ImageError.unreadableFile(
                    path: path, reason: "the file has \(size) bytes, a picture file at most \(longestFile)")
            }
            return try Data(contentsOf: target)
        } catch let error as ImageError {
            throw error
        } catch let error as CocoaError
            where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile
        {
            throw .unreadableFile(path: path, reason: "there is no such file")
        } catch let error as CocoaError where error.code == .fileReadNoPermission {
            throw .unreadableFile(path: path, reason: "reading it is not permitted")
        } catch {
            throw .unreadableFile(path: path, reason: "reading failed: \(error.localizedDescription)")
        }
    }
}
