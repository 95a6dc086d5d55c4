import DurableFiles
import Foundation

extension ModelDownloader {
    /// Fetches one file, or the rest of it, and checks it.
    func fetch(
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
}
