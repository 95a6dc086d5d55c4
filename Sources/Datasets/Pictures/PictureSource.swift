public import Foundation

/// A place where pictures lie with their captions: a folder, or tar files.
///
/// The same index gives the same bytes on every call and from every thread, as long as nobody changes the files.
public protocol PictureSource: Sendable {
    /// What messages call it.
    var title: String { get }
    /// How many pictures there are, at least 1; valid indices are `0..<count`.
    var count: Int { get }
    /// A number that changes when pictures are added, removed, renamed or change their length.
    var fingerprint: UInt64 { get }
    /// What was found beside the pictures.
    var findings: SourceFindings { get }
    /// What messages call one picture, such as its path within the folder.
    func name(at index: Int) -> String
    /// The ending of the picture's file, in lower case and without the dot; empty when it has none.
    func ending(at index: Int) -> String
    /// The bytes of a picture file, not decoded.
    /// - Throws: `PictureDataError` when the file went away, changed its length or cannot be read.
    func bytes(at index: Int) throws(PictureDataError) -> Data
    /// The first bytes of a picture file, fewer than `count` only where it ends.
    /// - Throws: as `bytes(at:)`.
    func start(at index: Int, count: Int) throws(PictureDataError) -> Data
    /// What tells a picture file, as it is now, from all others and from itself before a change.
    /// - Throws: as `bytes(at:)`.
    func identity(at index: Int) throws(PictureDataError) -> String
    /// The words beside a picture, on one line; nil when there are none.
    /// - Throws: `PictureDataError` when they cannot be read.
    func caption(at index: Int) throws(PictureDataError) -> String?
}

/// What a look at a source's names found, before any picture is opened.
public struct SourceFindings: Codable, Equatable, Sendable {
    /// Things of one kind: how many, and the names of the first.
    public struct Tally: Codable, Equatable, Sendable {
        /// How many names are kept.
        static let namesKept = 5
        /// How many there are.
        public var count = 0
        /// The first of them.
        public var first: [String] = []

        mutating func add(_ name: String) {
            count += 1
            if first.count < Self.namesKept { first.append(name) }
        }
    }
    /// Files that are neither pictures nor captions.
    public var ignored = Tally()
    /// Symbolic links that lead out of the folder, to a folder, or nowhere; they are not followed.
    public var links = Tally()
    /// Files that the metadata names and that are not there.
    public var missing = Tally()
    /// Pictures without words beside them.
    public var captionless = Tally()
}

/// Text as captions are kept: white space collapsed, on one line; nil when nothing is left.
enum CaptionText {
    /// The longest caption that is read, in bytes.
    static let longest = 1 << 16

    static func tidy(_ text: String) -> String? {
        let words = text.split { $0.isWhitespace || $0.isNewline || $0 == "\u{FEFF}" || $0 == "\0" }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The words of a file's name: without its folder, its ending, and numbers at its end.
    static func words(ofFileName name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        let stem = last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
        var words = stem.split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "’" }.map(String.init)
        while words.count > 1, words.last?.allSatisfy(\.isNumber) == true { words.removeLast() }
        return words.joined(separator: " ")
    }

    /// The caption in a JSON object: `text` or `caption`.
    /// - Returns: the text, nil when the object has neither or both are null.
    /// - Throws: `Misfit` when a value is no text.
    static func caption(in object: [String: Any]) throws(Misfit) -> String? {
        for key in ["text", "caption"] {
            switch object[key] {
            case nil, is NSNull: continue
            case let text as String: return tidy(text)
            default: throw Misfit(reason: "expected text at \"\(key)\"")
            }
        }
        return nil
    }

    struct Misfit: Error { let reason: String }
}

/// A running 64-bit fingerprint of bytes.
///
/// Source: Fowler, Noll, Vo, "FNV-1a"; mixed at the end.
struct RunningHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
    mutating func add(_ number: UInt64) { state = SplitMix.mixed(state ^ SplitMix.mixed(number)) }
    var value: UInt64 { SplitMix.mixed(state) }
}
