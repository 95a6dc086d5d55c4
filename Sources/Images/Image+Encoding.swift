import CImageCodecs
public import Foundation

/// How WebP compresses.
public enum WebPCompression: Hashable, Sendable {
    /// Every sample is kept.
    case lossless
    /// Quality 0…100; 80 is a good start.
    case lossy(quality: Int)

    /// The number that the codec takes: below 0 for lossless.
    func codecQuality() throws(ImageError) -> Double {
        switch self {
        case .lossless: return -1
        case .lossy(let quality):
            guard (0...100).contains(quality) else { throw .qualityOutOfRange(quality, allowed: 0...100) }
            return Double(quality)
        }
    }
}

extension Image {
    /// The image as a PNG file with text entries, such as the settings that made it.
    ///
    /// The samples come back bit for bit. Entries are stored in the order of their keys, as `tEXt` where Latin-1
    /// suffices and as `iTXt` (UTF-8) otherwise, the way other image generators do; the same image and entries give
    /// the same bytes. `ImageMetadata` reads the entries.
    /// - Throws: `ImageError.unstorableText` when a key or a value does not fit PNG's rules; `.cannotEncode`.
    public func pngData(metadata: [String: String] = [:]) throws(ImageError) -> Data {
        let entries = try metadata.sorted { $0.key < $1.key }.map { (key, value) throws(ImageError) in
            try PNGText(key: key, value: value)
        }
        // One block holds all strings, each with a null at its end, so that one pointer serves them all.
        var strings: [CChar] = []
        let places = entries.map { entry in
            let place = (key: strings.count, text: strings.count + entry.key.count + 1)
            strings += entry.key.map(CChar.init(bitPattern:)) + [0]
            strings += entry.text.map(CChar.init(bitPattern:)) + [0]
            return place
        }
        return try CodecCall.encode(self, as: .png) { pixels, block, report in
            strings.withUnsafeBufferPointer { strings in
                let texts = zip(entries, places).map { entry, place in
                    CIText(
                        key: strings.baseAddress.map { $0 + place.key },
                        text: strings.baseAddress.map { $0 + place.text },
                        length: entry.text.count, latin1: entry.isLatin1)
                }
                return ci_png_encode(pixels, texts, Int32(texts.count), block, report)
            }
        }
    }

    /// The image as a JPEG file; alpha is laid over white.
    ///
    /// From quality 90 on, colour keeps its full resolution.
    /// - Throws: `ImageError.qualityOutOfRange` unless `quality` is in 1…100; `.cannotEncode`.
    public func jpegData(quality: Int = 85) throws(ImageError) -> Data {
        guard (1...100).contains(quality) else { throw .qualityOutOfRange(quality, allowed: 1...100) }
        let opaque = channels == 4 ? rgb() : self
        return try CodecCall.encode(opaque, as: .jpeg) { pixels, block, report in
            ci_jpeg_encode(pixels, Int32(quality), block, report)
        }
    }

    /// The image as a WebP file; gray is written as RGB, which WebP has no gray for.
    ///
    /// - Throws: `ImageError.qualityOutOfRange`; `.cannotEncode` when a side is above 16,383 pixels.
    public func webpData(_ compression: WebPCompression = .lossless) throws(ImageError) -> Data {
        let quality = try compression.codecQuality()
        let colored = channels == 1 ? rgb() : self
        return try CodecCall.encode(colored, as: .webp) { pixels, block, report in
            ci_webp_encode(pixels, quality, block, report)
        }
    }
}
