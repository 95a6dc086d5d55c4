public import Images
public import Tensors

/// Pictures along the way from one conditioning to another, everything else (the noise above all) held.
public struct ConditioningWalk: Sendable {
    /// A picture on the way.
    public struct Frame: Sendable {
        /// 0 at the first conditioning, 1 at the second.
        public let share: Double
        /// What was drawn there.
        public let image: Image
    }

    /// How many pictures a walk may have.
    public static let frameCounts = 2...240

    /// The pictures in order, both ends among them.
    public let frames: [Frame]

    /// Walks at even shares.
    /// - Parameters:
    ///   - start: the conditioning to begin with, `[1, tokens, width]`.
    ///   - end: the conditioning to end with, of the same shape.
    ///   - count: 2 to 240 pictures.
    ///   - interpolation: how to get from one to the other.
    ///   - draw: draws a picture for a conditioning, with the same noise each time; gets the frame's index too.
    /// - Throws: `InsightError.outOfRange`, `.conditioningMismatch`, what `draw` throws.
    public init(
        from start: Tensor, to end: Tensor, frames count: Int, by interpolation: Interpolation = .spherical,
        draw: (_ conditioning: Tensor, _ index: Int) throws -> Image
    ) throws {
        let conditionings = try Self.conditionings(from: start, to: end, frames: count, by: interpolation)
        try self.init(
            frames: conditionings.enumerated().map { index, conditioning in
                Frame(
                    share: Double(index) / Double(count - 1), image: try draw(conditioning, index))
            })
    }

    /// A walk whose pictures are at hand.
    /// - Throws: `InsightError.outOfRange` for fewer than 2 or more than 240 pictures; `ImageError.frameSizeDiffers`.
    public init(frames: [Frame]) throws {
        guard Self.frameCounts.contains(frames.count) else {
            throw InsightError.outOfRange(what: "frames", found: "\(frames.count)", allowed: "2 to 240")
        }
        let first = frames[0].image
        for (index, frame) in frames.enumerated() {
            let image = frame.image
            guard image.width == first.width, image.height == first.height else {
                throw ImageError.frameSizeDiffers(
                    frame: index, width: image.width, height: image.height, expectedWidth: first.width,
                    expectedHeight: first.height)
            }
        }
        self.frames = frames
    }

    /// The conditionings of a walk at even shares, both ends among them.
    /// - Throws: `InsightError.outOfRange`, `.conditioningMismatch`, `TensorError`.
    public static func conditionings(
        from start: Tensor, to end: Tensor, frames count: Int, by interpolation: Interpolation = .spherical
    ) throws -> [Tensor] {
        guard frameCounts.contains(count) else {
            throw InsightError.outOfRange(what: "frames", found: "\(count)", allowed: "2 to 240")
        }
        return try (0..<count).map {
            try interpolation.between(start, end, share: Double($0) / Double(count - 1))
        }
    }
}

/// How far the pictures of a walk differ: root mean squares of the samples' differences, 0 equal to 1 black on white.
public struct WalkReport: Encodable, Equatable, Sendable {
    /// The share of each picture, 0 to 1.
    public let shares: [Double]
    /// From each picture to the next.
    public let neighbours: [Double]
    /// From the first picture to each.
    public let fromStart: [Double]
    /// From each picture to the last.
    public let toEnd: [Double]
    /// From the first picture to the last.
    public let ends: Double
    /// The largest step as a multiple of the mean step; 1 is a perfectly even walk.
    public let unevenness: Double
}

extension ConditioningWalk {
    /// All numbers.
    public var report: WalkReport {
        let images = frames.map { $0.image.rgb() }
        let neighbours = zip(images, images.dropFirst()).map(Self.difference)
        let mean = neighbours.reduce(0, +) / Double(neighbours.count)
        let (first, last) = (images[0], images[images.count - 1])
        return WalkReport(
            shares: frames.map(\.share), neighbours: neighbours,
            fromStart: images.map { Self.difference(first, $0) },
            toEnd: images.map { Self.difference($0, last) },
            ends: Self.difference(first, last), unevenness: mean > 0 ? (neighbours.max() ?? 0) / mean : 1)
    }

    private static func difference(_ left: Image, _ right: Image) -> Double {
        let sum = zip(left.pixels, right.pixels).reduce(0) { sum, pair in
            let d = Int(pair.0) - Int(pair.1)
            return sum + d * d
        }
        return (Double(sum) / Double(left.pixels.count)).squareRoot() / 255
    }
}
