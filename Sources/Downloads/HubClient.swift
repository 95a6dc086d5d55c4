import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks a hub: follows its redirections with care, waits when it says so, and explains its refusals.
struct HubClient: Sendable {
    let hub: Hub
    let repository: HubRepository
    /// Seconds without a byte after which a request is given up.
    var patience = 60.0

    private static let mostRedirects = 6
    /// The longest wait that a hub may ask for, in seconds.
    static let longestWait = 300.0

    /// The answer of the last server of a chain of redirections.
    ///
    /// The token is shown to the hub alone, by protocol, host and port.
    /// - Throws: `DownloadError`; `CancellationError`.
    func get(_ url: URL, from offset: Int = 0) async throws -> Answer {
        var url = url
        for _ in 0...Self.mostRedirects {
            var request = URLRequest(url: url)
            // Lengths and offsets are those of the file, not of a packed form of it.
            request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
            request.setValue("darkroom", forHTTPHeaderField: "User-Agent")
            if offset > 0 { request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range") }
            if let token = hub.token, url.hasOrigin(of: hub.endpoint) {
                request.setValue(token.authorization, forHTTPHeaderField: "Authorization")
            }
            let answer: Answer
            do { answer = try await Transfer.answer(to: request, patience: patience) } catch {
                try Task.checkCancellation()
                throw DownloadError.unreachable(host: url.host ?? "", reason: Self.reason(error))
            }
            guard (300..<400).contains(answer.status), answer.status != 304 else { return answer }
            url = try next(after: url, answer.fields["location"])
        }
        throw DownloadError.unsafeRedirect(
            host: url.host ?? "", reason: "yet another address, in a circle perhaps")
    }

    /// A whole body, for answers that are read at once.
    /// - Throws: `DownloadError.unreachable` when it breaks off, `.badAnswer` when it has more bytes than `limit`.
    func body(of answer: Answer, limit: Int) async throws -> Data {
        var bytes = Data()
        do {
            for try await piece in answer.body where bytes.count <= limit { bytes += piece }
        } catch {
            try Task.checkCancellation()
            throw DownloadError.unreachable(host: answer.url.host ?? "", reason: Self.reason(error))
        }
        try Task.checkCancellation()
        guard bytes.count <= limit else {
            throw DownloadError.badAnswer(
                answer.url, expected: "at most \(limit) bytes", found: "no end of them")
        }
        return bytes
    }

    private func next(after url: URL, _ location: String?) throws(DownloadError) -> URL {
        let host = url.host ?? ""
        guard let location, let next = URL(string: location, relativeTo: url)?.absoluteURL, next.host != nil
        else {
            throw .unsafeRedirect(host: host, reason: "no address")
        }
        guard next.user == nil, next.isPrivateOrLocal else {
            throw .unsafeRedirect(host: host, reason: "an address that is not over TLS (\(next.host ?? ""))")
        }
        // A hub elsewhere has no business with servers of this machine.
        guard next.scheme?.lowercased() == "https" || hub.endpoint.scheme?.lowercased() == "http" else {
            throw .unsafeRedirect(host: host, reason: "an address within this machine")
        }
        return next
    }

    /// A refusal that waiting does not change; nil for an answer, and for failures that may pass.
    func refusal(_ answer: Answer, of what: String) -> DownloadError? {
        let code = answer.fields["x-error-code"] ?? ""
        let host = hub.endpoint.host ?? ""
        let page = "\(hub.endpoint.absoluteString)/\(repository)"
        switch answer.status {
        case 401, 403:
            if code == "GatedRepo" || answer.status == 403 {
                return .gated(repository, page: page, hasToken: hub.token != nil)
            }
            return .unauthorized(repository, host: host, hasToken: hub.token != nil)
        case 404:
            return code == "RepoNotFound"
                ? .unauthorized(repository, host: host, hasToken: hub.token != nil)
                : .notFound(repository, what: what)
        case 200..<300, 408, 416, 429, 500...: return nil
        default: return .serverFailure(host: host, status: answer.status)
        }
    }

    /// Seconds that an answer asks to wait; nil where it does not say.
    static func wait(_ answer: Answer) -> Double? {
        answer.fields["retry-after"].flatMap { Double($0.trimmingCharacters(in: .whitespaces)) }
            .flatMap { $0.isFinite && $0 >= 0 ? min($0, longestWait) : nil }
    }

    /// An error of the system in a few words, without the address: it may hold a signature.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? URLError else { return "the connection broke off" }
        return switch error.code {
        case .timedOut: "no byte came for too long"
        case .cannotFindHost, .dnsLookupFailed: "its name is unknown"
        case .cannotConnectToHost: "it refuses connections"
        case .networkConnectionLost: "the connection broke off"
        case .notConnectedToInternet: "this machine is offline"
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
            "its certificate is not trusted"
        default: "the connection broke off (error \(error.code.rawValue))"
        }
    }
}
