import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One answer of a server: its heading at once, its body as it comes.
struct Answer: Sendable {
    let url: URL
    let status: Int
    /// Header fields, their names in small letters.
    let fields: [String: String]
    let body: AsyncThrowingStream<Data, any Error>
}

/// One request on its way; nothing is followed, stored or remembered that the answer asks for.
final class Transfer: NSObject, URLSessionDataDelegate, Sendable {
    private struct State {
        var heading: CheckedContinuation<Answer, any Error>?
        var body: AsyncThrowingStream<Data, any Error>.Continuation?
        /// An answer that sends elsewhere; told once it is through, since the system must not be stopped on the way.
        var redirection: HTTPURLResponse?
    }
    private let state = Mutex(State())

    /// Sends a request and returns when the heading of the answer is there.
    ///
    /// - Parameters:
    ///   - request: what is sent.
    ///   - patience: seconds without a byte after which it is given up.
    /// - Returns: status and heading; the body comes after it.
    /// - Throws: `URLError` when nothing comes; the body throws it when it breaks off.
    static func answer(to request: URLRequest, patience: Double) async throws -> Answer {
        let transfer = Transfer()
        let settings = URLSessionConfiguration.ephemeral
        settings.timeoutIntervalForRequest = patience
        settings.urlCache = nil
        settings.httpShouldSetCookies = false
        settings.httpCookieAcceptPolicy = .never
        let session = URLSession(configuration: settings, delegate: transfer, delegateQueue: nil)
        let task = session.dataTask(with: request)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                transfer.state.withLock { $0.heading = continuation }
                task.resume()
                session.finishTasksAndInvalidate()
            }
        } onCancel: {
            task.cancel()
        }
    }

    private func begin(_ response: URLResponse?, _ task: URLSessionTask) {
        guard let response = response as? HTTPURLResponse, let url = response.url else { return }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            fields["\(name)".lowercased()] = "\(value)"
        }
        let (body, continuation) = AsyncThrowingStream.makeStream(of: Data.self)
        continuation.onTermination = { if case .cancelled = $0 { task.cancel() } }
        let waiting = state.withLock { state in
            defer { state.heading = nil }
            if state.heading != nil { state.body = continuation }
            return state.heading
        }
        waiting?.resume(returning: Answer(url: url, status: response.statusCode, fields: fields, body: body))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        // Where it leads is looked at first, and the token is not taken along.
        state.withLock { $0.redirection = response }
        completionHandler(nil)
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        begin(response, dataTask)
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        _ = state.withLock { $0.body?.yield(data) }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if error == nil { begin(state.withLock { $0.redirection } ?? task.response, task) }
        let (heading, body) = state.withLock { state in
            defer { state = State() }
            return (state.heading, state.body)
        }
        heading?.resume(throwing: error ?? URLError(.badServerResponse))
        body?.finish(throwing: error)
    }
}
