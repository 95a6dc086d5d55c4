import Foundation

/// Reads JSON files of other programs, with a limit to their size.
enum JSONFile {
    /// More than any vocabulary or index has.
    static let maximumByteCount = 64 << 20

    /// The bytes of a small file.
    static func data(_ url: URL) throws -> Data {
        let facts = try? FileManager.default.attributesOfItem(atPath: url.path(percentEncoded: false))
        guard let facts else { throw CheckpointError.missingFile(url) }
        guard facts[.type] as? FileAttributeType != .typeDirectory, let size = facts[.size] as? Int else {
            throw CheckpointError.badJSON(url, expected: "a file", found: "a folder")
        }
        guard size <= maximumByteCount else {
            throw CheckpointError.badJSON(
                url, expected: "at most \(maximumByteCount) bytes", found: "\(size)")
        }
        return try Data(contentsOf: url)
    }

    /// The members of a file's object.
    static func object(_ url: URL) throws -> [String: Any] { try object(data(url), named: url) }

    /// The members of an object.
    static func object(_ data: Data, named url: URL) throws -> [String: Any] {
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(with: data)
        } catch {
            throw CheckpointError.badJSON(url, expected: "JSON", found: "other text or damage")
        }
        guard let object = value as? [String: Any] else {
            throw CheckpointError.badJSON(url, expected: "an object", found: "another value")
        }
        return object
    }

    /// An object as text: keys sorted, two spaces a level.
    static func text(_ object: [String: Any]) throws -> Data {
        try JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }
}
