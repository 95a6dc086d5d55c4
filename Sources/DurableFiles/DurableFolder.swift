public import Foundation

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension DurableFile {
    /// Fills a temporary folder beside `url`, flushes it, and gives it the name `url`, replacing what stood there.
    ///
    /// `body` receives the temporary folder, empty, and writes into it in any way. A reader of `url` finds the old
    /// folder or the new one whole.
    /// - Throws: what `body` throws, and `DurableFileError`; the old folder is then untouched.
    public static func writeFolder(at url: URL, _ body: (URL) throws -> Void) throws {
        let target = System.resolvingLink(try System.path(of: url))
        try requireFolderOrNothing(at: target, url)
        let (descriptor, path) = try PartialName.createFolder(beside: target, for: url)
        defer { close(descriptor) }
        let partial = URL(filePath: path, directoryHint: .isDirectory)
        do {
            try body(partial)
            try replaceFolder(at: url, with: partial)
        } catch {
            try? FileManager.default.removeItem(at: partial)
            throw error
        }
    }

    /// Flushes a finished folder and gives it the name `url`; a folder that stood there is exchanged in one step, then
    /// removed.
    ///
    /// Both must lie on the same file system. Where the system cannot exchange two names in one step, the old folder
    /// is renamed aside first (to a name ending in `.partial`), and put back if the second renaming fails.
    /// - Throws: `DurableFileError`; both folders are then as before.
    public static func replaceFolder(at url: URL, with finished: URL) throws(DurableFileError) {
        let source = try System.path(of: finished)
        let target = System.resolvingLink(try System.path(of: url))
        guard System.kind(ofLinkAt: source) == .folder else { throw .notAFolder(finished) }
        try requireFolderOrNothing(at: target, url)
        try flushTree(source, for: finished)

        if System.kind(ofLinkAt: target) == nil {
            guard rename(source, target) == 0 else { throw System.error(errno, "rename to", url) }
        } else if exchange(source, target) {
            try? FileManager.default.removeItem(atPath: source)
        } else {
            let (folder, name) = System.split(target)
            let aside = folder + "/" + PartialName.make(for: name)
            guard rename(target, aside) == 0 else { throw System.error(errno, "rename", url) }
            guard rename(source, target) == 0 else {
                let code = errno
                rename(aside, target)
                throw System.error(code, "rename to", url)
            }
            try? FileManager.default.removeItem(atPath: aside)
        }
        try System.flushFolder(of: target, for: url)
        if System.split(source).folder != System.split(target).folder {
            try System.flushFolder(of: source, for: finished)
        }
    }

    private static func requireFolderOrNothing(at target: String, _ url: URL) throws(DurableFileError) {
        let kind = System.kind(ofLinkAt: target)
        guard kind == nil || kind == .folder else { throw .notAFolder(url) }
    }

    /// Exchanges two names in one step; false where the system or the file system cannot.
    private static func exchange(_ first: String, _ second: String) -> Bool {
        #if canImport(Darwin)
            return renamex_np(first, second, UInt32(RENAME_SWAP)) == 0
        #else
            // Glibc's module map leaves `renameat2` out, so it is looked up by name; 2 is RENAME_EXCHANGE.
            typealias RenameAt2 =
                @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
            guard let symbol = dlsym(nil, "renameat2") else { return false }
            return unsafeBitCast(symbol, to: RenameAt2.self)(AT_FDCWD, first, AT_FDCWD, second, 2) == 0
        #endif
    }

    /// Brings every file and folder below `path`, and `path` itself, to the disk.
    private static func flushTree(_ path: String, for url: URL) throws(DurableFileError) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .permissionDenied(url, operation: "list")
        }
        for name in names {
            let child = path + "/" + name
            let childURL = url.appending(path: name)
            switch System.kind(ofLinkAt: child) {
            case .file: try System.flush(path: child, isFolder: false, for: childURL)
            case .folder: try flushTree(child, for: childURL)
            default: break
            }
        }
        try System.flush(path: path, isFolder: true, for: url)
    }
}
