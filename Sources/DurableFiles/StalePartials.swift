public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension DurableFile {
    /// Removes the temporary files and folders that killed processes have left in `folder`, and returns them.
    ///
    /// Those that a living process is filling stay. Folders within `folder` are not searched.
    /// - Throws: `DurableFileError` when the folder cannot be read.
    @discardableResult
    public static func removeStalePartials(in folder: URL) throws(DurableFileError) -> [URL] {
        let path = try System.path(of: folder)
        switch System.kind(ofLinkAt: System.resolvingLink(path)) {
        case .folder: break
        case nil: throw .missingFolder(folder)
        default: throw .notAFolder(folder)
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .permissionDenied(folder, operation: "list")
        }
        var removed: [URL] = []
        for name in names.sorted() where PartialName.matches(name) {
            let partial = path + "/" + name
            let kind = System.kind(ofLinkAt: partial)
            guard kind == .file || kind == .folder else { continue }
            let descriptor = open(partial, O_CLOEXEC | (kind == .folder ? O_RDONLY | O_DIRECTORY : O_RDWR))
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard PartialName.lock(descriptor) else { continue }
            if (try? FileManager.default.removeItem(atPath: partial)) != nil {
                removed.append(folder.appending(path: name))
            }
        }
        return removed
    }
}
