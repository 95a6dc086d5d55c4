/// A picture as a value: 8-bit samples, interleaved, row after row from the top, in the sRGB colour space.
///
/// Three layouts exist: 1 channel (gray), 3 (red, green, blue) and 4 (red, green, blue, alpha; alpha is straight, so
/// colour is not multiplied by it, and 255 is opaque). Pixel (x, y) counts from the upper left corner; its samples
/// start at `pixels[(y * width + x) * channels]`.
public struct Image: Hashable, Sendable {
    /// The longest side that an image may have, in pixels.
    public static let longestSide = 65_535
    /// The most pixels that an image may have: 2²⁸, such as 16384 × 16384.
    public static let mostPixels = 1 << 28

    /// Columns, at least 1.
    public let width: Int
    /// Rows, at least 1.
    public let height: Int
    /// Samples in each pixel: 1 gray, 3 RGB, 4 RGBA with straight alpha.
    public let channels: Int
    /// All samples, `width * height * channels` of them.
    public private(set) var pixels: [UInt8]

    /// Wraps samples that are already laid out.
    ///
    /// - Throws: `ImageError.impossibleSize`, `.unsupportedChannels` or `.wrongSampleCount`.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws(ImageError) {
        let count = try Self.sampleCount(width: width, height: height, channels: channels)
        guard pixels.count == count else {
            throw .wrongSampleCount(width: width, height: height, channels: channels, found: pixels.count)
        }
        self.init(uncheckedWidth: width, height: height, channels: channels, pixels: pixels)
    }

    /// An RGB image of one colour.
    ///
    /// - Throws: `ImageError.impossibleSize`.
    public init(
        width: Int, height: Int, fill: (red: UInt8, green: UInt8, blue: UInt8) = (255, 255, 255)
    ) throws(ImageError) {
        let count = try Self.sampleCount(width: width, height: height, channels: 3)
        let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            for start in stride(from: 0, to: count, by: 3) {
                buffer[start] = fill.red
                buffer[start + 1] = fill.green
                buffer[start + 2] = fill.blue
            }
            filled = count
        }
        self.init(uncheckedWidth: width, height: height, channels: 3, pixels: samples)
    }

    /// Makes an RGB image by writing its samples in place, which a renderer does without a second copy.
    ///
    /// `body` gets a zeroed buffer of `width * height * 3` samples.
    /// - Throws: `ImageError.impossibleSize`.
    public init(
        rgbWidth width: Int, height: Int, writingTo body: (UnsafeMutableBufferPointer<UInt8>) -> Void
    ) throws(ImageError) {
        let count = try Self.sampleCount(width: width, height: height, channels: 3)
        let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let room = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            room.initialize(repeating: 0)
            body(room)
            filled = count
        }
        self.init(uncheckedWidth: width, height: height, channels: 3, pixels: samples)
    }

    /// For callers in this module that computed `pixels` from the size; the sizes must agree.
    init(uncheckedWidth width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// The number of samples that such an image holds, never overflowing.
    static func sampleCount(width: Int, height: Int, channels: Int) throws(ImageError) -> Int {
        guard (1...longestSide).contains(width), (1...longestSide).contains(height),
            width * height <= mostPixels
        else {
            throw .impossibleSize(width: width, height: height)
        }
        guard channels == 1 || channels == 3 || channels == 4 else { throw .unsupportedChannels(channels) }
        return width * height * channels
    }

    /// One sample: column, row, channel.
    ///
    /// The position must lie inside the image, as with an array.
    public subscript(x: Int, y: Int, channel: Int) -> UInt8 {
        get { pixels[offset(x, y) + checked(channel)] }
        set { pixels[offset(x, y) + checked(channel)] = newValue }
    }

    /// All samples of the pixel in column `x`, row `y`.
    ///
    /// The position must lie inside the image, as with an array; a value set must have as many samples as the image
    /// has channels.
    public subscript(x: Int, y: Int) -> ArraySlice<UInt8> {
        get {
            let start = offset(x, y)
            return pixels[start..<start + channels]
        }
        set {
            precondition(newValue.count == channels, "a pixel of this image has \(channels) samples")
            let start = offset(x, y)
            pixels.replaceSubrange(start..<start + channels, with: newValue)
        }
    }

    private func offset(_ x: Int, _ y: Int) -> Int {
        precondition(x >= 0 && x < width && y >= 0 && y < height, "the pixel lies outside the image")
        return (y * width + x) * channels
    }

    private func checked(_ channel: Int) -> Int {
        precondition(channel >= 0 && channel < channels, "the image has no such channel")
        return channel
    }

    /// Gives a closure the samples to change in place.
    public mutating func withMutablePixels<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try pixels.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in try body(buffer) }
    }
}
