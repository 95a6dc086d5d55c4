import Diagnostics
import DurableFiles
public import Foundation

extension ImageFormat {
    /// The format that a file name asks for by its ending (`.png`, `.jpg`, `.jpeg`, `.webp`, in any case).
    ///
    /// - Throws: `ImageError.unknownEnding`.
    public init(forSavingAs url: URL) throws(ImageError) {
        switch url.pathExtension.lowercased() {
        case "png": self = .png
        case "jpg", "jpeg": self = .jpeg
        case "webp": self = .webp
        default: throw .unknownEnding(path: url.relativePath)
        }
    }
}

extension Image {
    /// The image as a file of a format; text entries are kept in PNG only, `quality` counts for JPEG and WebP.
    ///
    /// Without a quality, JPEG takes 85 and WebP is lossless.
    /// - Throws: `ImageError`.
    public func data(
        as format: ImageFormat, metadata: [String: String] = [:], quality: Int? = nil
    ) throws(ImageError) -> Data {
        switch format {
        case .png: try pngData(metadata: metadata)
        case .jpeg: try jpegData(quality: quality ?? 85)
        case .webp: try webpData(quality.map { .lossy(quality: $0) } ?? .lossless)
        }
    }

    /// Writes the image to a file whose name says the format; the file appears whole or not at all.
    ///
    /// A file of that name is replaced. See `data(as:metadata:quality:)` for what is kept.
    /// - Throws: `ImageError`, `DurableFileError`.
    public func write(to url: URL, metadata: [String: String] = [:], quality: Int? = nil) throws {
        let format = try ImageFormat(forSavingAs: url)
        try DurableFile.write(data(as: format, metadata: metadata, quality: quality), to: url)
    }
}

extension AnimatedImage {
    /// Writes the animation to a WebP file; the file appears whole or not at all.
    ///
    /// - Throws: `ImageError`, also when the name asks for another format; `DurableFileError`.
    public func write(to url: URL, _ compression: WebPCompression = .lossless) throws {
        let format = try ImageFormat(forSavingAs: url)
        guard format == .webp else { throw ImageError.noAnimation(in: format, path: url.relativePath) }
        try DurableFile.write(webpData(compression), to: url)
    }
}
