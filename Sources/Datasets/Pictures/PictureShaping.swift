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
    /// The largest part of the wished shape is cut out, then resized (area averages where it shrinks). What is drawn by
    /// lot depends on `key` alone.
    /// - Throws: `ImageError.impossibleSize`.
    public func shaped(
        _ image: Image, caption: String, width: Int, height: Int, key: UInt64
    ) throws(ImageError) -> CaptionedImage {
        var random = SplitMix(key, 0x73_6861_7065)
        let (across, down) = cropsAnywhere ? (Double(random.unit()), Double(random.unit())) : (0.5, 0.5)
        let part = Self.part(of: image.width, image.height, shape: (width, height), across, down)
        let cut =
            part.width == image.width && part.height == image.height
            ? image : try image.cropped(x: part.x, y: part.y, width: part.width, height: part.height)
        var result = try cut.resized(width: width, height: height).rgb(over: background)
        var words = caption
        if random.chance(flipShare), let mirrored = CaptionMirror.mirrored(caption) {
            (result, words) = (result.mirrored(), mirrored)
        }
        return CaptionedImage(image: result, caption: words)
    }

    /// The largest rectangle of a shape within a picture; `across` and `down` (0 to 1) say where it lies.
    static func part(
        of width: Int, _ height: Int, shape: (Int, Int), _ across: Double, _ down: Double
    ) -> (x: Int, y: Int, width: Int, height: Int) {
        let aspect = Double(shape.0) / Double(shape.1)
        let cutWidth = min(width, max(1, Int((Double(height) * aspect).rounded())))
        let cutHeight = min(height, max(1, Int((Double(width) / aspect).rounded())))
        func start(_ room: Int, _ share: Double) -> Int { min(room, Int(Double(room) * share + 0.5)) }
        return (
            start(width - cutWidth, across), start(height - cutHeight, down), cutWidth, cutHeight
        )
    }
}
