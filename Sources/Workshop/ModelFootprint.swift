import DurableFiles
import Foundation
import Recipes

/// The files that a model consists of, with their sizes and dates: what tells whether it has changed.
struct ModelFootprint: Hashable, Sendable {
    /// One file.
    struct File: Hashable, Sendable {
        /// Its path from the model's folder; empty for a model that is one file.
        let path: String
        let url: URL
        let size: Int
        let modified: Date
    }

    /// The files, in the order of their paths.
    let files: [File]

    /// Looks a model's file or folder over; nothing is read.
    init(of model: URL) {
        files = Self.paths(of: model).map { path in
            let url = path.isEmpty ? model : model.appending(path: path, directoryHint: .notDirectory)
            let facts = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)
            return File(
                path: path, url: url, size: facts?[.size] as? Int ?? 0,
                modified: facts?[.modificationDate] as? Date ?? .distantPast)
        }
    }

    /// Bytes in all.
    var bytes: Int { files.reduce(0) { $0 + $1.size } }

    private static let endings: Set = ["safetensors", "bin", "ckpt", "json", "txt"]

    /// The paths of descriptions and weights in a folder and the folders in it; of a file the empty path.
    private static func paths(of model: URL) -> [String] {
        let files = FileManager.default
        guard let top = try? files.contentsOfDirectory(atPath: model.path) else { return [""] }
        var paths: [String] = []
        for name in top where !name.hasPrefix(".") {
            let inner = (try? files.contentsOfDirectory(atPath: model.appending(path: name).path)) ?? []
            paths += inner.isEmpty ? [name] : inner.filter { !$0.hasPrefix(".") }.map { name + "/" + $0 }
        }
        return paths.filter { endings.contains(URL(filePath: $0).pathExtension.lowercased()) }.sorted()
    }
}

extension ModelFootprint {
    /// A file up to this size is read whole, for its SHA-256.
    static let readWhole = 256 << 20
    private static let piece = 4096
    private static let pieces = 256

    /// What the model is known again by.
    ///
    /// Of a model that is one file of up to 256 MiB, the SHA-256 of the file. Reading several gigabytes would keep a
    /// picture waiting, so others have a fingerprint: the SHA-256 over, for each file in the order of the paths, the path,
    /// the size, and 256 pieces of 4 KiB, evenly from the file's beginning to its end. Two models that differ differ there,
    /// unless by design; a change of a few weights may go unseen.
    func mark() throws(WorkshopError) -> ModelMark {
        if files.count == 1, files[0].path.isEmpty, files[0].size <= Self.readWhole {
            do { return .sha256(try SHA256.digits(ofFile: files[0].url)) } catch {
                throw .unreadable(files[0].url, reason: error.summary)
            }
        }
        var print = SHA256()
        for file in files {
            print.add(text: "\(file.path)\n\(file.size)\n")
            do {
                let handle = try FileHandle(forReadingFrom: file.url)
                defer { try? handle.close() }
                for offset in Self.offsets(size: file.size) {
                    try handle.seek(toOffset: UInt64(offset))
                    let bytes = try handle.read(upToCount: Self.piece) ?? Data()
                    bytes.withUnsafeBytes { print.add($0) }
                }
            } catch {
                throw .unreadable(file.url, reason: error.localizedDescription)
            }
        }
        return .fingerprint(print.hexadecimal())
    }

    /// Where the pieces begin: the first at 0, the last so that it ends the file, those between evenly; all of a small one.
    private static func offsets(size: Int) -> [Int] {
        guard size > piece * pieces else { return Array(stride(from: 0, to: size, by: piece)) }
        return (0..<pieces).map {
            (size - piece) / (pieces - 1) * $0 + ((size - piece) % (pieces - 1)) * $0 / (pieces - 1)
        }
    }
}

extension SHA256 {
    /// Adds a text's UTF-8 bytes.
    mutating func add(text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }
}
