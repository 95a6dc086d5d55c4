import CImageCodecs
public import Foundation

/// Pictures shown one after the other.
public struct AnimatedImage: Hashable, Sendable {
    /// One picture and how long it stays.
    public struct Frame: Hashable, Sendable {
        /// The picture.
        public let image: Image
        /// How long it is shown, in milliseconds.
        public let milliseconds: Int

        /// Pairs a picture with its time.
        public init(_ image: Image, milliseconds: Int) {
            self.image = image
            self.milliseconds = milliseconds
        }
    }

    /// The longest time of one frame, in milliseconds (24 bits in the file).
    public static let longestDuration = 0xFF_FFFF
    /// The longest time of all frames together, in milliseconds.
    public static let longestTotal = Int(Int32.max)

    /// The frames in order, all of one size, at least one.
    public let frames: [Frame]
    /// How often the frames are played; 0 means without end.
    public let loops: Int

    /// Checks and wraps frames.
    ///
    /// - Throws: `ImageError.noPictures`, `.frameSizeDiffers`, `.durationOutOfRange`, `.loopsOutOfRange`.
    public init(frames: [Frame], loops: Int = 0) throws(ImageError) {
        guard let first = frames.first?.image else { throw .noPictures(of: "an animation") }
        guard (0...65_535).contains(loops) else { throw .loopsOutOfRange(loops) }
        var total = 0
        for (index, frame) in frames.enumerated() {
            let image = frame.image
            guard image.width == first.width, image.height == first.height else {
                throw .frameSizeDiffers(
                    frame: index, width: image.width, height: image.height, expectedWidth: first.width,
                    expectedHeight: first.height)
            }
            guard (1...Self.longestDuration).contains(frame.milliseconds),
                total + frame.milliseconds <= Self.longestTotal
            else { throw .durationOutOfRange(frame: index, milliseconds: frame.milliseconds) }
            total += frame.milliseconds
        }
        self.frames = frames
        self.loops = loops
    }

    /// Frames that are all shown for the same time, the last one perhaps longer.
    ///
    /// - Throws: as `init(frames:loops:)`.
    public init(
        _ images: [Image], milliseconds: Int, lastMilliseconds: Int? = nil, loops: Int = 0
    ) throws(ImageError) {
        let frames = images.enumerated().map { index, image in
            Frame(
                image,
                milliseconds: index == images.count - 1 ? lastMilliseconds ?? milliseconds : milliseconds)
        }
        try self.init(frames: frames, loops: loops)
    }

    /// The animation as a WebP file, which browsers and most viewers play.
    ///
    /// Equal neighbours are stored once with their times added up. Lossless keeps every sample of opaque frames.
    /// - Throws: `ImageError.qualityOutOfRange`; `.cannotEncode` when a side is above 16,383 pixels.
    public func webpData(_ compression: WebPCompression = .lossless) throws(ImageError) -> Data {
        let quality = try compression.codecQuality()
        let first = frames[0].image
        var report = CIReport()
        guard let animation = ci_animation_new(Int64(first.width), Int64(first.height), Int32(loops), &report)
        else {
            throw CodecCall.encodingError(report, first, as: .webp)
        }
        defer { ci_animation_free(animation) }
        var time: Int32 = 0
        for frame in frames {
            let image = frame.image.channels == 1 ? frame.image.rgb() : frame.image
            let done = CodecCall.lend(image) { ci_animation_add(animation, $0, time, quality, &report) }
            guard done else { throw CodecCall.encodingError(report, image, as: .webp) }
            time += Int32(frame.milliseconds)
        }
        var block = CIBlock()
        guard ci_animation_finish(animation, time, &block, &report) else {
            throw CodecCall.encodingError(report, first, as: .webp)
        }
        return CodecCall.data(from: block)
    }

    /// Decodes an animated WebP file into RGBA frames; a still one is an animation of one frame of 1 ms.
    ///
    /// `pixelLimit` counts the pixels of all frames together.
    /// - Throws: `ImageError`.
    public init(
        decoding bytes: some ContiguousBytes, named name: String = "these bytes",
        pixelLimit: Int = Image.defaultPixelLimit
    ) throws(ImageError) {
        self = try CodecCall.bytes(of: bytes) { (buffer) throws(ImageError) in
            let format = try Image.format(of: buffer, named: name)
            guard format == .webp else {
                throw .unsupportedVariant(
                    source: name, format: format, detail: "animations are read from WebP")
            }
            var decoded = CIFrames()
            var report = CIReport()
            let start = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            guard
                ci_webp_frames(
                    start, buffer.count, Int64(min(pixelLimit, Image.mostPixels)), &decoded, &report)
            else {
                throw CodecCall.decodingError(
                    report, source: name, format: format, byteCount: buffer.count, limit: pixelLimit)
            }
            defer {
                ci_free(decoded.pixels)
                ci_free(decoded.end_milliseconds)
            }
            return try AnimatedImage(decoded)
        }
    }

    private init(_ decoded: CIFrames) throws(ImageError) {
        let (width, height) = (Int(decoded.width), Int(decoded.height))
        let ends = UnsafeBufferPointer(start: decoded.end_milliseconds, count: Int(decoded.frames)).map(
            Int.init)
        let size = width * height * 4
        let samples = UnsafeBufferPointer(start: decoded.pixels, count: size * ends.count)
        let frames = ends.indices.map { index in
            let image = Image(
                uncheckedWidth: width, height: height, channels: 4,
                pixels: Array(samples[index * size..<(index + 1) * size]))
            return Frame(image, milliseconds: max(1, ends[index] - (index > 0 ? ends[index - 1] : 0)))
        }
        try self.init(frames: frames, loops: Int(decoded.loops))
    }
}
