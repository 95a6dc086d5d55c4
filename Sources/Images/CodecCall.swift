import CImageCodecs
import Foundation

/// Calls into the C codecs, and their reports as `ImageError`.
enum CodecCall {
    /// Runs a function on the bytes, whatever holds them.
    static func bytes<Result>(
        of holder: some ContiguousBytes,
        _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        let outcome: Swift.Result<Result, ImageError> = holder.withUnsafeBytes { buffer in
            do throws(ImageError) {
                return .success(try body(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// The error for a failed decode.
    static func decodingError(
        _ report: CIReport, source: String, format: ImageFormat, byteCount: Int, limit: Int
    ) -> ImageError {
        let (width, height) = (Int(report.width), Int(report.height))
        switch report.failure {
        case CI_TRUNCATED:
            return .truncated(source: source, format: format, byteCount: byteCount)
        case CI_TOO_LARGE:
            return .tooManyPixels(source: source, width: width, height: height, limit: limit)
        case CI_UNSUPPORTED:
            return .unsupportedVariant(source: source, format: format, detail: detail(of: report))
        case CI_NO_MEMORY:
            return .outOfMemory(width: width, height: height)
        default:
            return .damaged(source: source, format: format, detail: detail(of: report))
        }
    }

    /// The codec's own words.
    static func detail(of report: CIReport) -> String {
        withUnsafeBytes(of: report.detail) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// Takes over a decoded picture from C.
    static func image(from decoded: CIPixels) -> Image {
        let (width, height, channels) = (Int(decoded.width), Int(decoded.height), Int(decoded.channels))
        let samples = UnsafeBufferPointer(start: decoded.pixels, count: width * height * channels)
        defer { ci_free(decoded.pixels) }
        return Image(uncheckedWidth: width, height: height, channels: channels, pixels: Array(samples))
    }

    /// Takes over an encoded file from C.
    static func data(from block: CIBlock) -> Data {
        defer { ci_free(block.bytes) }
        guard let bytes = block.bytes else { return Data() }
        return Data(bytes: bytes, count: block.count)
    }

    /// Shows an image to an encoder and takes its file.
    static func encode(
        _ image: Image, as format: ImageFormat,
        _ body: (UnsafePointer<CIPixels>, UnsafeMutablePointer<CIBlock>, UnsafeMutablePointer<CIReport>) ->
            Bool
    ) throws(ImageError) -> Data {
        var block = CIBlock()
        var report = CIReport()
        let done = lend(image) { pixels in body(pixels, &block, &report) }
        guard done else { throw encodingError(report, image, as: format) }
        return data(from: block)
    }

    /// Shows an image's samples to C, which only reads them.
    static func lend<Result>(_ image: Image, _ body: (UnsafePointer<CIPixels>) -> Result) -> Result {
        image.pixels.withUnsafeBufferPointer { samples in
            var pixels = CIPixels(
                width: Int64(image.width), height: Int64(image.height), channels: Int32(image.channels),
                pixels: UnsafeMutablePointer(mutating: samples.baseAddress))
            return body(&pixels)
        }
    }

    /// The error for a failed encode.
    static func encodingError(_ report: CIReport, _ image: Image, as format: ImageFormat) -> ImageError {
        report.failure == CI_NO_MEMORY
            ? .outOfMemory(width: image.width, height: image.height)
            : .cannotEncode(
                format: format, width: image.width, height: image.height, detail: detail(of: report))
    }
}
