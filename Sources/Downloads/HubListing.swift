import Foundation

/// One file of a repository.
public struct HubFile: Hashable, Sendable {
    /// Its path from the repository's root; safe to be joined to a folder.
    public let path: String
    /// Its size in bytes.
    public let size: Int
    /// What its bytes must give.
    public let checksum: Checksum

    /// A number that only these bytes give.
    public enum Checksum: Hashable, Sendable {
        /// The SHA-256 of a large file, 64 hexadecimal digits.
        case sha256(String)
        /// What git calls a small file: the SHA-1 of a heading and its bytes, 40 hexadecimal digits.
        case gitBlob(String)

        /// The digits.
        var digits: String {
            switch self {
            case .sha256(let digits), .gitBlob(let digits): digits
            }
        }
    }

    /// The last component of its path.
    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
    /// The path without its last component; empty at the root.
    var folder: String { path.split(separator: "/").dropLast().joined(separator: "/") }
}

/// What a repository holds at one commit.
struct HubListing: Equatable {
    /// The commit, 40 hexadecimal digits: what is fetched does not change while it is.
    let commit: String
    let files: [HubFile]

    /// Reads the hub's answer.
    /// - Throws: `DownloadError.badAnswer`, `.unsafePath`.
    init(json: Data, from url: URL) throws(DownloadError) {
        let answer: Answer
        do { answer = try JSONDecoder().decode(Answer.self, from: json) } catch {
            throw .badAnswer(url, expected: "a list of files as JSON", found: Self.shown(json))
        }
        guard Self.isHexadecimal(answer.sha, count: 40) else {
            throw .badAnswer(
                url, expected: "a commit of 40 hexadecimal digits", found: String(answer.sha.prefix(60)))
        }
        commit = answer.sha
        var files: [HubFile] = []
        for entry in answer.siblings {
            guard Self.isSafe(entry.rfilename) else { throw .unsafePath(entry.rfilename, url) }
            guard let size = entry.lfs?.size ?? entry.size, size >= 0 else {
                throw .badAnswer(url, expected: "a size for \(entry.rfilename)", found: "none")
            }
            let checksum: HubFile.Checksum
            if let digits = entry.lfs?.sha256, Self.isHexadecimal(digits, count: 64) {
                checksum = .sha256(digits.lowercased())
            } else if entry.lfs == nil, let digits = entry.blobId, Self.isHexadecimal(digits, count: 40) {
                checksum = .gitBlob(digits.lowercased())
            } else {
                throw .badAnswer(url, expected: "a checksum for \(entry.rfilename)", found: "none")
            }
            files.append(HubFile(path: entry.rfilename, size: size, checksum: checksum))
        }
        let paths = files.map { $0.path.lowercased() }
        guard Set(paths).count == paths.count else {
            throw .badAnswer(url, expected: "every file once", found: "two of one name")
        }
        self.files = files.sorted { $0.path < $1.path }
    }

    private struct Answer: Decodable {
        struct Entry: Decodable {
            struct Large: Decodable {
                var sha256: String?
                var size: Int?
            }
            var rfilename: String
            var size: Int?
            var blobId: String?
            var lfs: Large?
        }
        var sha: String
        var siblings: [Entry]
    }

    /// Whether a path leads from a folder into that folder, on any system, and nowhere else.
    static func isSafe(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 1024, !path.contains("\\"), !path.contains(":"),
            !path.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
        else { return false }
        return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".." && $0.utf8.count <= 200 && $0.last != " " && $0.last != "."
        }
    }

    private static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    /// The beginning of an answer, for a message.
    static func shown(_ data: Data) -> String {
        let text = String(decoding: data.prefix(80), as: UTF8.self)
        return text.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" }
            ? text.split(separator: "\n").joined(separator: " ") : "\(data.count) bytes that are no text"
    }
}
