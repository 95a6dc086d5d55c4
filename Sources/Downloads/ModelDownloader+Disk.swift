import DurableFiles
import Foundation

/// What is on the disk.
extension ModelDownloader {
    static func size(of url: URL) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.size] as? Int
    }

    /// Whether a file is there and is the hub's.
    static func holds(_ file: HubFile, _ url: URL) throws -> Bool {
        guard size(of: url) == file.size else { return false }
        return try digits(of: url, like: file.checksum) == file.checksum.digits
    }

    static func digits(of url: URL, like checksum: HubFile.Checksum) throws -> String {
        switch checksum {
        case .sha256: try SHA256.digits(ofFile: url)
        case .gitBlob: SHA1.gitBlob(try Data(contentsOf: url, options: .alwaysMapped))
        }
    }

    /// A folder of ours holds no links; one that somebody put there would lead elsewhere.
    static func refuseLinks(from folder: URL, to file: HubFile) throws(DownloadError) {
        var url = folder
        for part in [""] + file.path.split(separator: "/").map(String.init) {
            if !part.isEmpty { url.append(path: part) }
            let kind =
                (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
            if kind == .typeSymbolicLink { throw .inTheWay(url) }
        }
    }

    /// What is written beside the files: what they are and where they are from.
    static func record(_ model: FetchedModel, _ files: [HubFile]) throws -> Data {
        let object: [String: Any] = [
            "repository": model.repository, "commit": model.commit,
            "files": Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.checksum.digits) }),
        ]
        return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
    }
}
