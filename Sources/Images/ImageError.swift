public import Diagnostics

/// What can go wrong with a picture.
///
/// `source` names the file, or says "these bytes" when the picture came from memory.
public enum ImageError: ActionableError, Hashable {
    /// A side is below 1 or above `Image.longestSide`, or the area is above `Image.mostPixels`.
    case impossibleSize(width: Int, height: Int)
    /// The number of channels is none of 1, 3 and 4.
    case unsupportedChannels(Int)
    /// The samples do not fill the image exactly.
    case wrongSampleCount(width: Int, height: Int, channels: Int, found: Int)
    /// The file cannot be read at all.
    case unreadableFile(path: String, reason: String)
    /// There is not one byte.
    case empty(source: String)
    /// The bytes begin like none of the formats that are read here.
    case notAPicture(source: String, looksLike: String)
    /// The picture declares more pixels than the limit; nothing was allocated for it.
    case tooManyPixels(source: String, width: Int, height: Int, limit: Int)
    /// The file ends before the picture does.
    case truncated(source: String, format: ImageFormat, byteCount: Int)
    /// The bytes contradict their format.
    case damaged(source: String, format: ImageFormat, detail: String)
    /// A legal variant of the format that is not read here.
    case unsupportedVariant(source: String, format: ImageFormat, detail: String)
    /// No memory for a picture of this size.
    case outOfMemory(width: Int, height: Int)
    /// The format cannot hold this picture.
    case cannotEncode(format: ImageFormat, width: Int, height: Int, detail: String)
    /// A quality outside the range of the format.
    case qualityOutOfRange(Int, allowed: ClosedRange<Int>)
    /// A text entry that PNG cannot hold.
    case unstorableText(key: String, reason: String)
    /// The rectangle reaches outside the image.
    case cropOutside(x: Int, y: Int, width: Int, height: Int, imageWidth: Int, imageHeight: Int)
    /// A grid or an animation without any picture.
    case noPictures(of: String)
    /// A frame that differs in size from the first.
    case frameSizeDiffers(frame: Int, width: Int, height: Int, expectedWidth: Int, expectedHeight: Int)
    /// A frame shown for no time or for longer than WebP can say.
    case durationOutOfRange(frame: Int, milliseconds: Int)
    /// A loop count outside 0…65535.
    case loopsOutOfRange(Int)
    /// A file name whose ending names no format that is written here.
    case unknownEnding(path: String)
    /// A format that holds no animation.
    case noAnimation(in: ImageFormat, path: String)
    /// A font file that gives no glyphs.
    case unusableFont(path: String, reason: String)

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .impossibleSize(let width, let height):
            "an image of \(width) × \(height) pixels cannot exist: each side must lie in 1…\(Image.longestSide), "
                + "the area in 1…\(Image.mostPixels)"
        case .unsupportedChannels(let found):
            "an image has 1 (gray), 3 (RGB) or 4 (RGBA) channels, not \(found)"
        case .wrongSampleCount(let width, let height, let channels, let found):
            "an image of \(width) × \(height) pixels with \(channels) channels does not have \(found) samples"
        case .unreadableFile(let path, let reason):
            "\(path): \(reason)"
        case .empty(let source):
            "\(source): no picture here, not one byte"
        case .notAPicture(let source, let looksLike):
            "\(source): expected a PNG, JPEG or WebP picture, found \(looksLike)"
        case .tooManyPixels(let source, let width, let height, let limit):
            "\(source): the picture declares \(width) × \(height) pixels; the limit is \(limit) pixels"
        case .truncated(let source, let format, let byteCount):
            "\(source): the \(format) picture breaks off after \(byteCount) bytes"
        case .damaged(let source, let format, let detail):
            "\(source): the \(format) picture is damaged" + (detail.isEmpty ? "" : " (\(detail))")
        case .unsupportedVariant(let source, let format, let detail):
            "\(source): this kind of \(format) picture is not read here"
                + (detail.isEmpty ? "" : " (\(detail))")
        case .outOfMemory(let width, let height):
            "no memory for a picture of \(width) × \(height) pixels"
        case .cannotEncode(let format, let width, let height, let detail):
            "a picture of \(width) × \(height) pixels cannot be written as \(format)"
                + (detail.isEmpty ? "" : ": \(detail)")
        case .qualityOutOfRange(let quality, let allowed):
            "quality \(quality) lies outside \(allowed.lowerBound)…\(allowed.upperBound)"
        case .unstorableText(let key, let reason):
            "the PNG text \"\(key)\" cannot be stored: \(reason)"
        case .cropOutside(let x, let y, let width, let height, let imageWidth, let imageHeight):
            "the rectangle of \(width) × \(height) pixels at (\(x), \(y)) does not lie inside the image of "
                + "\(imageWidth) × \(imageHeight) pixels"
        case .noPictures(let what):
            "\(what) needs at least one picture, found none"
        case .frameSizeDiffers(let frame, let width, let height, let expectedWidth, let expectedHeight):
            "frame \(frame) has \(width) × \(height) pixels; the first has \(expectedWidth) × \(expectedHeight)"
        case .durationOutOfRange(let frame, let milliseconds):
            "frame \(frame) would last \(milliseconds) ms; a frame lasts "
                + "1…\(AnimatedImage.longestDuration) ms, all together at most \(AnimatedImage.longestTotal) ms"
        case .loopsOutOfRange(let loops):
            "an animation plays 1…65535 times, or 0 for ever; not \(loops) times"
        case .unknownEnding(let path):
            "\(path): the ending names no picture format; known are .png, .jpg, .jpeg and .webp"
        case .noAnimation(let format, let path):
            "\(path): \(format) holds no animation"
        case .unusableFont(let path, let reason):
            "\(path): \(reason)"
        }
    }

    /// What the reader can do now, best first.
    public var advice: [String] {
        switch self {
        case .impossibleSize: ["check the width and height that were asked for"]
        case .unsupportedChannels: ["convert the picture to gray, RGB or RGBA first"]
        case .wrongSampleCount: ["check that rows are packed without padding and channels are interleaved"]
        case .unreadableFile: ["check the path and the permissions of the file"]
        case .empty: ["copy or download the file again: a broken-off copy often leaves an empty file"]
        case .notAPicture: ["convert it to PNG first; the file's name does not matter, only what is in it"]
        case .tooManyPixels:
            [
                "make the picture smaller first",
                "raise `pixelLimit` if the file comes from somewhere you trust",
            ]
        case .truncated: ["copy or download the file again: it is not whole"]
        case .damaged: ["copy or download the file again", "open it in an image editor and export it as PNG"]
        case .unsupportedVariant: ["open it in an image editor and export it as PNG"]
        case .outOfMemory: ["use a smaller picture, or close other programs"]
        case .cannotEncode(let format, _, _, _):
            format == .png ? ["make the picture smaller"] : ["write it as PNG, or make it smaller"]
        case .qualityOutOfRange: ["80 is a good start; higher is better and larger"]
        case .unstorableText:
            ["use a key of 1 to 79 letters without accents, and text without null characters"]
        case .cropOutside: ["choose a rectangle inside the image"]
        case .noPictures: []
        case .frameSizeDiffers: ["resize all frames to one size first"]
        case .durationOutOfRange: ["40 ms a frame is 25 frames a second"]
        case .loopsOutOfRange: ["use 0 to repeat without end"]
        case .unknownEnding(let path):
            [Self.endingAdvice(for: path)]
        case .noAnimation: ["let the name end in .webp"]
        case .unusableFont: ["name a TrueType or OpenType file, for example DejaVuSans.ttf"]
        }
    }

    private static func endingAdvice(for path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let dot = name.lastIndex(of: ".")
        let ending = dot.map { String(name[name.index(after: $0)...]) } ?? ""
        let known = ["png", "jpg", "jpeg", "webp"]
        return (ending.isEmpty ? nil : NearestName.suggestion(for: ending, among: known))
            ?? "let the name end in .png"
    }
}
