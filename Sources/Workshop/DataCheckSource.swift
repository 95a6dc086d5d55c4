import Datasets

/// What one source of pictures holds.
public struct DataCheckSource: Codable, Equatable, Sendable {
    /// How numbers are spread.
    public struct Spread: Codable, Equatable, Sendable {
        /// The smallest.
        public var least: Int
        /// The one in the middle.
        public var median: Int
        /// The largest.
        public var most: Int
    }
    /// Something worth knowing, how often it was met, and the names of the first.
    public struct Remark: Codable, Equatable, Sendable {
        /// What, as in "links not followed".
        public var what: String
        /// How often.
        public var count: Int
        /// Where first.
        public var names: [String]
    }
    /// A picture that cannot be used.
    public struct Broken: Codable, Equatable, Sendable {
        /// Its name.
        public var name: String
        /// What is wrong with it.
        public var reason: String
    }
    /// What the source is called.
    public var title: String
    /// Pictures in it, broken ones counted.
    public var pictures: Int
    /// Pictures of each format that can be used.
    public var formats: [String: Int]
    /// Their widths in pixels.
    public var widths: Spread?
    /// Their heights in pixels.
    public var heights: Spread?
    /// Pictures of each size that a recipe's buckets have, as `64 × 48`; nil without buckets.
    public var shapes: [String: Int]?
    /// Words in captions, where there are any.
    public var captionWords: Spread?
    /// What else was found.
    public var remarks: [Remark]
    /// How many pictures cannot be used.
    public var brokenCount: Int
    /// The first of them.
    public var broken: [Broken]

    init(_ survey: PictureSurvey) {
        func spread(_ spread: PictureSurvey.Spread?) -> Spread? {
            spread.map { Spread(least: $0.least, median: $0.median, most: $0.most) }
        }
        (title, pictures, formats) = (survey.title, survey.examples, survey.formats)
        (widths, heights) = (spread(survey.widths), spread(survey.heights))
        shapes = survey.shapes.isEmpty ? nil : survey.shapes
        captionWords = spread(survey.captionWords)
        let found = survey.findings
        let tallies = [
            ("without caption", found.captionless),
            ("with another format than their name says", survey.misnamed),
            ("other files passed over", found.ignored), ("links not followed", found.links),
            ("named in metadata but not there", found.missing),
        ]
        remarks = tallies.map { Remark(what: $0, count: $1.count, names: $1.first) }.filter { $0.count > 0 }
        if survey.tooSmall > 0 {
            remarks.append(
                Remark(what: "smaller than they are trained at", count: survey.tooSmall, names: []))
        }
        brokenCount = survey.brokenCount
        broken = survey.broken.map { Broken(name: $0.name, reason: $0.reason) }
    }
}
