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
    private func again(
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

    private func pause(
        _ seconds: Double, _ path: String, _ reason: String, _ onEvent: (PullEvent) -> Void
    ) async throws {
        onEvent(.waiting(path: path, reason: reason, seconds: seconds))
        try await wait(seconds)
        try Task.checkCancellation()
    }

    private static func delay(_ failures: Int) -> Double { Double(1 << min(failures - 1, 5)) }
}

extension ModelDownloader {
    /// Fetches one file, or the rest of it, and checks it.
    private func fetch(
        _ file: HubFile, of commit: String, _ client: HubClient, to url: URL, _ count: inout PullCount
    ) async throws {
        if try Self.holds(file, url) {
            count.add(file.size, of: file.path)
            return count.finish(file.path)
        }
        guard let address = hub.file(file.path, of: client.repository, commit: commit) else {
            throw DownloadError.unsafePath(file.path, hub.endpoint)
        }
        var partial = try ResumableFile(for: url, mark: file.checksum.digits)
        if partial.byteCount > file.size { try partial.restart() }
        var isFresh = partial.byteCount == 0
        count.add(partial.byteCount, of: file.path)
        // Failures in a row count from the last byte that was new; bytes fetched a second time are none.
        var (failures, most) = (0, partial.byteCount)
        while true {
            if partial.byteCount < file.size {
                do {
                    let answer = try await client.get(address, from: partial.byteCount)
                    if let refusal = client.refusal(answer, of: file.path) { throw refusal }
                    guard try Self.begins(answer, &partial, file, &count) else {
                        try await again(after: answer, &failures, file.path, client, count.onEvent)
                        continue
                    }
                    let reason = try await Self.take(answer, &partial, file, &count)
                    if partial.byteCount > most { (failures, most) = (0, partial.byteCount) }
                    if let reason {
                        throw DownloadError.interrupted(
                            file.path, received: partial.byteCount, of: file.size, reason: reason)
                    }
                } catch let error as DownloadError {
                    let reason: String
                    switch error {
                    case .unreachable(_, let why), .interrupted(_, _, _, let why): reason = why
                    default: throw error
                    }
                    failures += 1
                    guard failures < Self.mostFailures else { throw error }
                    try await pause(Self.delay(failures), file.path, reason, count.onEvent)
                    continue
                }
            }
            let found = try Self.digits(of: partial.partial, like: file.checksum)
            if found == file.checksum.digits {
                try partial.publish()
                return count.finish(file.path)
            }
            // Bytes of an earlier run may be at fault: once more from the beginning.
            count.add(-partial.byteCount, of: file.path)
            guard !isFresh else {
                partial.discard()
                throw DownloadError.wrongChecksum(file.path, expected: file.checksum.digits, found: found)
            }
            isFresh = true
            try partial.restart()
        }
    }

    /// Makes ready for the body of an answer; false when the answer brings none.
    private static func begins(
        _ answer: Answer, _ partial: inout ResumableFile, _ file: HubFile, _ count: inout PullCount
    ) throws -> Bool {
        switch answer.status {
        case 206:
            let range = answer.fields["content-range"] ?? ""
            if range.hasPrefix("bytes \(partial.byteCount)-"),
                range.hasSuffix("/\(file.size)") || range.hasSuffix("/*")
            {
                return true
            }
        case 200..<300:
            // The whole file, wherever it was to begin.
            count.add(-partial.byteCount, of: file.path)
            try partial.restart()
            return true
        case 416: break
        default: return false
        }
        count.add(-partial.byteCount, of: file.path)
        try partial.restart()
        return false
    }

    /// Takes a body in; gives the reason when it breaks off.
    private static func take(
        _ answer: Answer, _ partial: inout ResumableFile, _ file: HubFile, _ count: inout PullCount
    ) async throws -> String? {
        do {
            for try await piece in answer.body {
                guard partial.byteCount + piece.count <= file.size else {
                    try partial.restart()
                    throw DownloadError.wrongLength(file.path, expected: file.size)
                }
                try piece.withUnsafeBytes { try partial.write($0) }
                count.add(piece.count, of: file.path)
            }
        } catch let error where !(error is DownloadError || error is DurableFileError) {
            try Task.checkCancellation()
            return HubClient.reason(error)
        }
        try Task.checkCancellation()
        return partial.byteCount < file.size ? "the server ended it" : nil
    }

    // MARK: - What is on the disk

    private static func size(of url: URL) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: url.path))?[.size] as? Int
    }

    /// Whether a file is there and is the hub's.
    private static func holds(_ file: HubFile, _ url: URL) throws -> Bool {
        guard size(of: url) == file.size else { return false }
        return try digits(of: url, like: file.checksum) == file.checksum.digits
    }

    private static func digits(of url: URL, like checksum: HubFile.Checksum) throws -> String {
        switch checksum {
        case .sha256: try SHA256.digits(ofFile: url)
        case .gitBlob: SHA1.gitBlob(try Data(contentsOf: url, options: .alwaysMapped))
        }
    }

    /// A folder of ours holds no links; one that somebody put there would lead elsewhere.
    private static func refuseLinks(from folder: URL, to file: HubFile) throws(DownloadError) {
        var url = folder
        for part in [""] + file.path.split(separator: "/").map(String.init) {
            if !part.isEmpty { url.append(path: part) }
            let kind =
                (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType
            if kind == .typeSymbolicLink { throw .inTheWay(url) }
        }
    }

    /// What is written beside the files: what they are and where they are from.
    private static func record(_ model: FetchedModel, _ files: [HubFile]) throws -> Data {
        let object: [String: Any] = [
            "repository": model.repository, "commit": model.commit,
            "files": Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.checksum.digits) }),
        ]
        return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .prettyPrinted])
    }
}

/// Bytes counted over all files; tells of them every now and then.
private struct PullCount {
    let total: Int
    let onEvent: @Sendable (PullEvent) -> Void
    private var received = 0
    private var told = 0

    init(total: Int, onEvent: @escaping @Sendable (PullEvent) -> Void) {
        (self.total, self.onEvent) = (total, onEvent)
    }

    mutating func add(_ bytes: Int, of path: String) {
        received += bytes
        // Often enough for a bar, seldom enough for a log.
        guard abs(received - told) >= max(1 << 20, total / 1000) else { return }
        tell(path)
    }

    mutating func finish(_ path: String) {
        tell(path)
        onEvent(.finished(path: path))
    }

    private mutating func tell(_ path: String) {
        told = received
        onEvent(.progress(PullProgress(path: path, received: received, total: total)))
    }
}
