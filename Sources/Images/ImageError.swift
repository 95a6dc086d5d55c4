public import Diagnostics

/// What can go wrong with a picture.
public enum ImageError: ActionableError, Hashable {
    /// A side is below 1 or above `Image.longestSide`.
    case impossibleSize(width: Int, height: Int)
    /// The number of channels is none of 1, 3 and 4.
    case unsupportedChannels(Int)
    /// The samples do not fill the image exactly.
    case wrongSampleCount(width: Int, height: Int, channels: Int, found: Int)

    /// One sentence: what went wrong, where, what was expected, what was found.
    public var summary: String {
        switch self {
        case .impossibleSize(let width, let height):
            "an image of \(width) × \(height) pixels cannot exist: each side must lie in 1…\(Image.longestSide)"
        case .unsupportedChannels(let found):
            "an image has 1 (gray), 3 (RGB) or 4 (RGBA) channels, not \(found)"
        case .wrongSampleCount(let width, let height, let channels, let found):
            "an image of \(width) × \(height) pixels with \(channels) channels has "
                + "\(width * height * channels) samples, not \(found)"
        }
    }

    /// What the reader can do now, best first.
    public var advice: [String] {
        switch self {
        case .impossibleSize: ["check the width and height that were asked for"]
        case .unsupportedChannels: ["convert the picture to gray, RGB or RGBA first"]
        case .wrongSampleCount: ["check that rows are packed without padding and channels are interleaved"]
        }
    }
}
