public import Foundation

/// A folder for one test; it and all in it are removed with the last reference.
public final class TemporaryFolder: Sendable {
    /// Where it lies.
    public let url: URL

    /// A new, empty folder.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "darkroom-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    /// The place of a file or folder in it.
    public func appending(_ name: String) -> URL { url.appendingPathComponent(name) }
}
