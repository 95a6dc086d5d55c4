public import Foundation

/// Everything that a workshop takes from the machine: environment, folders, the time of day.
///
/// Nothing else in Darkroom reads them. Tests make their own.
public struct Surroundings: Sendable {
    /// Environment variables.
    public var environment: [String: String]
    /// The folder that relative paths start from.
    public var currentFolder: URL
    /// The user's home folder.
    public var homeFolder: URL
    /// The running program's file, links resolved.
    public var executable: URL
    /// The time of day.
    public var now: @Sendable () -> Date
    /// A seed that was never used before, as far as chance goes; below 2³², so that it can be read out.
    public var freshSeed: @Sendable () -> UInt64
    /// Bytes of memory that this process may still take; nil where the system does not say.
    public var freeMemory: @Sendable () -> Int?

    /// Surroundings as given.
    public init(
        environment: [String: String] = [:], currentFolder: URL, homeFolder: URL, executable: URL,
        now: @escaping @Sendable () -> Date = { Date() },
        freshSeed: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 0..<1 << 32) },
        freeMemory: (@Sendable () -> Int?)? = nil
    ) {
        self.environment = environment
        (self.currentFolder, self.homeFolder, self.executable) = (currentFolder, homeFolder, executable)
        (self.now, self.freshSeed) = (now, freshSeed)
        self.freeMemory = freeMemory ?? { Machine.obtainableMemory }
    }

    /// The surroundings of this process.
    public static var ofThisProcess: Surroundings {
        let files = FileManager.default
        let here = URL(filePath: files.currentDirectoryPath, directoryHint: .isDirectory)
        let program =
            (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map { URL(filePath: $0) }
            ?? Bundle.main.executableURL ?? here.appending(path: CommandLine.arguments.first ?? "darkroom")
        return Surroundings(
            environment: ProcessInfo.processInfo.environment, currentFolder: here,
            homeFolder: files.homeDirectoryForCurrentUser,
            executable: program.resolvingSymlinksInPath().standardizedFileURL)
    }

    /// The folder of the running program and every folder above it.
    public var foldersAboveExecutable: [URL] {
        var folders: [URL] = []
        var folder = executable.deletingLastPathComponent().standardizedFileURL
        while true {
            folders.append(folder)
            let parent = folder.deletingLastPathComponent().standardizedFileURL
            guard parent.path.count < folder.path.count else { return folders }
            folder = parent
        }
    }

    /// A path as the user typed it: `~` is the home folder, relative paths start from the current folder.
    public func url(_ path: String, directoryHint: URL.DirectoryHint = .checkFileSystem) -> URL {
        if path == "~" { return homeFolder }
        if path.hasPrefix("~/") {
            return homeFolder.appending(path: String(path.dropFirst(2)), directoryHint: directoryHint)
        }
        return URL(filePath: path, directoryHint: directoryHint, relativeTo: currentFolder)
            .absoluteURL.standardizedFileURL
    }

    /// A path as short as it can be said from the current folder.
    public func shown(_ url: URL) -> String {
        let here = currentFolder.standardizedFileURL.path
        let path = url.standardizedFileURL.path
        let folder = here.hasSuffix("/") ? here : here + "/"
        return path.hasPrefix(folder) && path.count > folder.count
            ? String(path.dropFirst(folder.count)) : path
    }

    /// A path as short as it can be said from the current folder.
    public func shown(_ path: String) -> String { shown(url(path)) }
}
