public import Diagnostics
public import Foundation

/// Why a picture cannot be made again.
public enum VerificationError: ActionableError, Equatable {
    /// The file carries no record of how it was made.
    case noRecord(URL, hasParameters: Bool)
    /// The record is there, but says something that this version does not know.
    case unreadableRecord(URL, reason: String)
    /// The picture no longer has the size that was drawn.
    case resized(URL, recorded: [Int], found: [Int])
    /// No model at hand has the name or the fingerprint of the one that drew.
    case missingModel(name: String?, mark: String?, known: [String])
    /// There is a model of that name, but it is not the one that drew.
    case otherModel(name: String, recorded: String, found: String)
    /// The record names files that lie neither below the current folder nor beside the picture.
    case filesElsewhere([String])

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .noRecord(let url, let hasParameters):
            "\(url.lastPathComponent) carries no record of how Darkroom made it"
                + (hasParameters ? "; it has parameters of another program" : "")
        case .unreadableRecord(let url, let reason):
            "\(url.lastPathComponent): this version of Darkroom cannot read the record: \(reason)"
        case .resized(let url, let recorded, let found):
            "\(url.lastPathComponent): drawn were \(Self.size(recorded)) pixels, found \(Self.size(found))"
        case .missingModel(let name, let mark, _):
            "the model that drew this picture is not at hand: \(name.map { "\"\($0)\"" } ?? "no name")"
                + (mark.map { ", fingerprint \($0.prefix(12))…" } ?? "")
        case .otherModel(let name, let recorded, let found):
            "the model \"\(name)\" is not the one that drew this picture: expected the fingerprint "
                + "\(recorded.prefix(12))…, found \(found.prefix(12))…"
        case .filesElsewhere(let paths):
            "the record names files outside of this folder and of the picture's: "
                + paths.joined(separator: ", ")
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        switch self {
        case .noRecord:
            [
                "take the file as darkroom generate wrote it: other programs often drop what is stored beside the pixels"
            ]
        case .unreadableRecord: ["a newer Darkroom may have written it: darkroom --version"]
        case .resized: ["take the file as darkroom generate wrote it"]
        case .missingModel(let name, _, let known):
            [name.flatMap { NearestName.suggestion(for: $0, among: known) }].compactMap { $0 } + [
                "name the model's file: --model FILE", "darkroom models list says where it looks",
            ]
        case .otherModel: ["name the file of the model as it was then: --model FILE"]
        case .filesElsewhere:
            ["run verify in the folder where generate ran, if you know what these files are"]
        }
    }

    private static func size(_ sides: [Int]) -> String {
        sides.map(String.init).joined(separator: " × ")
    }
}
