import DurableFiles
public import Foundation

/// Brings models from a hub to the disk: checked, whole or not at all, and going on where an earlier run stopped.
public struct ModelDownloader: Sendable {
    /// Where models come from.
    public let hub: Hub
    /// Waits for some seconds before something is tried again.
    let wait: @Sendable (Double) async throws -> Void
    /// Seconds without a byte after which a request is given up.
    let patience: Double

    /// How often in a row a request may fail without having brought a byte.
    static let mostFailures = 5
    private static let mark = ".pulled.json"

    /// A downloader.
    ///
    /// - Parameters:
    ///   - hub: where models come from.
    ///   - patience: seconds without a byte after which a request is given up.
    ///   - wait: waits for some seconds before something is tried again; must end early when its task is cancelled.
    public init(
        from hub: Hub, patience: Double = 60, wait: @escaping @Sendable (Double) async throws -> Void
    ) {
        (self.hub, self.patience, self.wait) = (hub, patience, wait)
    }

    /// Fetches a model.
    ///
    /// Its files gather in a hidden folder beside the destination, which takes its name when all are there. A model that
    /// is one file goes into the folder as that file.
    /// - Parameters:
    ///   - pull: what is fetched.
    ///   - folder: the folder in which it gets a place of its own; created where needed.
    ///   - onEvent: called in order.
    /// - Returns: where it is.
    /// - Throws: `DownloadError`, `DurableFileError`, `CancellationError`; what has come so far is kept for the next run.
    public func fetch(
        _ pull: ModelPull, into folder: URL, onEvent: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) async throws -> FetchedModel {
        let client = HubClient(hub: hub, repository: pull.repository, patience: patience)
        let listing = try await listing(of: pull, client, onEvent)
        let files = try FileSelection(variant: pull.variant, include: pull.include)
            .chosen(from: listing.files, of: pull.repository)
        let bytes = files.reduce(0) { $0 + $1.size }
        onEvent(.began(commit: listing.commit, files: files.count, bytes: bytes))
        func result(at url: URL) -> FetchedModel {
            FetchedModel(
                path: url.path, repository: pull.repository.description, commit: listing.commit,
                files: files.count, bytes: bytes)
        }
        let disk = FileManager.default
        try disk.createDirectory(at: folder, withIntermediateDirectories: true)
        var count = PullCount(total: bytes, onEvent: onEvent)
        func fetch(_ file: HubFile, to url: URL) async throws {
            try await self.fetch(file, of: listing.commit, client, to: url, &count)
        }
        if files.count == 1, files[0].folder.isEmpty {
            let url = folder.appending(path: files[0].name, directoryHint: .notDirectory)
            if disk.fileExists(atPath: url.path), try !Self.holds(files[0], url) {
                throw DownloadError.inTheWay(url)
            }
            try await fetch(files[0], to: url)
            return result(at: url)
        }
        let home = folder.appending(path: pull.repository.name, directoryHint: .isDirectory)
        let record = try Self.record(result(at: home), files)
        if disk.fileExists(atPath: home.path) {
            guard (try? Data(contentsOf: home.appending(path: Self.mark))) == record,
                files.allSatisfy({ Self.size(of: home.appending(path: $0.path)) == $0.size })
            else { throw DownloadError.inTheWay(home) }
            return result(at: home)
        }
        let gathering = folder.appending(
            path: ".\(pull.repository.name).\(listing.commit.prefix(12)).unfinished",
            directoryHint: .isDirectory)
        for file in files {
            let url = gathering.appending(path: file.path, directoryHint: .notDirectory)
            try disk.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Self.refuseLinks(from: gathering, to: file)
            try await fetch(file, to: url)
        }
        try DurableFile.write(record, to: gathering.appending(path: Self.mark))
        try DurableFile.replaceFolder(at: home, with: gathering)
        return result(at: home)
    }

    /// What a repository holds; asked again while the hub fails.
    private func listing(
        of pull: ModelPull, _ client: HubClient, _ onEvent: (PullEvent) -> Void
    ) async throws -> HubListing {
        guard let url = hub.listing(of: pull.repository, revision: pull.revision) else {
            throw DownloadError.notFound(pull.repository, what: "revision \"\(pull.revision)\"")
        }
        var failures = 0
        while true {
            do {
                let answer = try await client.get(url)
                if let refusal = client.refusal(answer, of: "revision \"\(pull.revision)\"") { throw refusal }
                if answer.status == 200 {
                    return try HubListing(json: await client.body(of: answer, limit: 64 << 20), from: url)
                }
                try await again(after: answer, &failures, "the list of files", client, onEvent)
            } catch DownloadError.unreachable(let host, let reason) {
                failures += 1
                guard failures < Self.mostFailures else {
                    throw DownloadError.unreachable(host: host, reason: reason)
                }
                try await pause(Self.delay(failures), "the list of files", reason, onEvent)
            }
        }
    }

    /// Waits as an answer asks, or longer each time.
    func again(
        after answer: Answer, _ failures: inout Int, _ path: String, _ client: HubClient,
        _ onEvent: (PullEvent) -> Void
    ) async throws {
        failures += 1
        let host = hub.endpoint.host ?? ""
        guard failures < Self.mostFailures else {
            throw answer.status == 429
                ? DownloadError.tooManyRequests(host: host)
                : .serverFailure(host: host, status: answer.status)
        }
        let reason =
            answer.status == 429 ? "the hub asks to wait" : "the hub failed (status \(answer.status))"
        try await pause(HubClient.wait(answer) ?? Self.delay(failures), path, reason, onEvent)
    }

    func pause(
        _ seconds: Double, _ path: String, _ reason: String, _ onEvent: (PullEvent) -> Void
    ) async throws {
        onEvent(.waiting(path: path, reason: reason, seconds: seconds))
        try await wait(seconds)
        try Task.checkCancellation()
    }

    static func delay(_ failures: Int) -> Double { Double(1 << min(failures - 1, 5)) }
}
