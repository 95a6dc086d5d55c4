import Foundation

/// A position in pixels: x to the right, y downwards; a pixel's centre lies at (column + 0.5, row + 0.5).
public struct Point: Hashable, Sendable {
    /// To the right.
    public var x: Double
    /// Downwards.
    public var y: Double

    /// A position.
    public init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }
}

/// A rectangle in pixels with sides along the axes.
public struct Rectangle: Hashable, Sendable {
    /// Left side.
    public var x: Double
    /// Upper side.
    public var y: Double
    /// Width, not negative.
    public var width: Double
    /// Height, not negative.
    public var height: Double

    /// A rectangle.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Right side.
    public var right: Double { x + width }
    /// Lower side.
    public var bottom: Double { y + height }
}

/// Draws smooth shapes, pictures and text on an RGB image.
///
/// Shapes may reach outside; what lies outside the image or the clip rectangle is left out. Shapes with coordinates
/// that are no numbers are not drawn.
public struct Canvas: Sendable {
    /// What was drawn so far, three channels.
    public private(set) var image: Image
    /// Where drawing has an effect; nil for everywhere.
    public var clip: Rectangle?

    /// An empty canvas.
    ///
    /// - Throws: `ImageError.impossibleSize`.
    public init(width: Int, height: Int, background: Color = .white) throws(ImageError) {
        image = try Image(
            width: width, height: height, fill: (background.red, background.green, background.blue))
    }

    /// A canvas that begins with a picture; alpha is laid over white.
    public init(_ image: Image) {
        self.image = image.rgb()
    }

    /// The width in pixels.
    public var width: Int { image.width }
    /// The height in pixels.
    public var height: Int { image.height }

    /// Lays colour over all pixels with a coverage above 0 in a box of coordinates.
    mutating func paint(
        _ color: Color, left: Double, top: Double, right: Double, bottom: Double,
        _ coverage: (_ x: Double, _ y: Double) -> Double
    ) {
        let columns = columns(left, right)
        let rows = rows(top, bottom)
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let width = image.width
        let (red, green, blue) = (Double(color.red), Double(color.green), Double(color.blue))
        let opacity = Double(color.alpha) / 255
        image.withMutablePixels { pixels in
            for row in rows {
                for column in columns {
                    let share = coverage(Double(column) + 0.5, Double(row) + 0.5) * opacity
                    guard share > 0 else { continue }
                    let start = (row * width + column) * 3
                    pixels[start] = Self.blend(pixels[start], red, share)
                    pixels[start + 1] = Self.blend(pixels[start + 1], green, share)
                    pixels[start + 2] = Self.blend(pixels[start + 2], blue, share)
                }
            }
        }
    }

    private static func blend(_ under: UInt8, _ over: Double, _ share: Double) -> UInt8 {
        let below = Double(under)
        return UInt8(min(255, max(0, below + (over - below) * min(share, 1) + 0.5)))
    }

    /// The columns that touch an interval, inside image and clip; empty when the interval is no number.
    func columns(_ low: Double, _ high: Double) -> Range<Int> {
        Self.span(low, high, from: clip?.x, to: clip?.right, count: width)
    }

    /// The rows that touch an interval, inside image and clip; empty when the interval is no number.
    func rows(_ low: Double, _ high: Double) -> Range<Int> {
        Self.span(low, high, from: clip?.y, to: clip?.bottom, count: height)
    }

    private static func span(_ low: Double, _ high: Double, from: Double?, to: Double?, count: Int) -> Range<
        Int
    > {
        guard low <= high else { return 0..<0 }
        let start = max(low, 0, (from ?? 0).rounded()).rounded(.down)
        let end = min(high, Double(count), (to ?? Double(count)).rounded()).rounded(.up)
        return start < end ? Int(start)..<Int(end) : 0..<0
    }

    /// Draws a picture with its upper left corner at a whole pixel; alpha is respected.
    public mutating func draw(_ picture: Image, x: Int, y: Int) {
        let columns = columns(Double(x), Double(x) + Double(picture.width))
        let rows = rows(Double(y), Double(y) + Double(picture.height))
        guard !columns.isEmpty, !rows.isEmpty else { return }
        let source = picture.channels == 1 ? picture.rgb() : picture
        let (width, channels) = (image.width, source.channels)
        image.withMutablePixels { pixels in
            source.pixels.withUnsafeBufferPointer { from in
                for row in rows {
                    for column in columns {
                        let read = ((row - y) * source.width + column - x) * channels
                        let write = (row * width + column) * 3
                        let share = channels == 4 ? Double(from[read + 3]) / 255 : 1
                        for channel in 0..<3 {
                            pixels[write + channel] = Self.blend(
                                pixels[write + channel], Double(from[read + channel]), share)
                        }
                    }
                }
            }
        }
    }

    /// Lays colour over pixels by a mask whose origin is at (x, y).
    mutating func paint(_ color: Color, mask: TextMask, x: Int, y: Int) {
        let (left, top) = (x + mask.x, y + mask.y)
        paint(
            color, left: Double(left), top: Double(top), right: Double(left + mask.width),
            bottom: Double(top + mask.height)
        ) { x, y in
            Double(mask.coverage[(Int(y) - top) * mask.width + Int(x) - left]) / 255
        }
    }
}
