public import Images

/// What somebody should know of a source before training on it: counts, broken files, sizes, captions.
public struct PictureSurvey: Codable, Sendable, Equatable {
    /// How numbers are spread.
    public struct Spread: Codable, Sendable, Equatable {
        /// The smallest.
        public var least: Int
        /// The one in the middle.
        public var median: Int
        /// The largest.
        public var most: Int

        init?(_ values: [Int]) {
            let sorted = values.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            (least, median, most) = (first, sorted[sorted.count / 2], last)
        }
    }
    /// What the source is called.
    public var title: String
    /// Examples in it, broken ones counted.
    public var examples: Int
    /// What lay beside the pictures.
    public var findings: SourceFindings
    /// How many pictures cannot be used.
    public var brokenCount = 0
    /// The first of them.
    public var broken: [PictureExamples.Broken] = []
    /// Pictures whose format is another than their name says; they are used.
    public var misnamed = SourceFindings.Tally()
    /// Pictures of each format.
    public var formats: [String: Int] = [:]
    /// Widths in pixels, of pictures that can be used.
    public var widths: Spread?
    /// Heights in pixels.
    public var heights: Spread?
    /// Pictures nearest to each of the asked shapes, by its size as `64 × 48`.
    public var shapes: [String: Int] = [:]
    /// Pictures that must be enlarged to be trained at.
    public var tooSmall = 0
    /// Words in captions, where there are any.
    public var captionWords: Spread?

    /// The most broken pictures that are named.
    public static let brokenNamed = 200

    /// What a survey has to know.
    public struct Request: Sendable {
        /// Pixels a side that is trained at; nil does not ask for small pictures.
        public var resolution: Int?
        /// Pictures that declare more pixels are broken.
        public var maximumPixels: Int
        /// The sizes of several shapes that are trained at; nil for squares.
        public var buckets: AspectBuckets?

        /// A survey of pictures.
        public init(
            resolution: Int? = nil, maximumPixels: Int = Image.defaultPixelLimit,
            buckets: AspectBuckets? = nil
        ) {
            (self.resolution, self.maximumPixels, self.buckets) = (resolution, maximumPixels, buckets)
        }

        /// The size that a picture is trained at; nil when nobody said.
        func size(for header: Image.Header) -> (width: Int, height: Int)? {
            if let buckets {
                return buckets.sizes[buckets.nearest(width: header.width, height: header.height)]
            }
            return resolution.map { ($0, $0) }
        }
    }

    /// What was found, and the hash of every picture that can be used.
    public struct Outcome: Sendable {
        /// What was found.
        public let survey: PictureSurvey
        /// Numbers of the pictures and what they look like.
        public let hashes: [(index: Int, hash: PerceptualHash)]
    }

    private enum Look: Sendable {
        case fine(Image.Header, PerceptualHash, words: Int?)
        case broken(String)
    }
    private static let atOnce = 64

    /// Decodes every picture of a source once, on all processors, a bounded number at a time.
    ///
    /// `onProgress` is called with the number of pictures done.
    /// - Throws: `CancellationError` when the task is cancelled.
    public static func outcome(
        of source: any PictureSource, _ request: Request = Request(), onProgress: (Int) -> Void = { _ in }
    ) throws -> Outcome {
        let gate = PictureGate()
        var survey = PictureSurvey(title: source.title, examples: source.count, findings: source.findings)
        var hashes: [(index: Int, hash: PerceptualHash)] = []
        var (widths, heights, words) = ([Int](), [Int](), [Int]())
        for start in stride(from: 0, to: source.count, by: atOnce) {
            try Task.checkCancellation()
            let count = min(atOnce, source.count - start)
            let looks = try ParallelMap.results(count) { look(source, start + $0, request, gate) }
            for (offset, look) in looks.enumerated() {
                let index = start + offset
                switch look {
                case .broken(let reason):
                    survey.brokenCount += 1
                    if survey.broken.count < brokenNamed {
                        survey.broken.append(.init(name: source.name(at: index), reason: reason))
                    }
                case .fine(let header, let hash, let count):
                    hashes.append((index, hash))
                    widths.append(header.width)
                    heights.append(header.height)
                    if let count { words.append(count) }
                    survey.formats[header.format.description, default: 0] += 1
                    if let named = format(ofEnding: source.ending(at: index)), named != header.format {
                        survey.misnamed.add(source.name(at: index))
                    }
                    if let size = request.size(for: header) {
                        if header.width < size.width || header.height < size.height { survey.tooSmall += 1 }
                        if request.buckets != nil {
                            survey.shapes["\(size.width) × \(size.height)", default: 0] += 1
                        }
                    }
                }
            }
            onProgress(start + count)
        }
        (survey.widths, survey.heights, survey.captionWords) = (
            Spread(widths), Spread(heights), Spread(words)
        )
        return Outcome(survey: survey, hashes: hashes)
    }

    private init(title: String, examples: Int, findings: SourceFindings) {
        (self.title, self.examples, self.findings) = (title, examples, findings)
    }

    private static func look(
        _ source: any PictureSource, _ index: Int, _ request: Request, _ gate: PictureGate
    ) -> Look {
        do {
            let words = try source.caption(at: index)?.split(separator: " ").count
            return try PictureReading.decoded(
                source, index, maximumPixels: request.maximumPixels, gate: gate
            ) { image, header in
                .fine(header, try PerceptualHash(image), words: words)
            }
        } catch let error as ImageError {
            return .broken(PictureReading.reason(error))
        } catch {
            return .broken((error as? PictureDataError)?.reason ?? "\(error)")
        }
    }

    private static func format(ofEnding ending: String) -> ImageFormat? {
        switch ending {
        case "png": .png
        case "webp": .webp
        case "jpg", "jpeg", "jpe", "jfif": .jpeg
        default: nil
        }
    }
}
