/// A folder of pictures as training data: `"photos"`, or an object with `path` and the keys of `PictureRules`.
public struct FolderData: Codable, Equatable, Sendable {
    /// The folder; relative paths start from the current folder.
    public var path: String
    /// How its pictures are used.
    public var rules: PictureRules

    /// The pictures in a folder.
    public init(path: String, rules: PictureRules = PictureRules()) {
        (self.path, self.rules) = (path, rules)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case path }

    /// Reads a text or an object.
    public init(from decoder: any Decoder) throws {
        if let path = try? decoder.singleValueContainer().decode(String.self) {
            self.init(path: path)
        } else {
            let fields = try StrictFields(decoder, CodingKeys.self, besides: PictureRules.names)
            let rules = try StrictFields(
                decoder, PictureRules.CodingKeys.self, besides: CodingKeys.allCases.map(\.stringValue))
            self.init(path: try fields.required(.path), rules: try PictureRules(rules))
        }
        try PictureRules.check(path, at: joined(decoder.codingPath))
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(path, forKey: .path)
        try rules.encode(to: encoder)
    }
}

/// Tar files of pictures and captions (WebDataset): a text, a list of texts, or an object with `files` and the keys of
/// `PictureRules`.
public struct ShardData: Codable, Equatable, Sendable {
    /// Tar files, or folders whose tar files are meant; relative paths start from the current folder.
    public var files: [String]
    /// How their pictures are used.
    public var rules: PictureRules

    /// The pictures in tar files.
    public init(files: [String], rules: PictureRules = PictureRules()) {
        (self.files, self.rules) = (files, rules)
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case files }

    /// Reads a text, a list or an object.
    public init(from decoder: any Decoder) throws {
        if let files = Self.list(decoder) {
            self.init(files: files)
        } else {
            let fields = try StrictFields(decoder, CodingKeys.self, besides: PictureRules.names)
            let rules = try StrictFields(
                decoder, PictureRules.CodingKeys.self, besides: CodingKeys.allCases.map(\.stringValue))
            let files: OneOrMore = try fields.required(.files)
            self.init(files: files.texts, rules: try PictureRules(rules))
        }
        let place = joined(decoder.codingPath)
        guard !files.isEmpty else {
            throw RecipeError.outOfRange(path: place, expected: "at least one tar file", found: "none")
        }
        for file in files { try PictureRules.check(file, at: place) }
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(files, forKey: .files)
        try rules.encode(to: encoder)
    }

    fileprivate static func list(_ decoder: any Decoder) -> [String]? {
        if let one = try? decoder.singleValueContainer().decode(String.self) { return [one] }
        guard (try? decoder.unkeyedContainer()) != nil else { return nil }
        return try? [String](from: decoder)
    }

    private struct OneOrMore: Decodable {
        let texts: [String]
        init(from decoder: any Decoder) throws {
            texts = try ShardData.list(decoder) ?? [String](from: decoder)
        }
    }
}

/// How the pictures of a folder or of tar files become examples.
public struct PictureRules: Codable, Equatable, Sendable {
    /// What a picture without a caption gets.
    public var captions = MissingCaption.empty
    /// What happens with a picture that cannot be used.
    public var broken = BrokenPicture.skip
    /// Pictures that declare more pixels than this are not decoded.
    public var maximumPixels = 64_000_000
    /// What shows through transparent pixels, as `#rrggbb`.
    public var background = "#ffffff"
    /// Which part of a picture that is no square is used.
    public var crop = PictureCrop.center
    /// The share of pictures that are mirrored, 0 to 1; left and right change places in their captions.
    public var flip = 0.0
    /// What happens with pictures that look like an earlier one.
    public var nearDuplicates = NearDuplicateRule.report

    /// The middle of every picture, as it is.
    public init() {}

    enum CodingKeys: String, CodingKey, CaseIterable {
        case captions, broken, maximumPixels, background, crop, flip, nearDuplicates
    }
    static var names: [String] { CodingKeys.allCases.map(\.stringValue) }

    /// Reads an object; every key has a default.
    public init(from decoder: any Decoder) throws {
        try self.init(StrictFields(decoder, CodingKeys.self))
    }

    init(_ fields: StrictFields<CodingKeys>) throws {
        captions = try fields.value(.captions, or: captions)
        broken = try fields.value(.broken, or: broken)
        maximumPixels = try fields.value(.maximumPixels, or: maximumPixels, in: 1...(1 << 28))
        background = try fields.value(.background, or: background, "a colour such as #ffffff") {
            Self.color($0) != nil
        }
        crop = try fields.value(.crop, or: crop)
        flip = try fields.value(.flip, or: flip, in: 0...1)
        nearDuplicates = try fields.value(.nearDuplicates, or: nearDuplicates)
    }

    /// The background as a number such as `0xFFFFFF`.
    public var backgroundNumber: UInt32 { Self.color(background) ?? 0xFFFFFF }

    private static func color(_ text: String) -> UInt32? {
        let digits = text.dropFirst()
        guard text.hasPrefix("#"), digits.count == 6, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(digits, radix: 16)
    }

    /// Refuses what names no file.
    static func check(_ path: String, at place: String) throws(RecipeError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .outOfRange(path: place, expected: "the name of a file or folder", found: "\"\(path)\"")
        }
    }
}

/// What a picture without a caption gets.
public enum MissingCaption: String, PlainChoice, Equatable, Sendable {
    /// No words.
    case empty
    /// The words of its file's name: `red_house-2.jpg` is "red house".
    case fileName
    /// Nothing: training does not begin.
    case error

    static let what = "rule for missing captions"

    /// Reads the name of a rule.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}

/// What happens with a picture that cannot be used.
public enum BrokenPicture: String, PlainChoice, Equatable, Sendable {
    /// The next one in the order takes its place; it is counted and named.
    case skip
    /// Training stops.
    case error

    static let what = "rule for broken pictures"

    /// Reads the name of a rule.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}

/// What happens with pictures that look like an earlier one, before training begins.
public enum NearDuplicateRule: String, PlainChoice, Equatable, Sendable {
    /// They are counted, the first are named, and all are used.
    case report
    /// Of those that look alike the first alone is used.
    case skip
    /// Training does not begin.
    case error
    /// Nobody looks for them: training begins at once.
    case ignore

    static let what = "rule for near-duplicates"

    /// Reads the name of a rule.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}

/// Which part of a picture that is no square is used.
public enum PictureCrop: String, PlainChoice, Equatable, Sendable {
    /// The middle.
    case center
    /// A part anywhere along the longer side, another one each time.
    case random

    static let what = "crop"

    /// Reads the name of a crop.
    public init(from decoder: any Decoder) throws { self = try .decode(from: decoder) }
}
