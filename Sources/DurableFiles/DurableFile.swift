public import Foundation

/// Brings files to the disk whole or not at all.
///
/// Bytes go into a temporary file beside the destination (`.NAME.PID-RANDOM.partial`), are flushed to the disk, and
/// only then take the destination's name; the folder is flushed too. Whoever opens the destination, after a crash, a
/// kill or a full disk, finds the old content or the new, never a part. On failure the temporary file is removed; after
/// a kill it stays, and `removeStalePartials(in:)` clears it away.
///
/// A symbolic link as destination is followed; the permissions of a replaced file are kept.
public enum DurableFile {
    /// Writes `bytes` as the whole content of `url`, replacing what stood there.
    ///
    /// - Throws: `DurableFileError`; the old file is then untouched.
    public static func write(_ bytes: some Sequence<UInt8>, to url: URL) throws(DurableFileError) {
        var writer = try Writer(destination: url, replacing: true)
        try writer.write(bytes)
        try writer.publish()
    }

    /// Writes `url` piece by piece: what `body` gives the writer becomes the whole content, replacing what stood there.
    ///
    /// - Throws: what `body` throws, and `DurableFileError`; the old file is then untouched.
    public static func write(to url: URL, _ body: (inout Writer) throws -> Void) throws {
        var writer = try Writer(destination: url, replacing: true)
        try body(&writer)
        try writer.publish()
    }

    /// Writes `bytes` under the first free name from `url` on, and returns the name taken.
    ///
    /// Unlike `firstFreeName(for:)` followed by a write, this cannot overwrite a file that another process creates
    /// meanwhile.
    /// - Throws: `DurableFileError`.
    public static func writeNew(_ bytes: some Sequence<UInt8>, to url: URL) throws(DurableFileError) -> URL {
        var writer = try Writer(destination: url, replacing: false)
        try writer.write(bytes)
        return try writer.publishUnderFreeName()
    }

    /// The first of `picture.png`, `picture-2.png`, `picture-3.png` … that names nothing yet.
    public static func firstFreeName(for url: URL) -> URL {
        firstFreeName(for: url, from: 1).url
    }

    /// The first free name whose number is at least `number`, with its number; 1 stands for the plain name.
    static func firstFreeName(for url: URL, from number: Int) -> (url: URL, number: Int) {
        let folder = url.deletingLastPathComponent()
        let suffix = url.pathExtension.isEmpty ? "" : "." + url.pathExtension
        let stem = url.deletingPathExtension().lastPathComponent
        var number = number
        while true {
            let candidate =
                number == 1
                ? url : folder.appending(path: "\(stem)-\(number)\(suffix)", directoryHint: .notDirectory)
            guard let path = try? System.path(of: candidate), System.kind(ofLinkAt: path) != nil else {
                return (candidate, number)
            }
            number += 1
        }
    }
}
