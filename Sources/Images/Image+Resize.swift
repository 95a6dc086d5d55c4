import Foundation

/// How new pixels are computed from old ones.
public enum ResizeMethod: String, Hashable, Sendable, CaseIterable {
    /// Area averages where the picture shrinks, Lanczos where it grows.
    case automatic
    /// The pixel that lies nearest: hard squares, good for pixel art and for looking at small pictures.
    case nearest
    /// Each new pixel is the average of the area that it covers.
    case areaAverage
    /// Cubic convolution, a = −0.5; widened when shrinking. Source: Keys 1981.
    case bicubic
    /// Windowed sinc of radius 3; the sharpest, widened when shrinking.
    case lanczos
}

extension Image {
    /// The image at another size.
    ///
    /// Filters work on the stored (gamma-encoded) samples, as image libraries for machine learning do; colour is
    /// weighted by alpha, so that what is invisible does not bleed.
    /// - Throws: `ImageError.impossibleSize`.
    public func resized(
        width newWidth: Int, height newHeight: Int, method: ResizeMethod = .automatic
    ) throws(ImageError) -> Image {
        _ = try Self.sampleCount(width: newWidth, height: newHeight, channels: channels)
        if newWidth == width && newHeight == height { return self }
        let across = ResizeAxis(from: width, to: newWidth, method: method)
        let down = ResizeAxis(from: height, to: newHeight, method: method)
        if method == .nearest { return picked(columns: across.starts, rows: down.starts) }

        // A few rows at a time: a large picture as floats would take four times its memory.
        var planes: [Float] = []
        planes.reserveCapacity(newWidth * height * channels)
        for first in stride(from: 0, to: height, by: Self.rowsAtOnce) {
            let rows = first..<min(height, first + Self.rowsAtOnce)
            planes += across.applied(
                to: floatSamples(rows: rows), lines: rows.count, lineStride: width * channels, step: channels)
        }
        let turnedWidth = newWidth * channels
        planes = down.appliedDown(to: planes, rowLength: turnedWidth)
        return Self.image(fromFloats: planes, width: newWidth, height: newHeight, channels: channels)
    }

    /// The image scaled as large as fits into a box, shape kept; a side is never below 1.
    ///
    /// - Throws: `ImageError.impossibleSize`.
    public func fitted(
        within boxWidth: Int, _ boxHeight: Int, method: ResizeMethod = .automatic
    ) throws(ImageError) -> Image {
        _ = try Self.sampleCount(width: boxWidth, height: boxHeight, channels: channels)
        let scale = min(Double(boxWidth) / Double(width), Double(boxHeight) / Double(height))
        return try resized(
            width: min(boxWidth, max(1, Int((Double(width) * scale).rounded()))),
            height: min(boxHeight, max(1, Int((Double(height) * scale).rounded()))), method: method)
    }

    /// The image scaled until it covers a box, then cut to it around the middle.
    ///
    /// - Throws: `ImageError.impossibleSize`.
    public func covering(
        width boxWidth: Int, height boxHeight: Int, method: ResizeMethod = .automatic
    ) throws(ImageError) -> Image {
        _ = try Self.sampleCount(width: boxWidth, height: boxHeight, channels: channels)
        // Cut first, so that a very long picture is never enlarged whole.
        let shape = Double(boxWidth) / Double(boxHeight)
        let cutWidth = min(width, max(1, Int((Double(height) * shape).rounded())))
        let cutHeight = min(height, max(1, Int((Double(width) / shape).rounded())))
        let cut = try cropped(
            x: (width - cutWidth) / 2, y: (height - cutHeight) / 2, width: cutWidth, height: cutHeight)
        return try cut.resized(width: boxWidth, height: boxHeight, method: method)
    }

    private func picked(columns: [Int], rows: [Int]) -> Image {
        var samples: [UInt8] = []
        samples.reserveCapacity(columns.count * rows.count * channels)
        for row in rows {
            for column in columns {
                let start = (row * width + column) * channels
                samples += pixels[start..<start + channels]
            }
        }
        return Image(uncheckedWidth: columns.count, height: rows.count, channels: channels, pixels: samples)
    }

    private static let rowsAtOnce = 64

    /// The samples of some rows as floats, colour multiplied by alpha.
    private func floatSamples(rows: Range<Int>) -> [Float] {
        let rowLength = width * channels
        var floats = pixels[rows.lowerBound * rowLength..<rows.upperBound * rowLength].map(Float.init)
        guard channels == 4 else { return floats }
        for start in stride(from: 0, to: floats.count, by: 4) {
            let alpha = floats[start + 3] / 255
            for channel in 0..<3 { floats[start + channel] *= alpha }
        }
        return floats
    }

    private static func image(fromFloats floats: [Float], width: Int, height: Int, channels: Int) -> Image {
        var samples = [UInt8](repeating: 0, count: floats.count)
        if channels == 4 {
            for start in stride(from: 0, to: floats.count, by: 4) {
                let alpha = min(max(floats[start + 3], 0), 255)
                for channel in 0..<3 where alpha > 0 {
                    samples[start + channel] = rounded(floats[start + channel] * 255 / alpha)
                }
                samples[start + 3] = rounded(alpha)
            }
        } else {
            for index in floats.indices { samples[index] = rounded(floats[index]) }
        }
        return Image(uncheckedWidth: width, height: height, channels: channels, pixels: samples)
    }

    private static func rounded(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 255) + 0.5) }
}
