public import Images

/// How a picture of any size and kind becomes one of the size that is trained at.
public struct PictureShaping: Sendable, Hashable {
    /// What shows through transparent pixels.
    public var background = Color.white
    /// True to take any part along the longer side instead of the middle.
    public var cropsAnywhere = false
    /// The share of pictures that are mirrored, 0 to 1.
    public var flipShare = 0.0

    /// The middle of each picture, over white, never mirrored.
    public init() {}

    /// The picture in RGB at the wished size, and its caption, which follows the picture where that is mirrored.
    ///
    /// What is drawn by lot depends on `key` alone.
    /// - Throws: `ImageError.impossibleSize`.
    public func shaped(
        _ image: Image, caption: String, width: Int, height: Int, key: UInt64
    ) throws(ImageError) -> CaptionedImage {
        try finished(
            covering(image, width: width, height: height), caption: caption, width: width, height: height,
            key: key)
    }

    /// What does not depend on chance: the picture in RGB, just as large as it takes to cover the wished size (area averages
    /// where it shrinks).
    ///
    /// Its middle alone unless any part may be taken; of very long pictures the middle of `longest` times the length.
    func covering(_ image: Image, width: Int, height: Int) throws(ImageError) -> Image {
        var (shape, size) = ((width, height), (width, height))
        if cropsAnywhere {
            let (across, down) = (image.width * height, image.height * width)
            if across > Self.longest * down {
                shape = (Self.longest * width, height)
            } else if down > Self.longest * across {
                shape = (width, Self.longest * height)
            } else {
                shape = (image.width, image.height)
            }
        }
        let part = Self.part(of: image.width, image.height, shape: shape, 0.5, 0.5)
        if cropsAnywhere {
            let scale = max(Double(width) / Double(part.width), Double(height) / Double(part.height))
            size.0 = max(width, Int((Double(part.width) * scale).rounded()))
            size.1 = max(height, Int((Double(part.height) * scale).rounded()))
        }
        let cut =
            part.width == image.width && part.height == image.height
            ? image : try image.cropped(x: part.x, y: part.y, width: part.width, height: part.height)
        return try cut.resized(width: size.0, height: size.1).rgb(over: background)
    }

    /// How many times as long as the wished size a picture may be of which any part is taken.
    private static let longest = 4

    /// What chance decides: which part of a covering picture is taken, and whether it is mirrored.
    func finished(
        _ covering: Image, caption: String, width: Int, height: Int, key: UInt64
    ) throws(ImageError) -> CaptionedImage {
        var random = SplitMix(key, 0x73_6861_7065)
        let (across, down) = cropsAnywhere ? (Double(random.unit()), Double(random.unit())) : (0.5, 0.5)
        var (result, words) = (covering, caption)
        if covering.width != width || covering.height != height {
            result = try covering.cropped(
                x: Self.start(covering.width - width, across), y: Self.start(covering.height - height, down),
                width: width, height: height)
        }
        if random.chance(flipShare), let mirrored = CaptionMirror.mirrored(caption) {
            (result, words) = (result.mirrored(), mirrored)
        }
        return CaptionedImage(image: result, caption: words)
    }

    /// Everything that decides about the pixels of `covering`, as a text.
    func treatment(width: Int, height: Int) -> String {
        "\(width) x \(height) \(cropsAnywhere ? "covering" : "middle") over "
            + "\(background.red) \(background.green) \(background.blue)"
    }

    /// The largest rectangle of a shape within a picture; `across` and `down` (0 to 1) say where it lies.
    static func part(
        of width: Int, _ height: Int, shape: (Int, Int), _ across: Double, _ down: Double
    ) -> (x: Int, y: Int, width: Int, height: Int) {
        let aspect = Double(shape.0) / Double(shape.1)
        let cutWidth = min(width, max(1, Int((Double(height) * aspect).rounded())))
        let cutHeight = min(height, max(1, Int((Double(width) / aspect).rounded())))
        return (
            start(width - cutWidth, across), start(height - cutHeight, down), cutWidth, cutHeight
        )
    }

    /// Where a part begins that leaves so much room: at the beginning for 0, at the end for 1.
    private static func start(_ room: Int, _ share: Double) -> Int {
        min(room, Int(Double(room) * share + 0.5))
    }
}
