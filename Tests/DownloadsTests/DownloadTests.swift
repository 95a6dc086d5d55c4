import DurableFiles
import Foundation
import Synchronization
import Testing

@testable import Downloads

/// From a hub on this machine that cuts, lies and sends elsewhere.
@Suite(.serialized) struct DownloadTests {
    private let server: HubServer
    private let folder: Folder
    private let waits = Waits()

    final class Waits: Sendable {
        let seconds = Mutex<[Double]>([])
        let events = Mutex<[PullEvent]>([])
    }

    init() throws { (server, folder) = (try HubServer(), try Folder()) }

    private func pull(
        _ name: String, token: String? = nil, variant: String? = nil, include: [String] = [],
        revision: String = "main"
    ) async throws -> FetchedModel {
        let hub = try Hub(endpoint: server.endpoint, token: token)
        let waits = waits
        let downloader = ModelDownloader(from: hub, patience: 20) { seconds in
            waits.seconds.withLock { $0.append(seconds) }
        }
        let wanted = ModelPull(
            try HubRepository("o/" + name), revision: revision, variant: variant, include: include)
        return try await downloader.fetch(wanted, into: folder.url) { event in
            waits.events.withLock { $0.append(event) }
        }
    }

    private func refusal(_ name: String, _ include: [String] = []) async throws -> DownloadError {
        let error = await #expect(throws: DownloadError.self) { try await pull(name, include: include) }
        let found = try #require(error)
        #expect(!found.summary.isEmpty && !found.advice.isEmpty)
        return found
    }

    private static let needed = [
        "good/.pulled.json", "good/model_index.json", "good/tokenizer/merges.txt", "good/unet/config.json",
        "good/unet/diffusion_pytorch_model.safetensors",
    ]
    private static let weights = "unet/diffusion_pytorch_model.safetensors"
    /// What the script calls LARGE.
    private static let large = Data(
        (0..<300_000).map { (index: Int) -> UInt8 in UInt8(truncatingIfNeeded: index * 7 + index / 251) })

    @Test func bringsWhatIsNeededAndNothingElse() async throws {
        let model = try await pull("good")
        #expect(folder.files() == Self.needed)
        #expect(try folder.bytes("good/" + Self.weights) == Self.large)
        #expect(model.files == 4 && model.path == folder.url.appending(path: "good").path)
        let events = waits.events.withLock { $0 }
        guard case .began(let commit, 4, let bytes) = events.first else {
            Issue.record("\(events)")
            return
        }
        #expect(commit == model.commit && bytes == model.bytes)
        let progress = events.compactMap { if case .progress(let now) = $0 { now.received } else { nil } }
        #expect(progress == progress.sorted() && progress.last == bytes)
        // It is there: nothing is fetched again.
        let before = try server.seen().count
        #expect(try await pull("good") == model)
        #expect(try server.seen().count == before + 1, "only the list is asked for")
    }

    /// The server of large files is another host: it sees no token, not even after a redirection.
    @Test func theTokenIsForTheHubAlone() async throws {
        _ = try await pull("good", token: "hf_secret")
        let seen = try server.seen()
        #expect(seen.contains { $0.host == "localhost" })
        #expect(seen.filter { $0.host == "localhost" }.allSatisfy { $0.token.isEmpty })
        #expect(seen.filter { $0.host == "127.0.0.1" }.allSatisfy { $0.token == "Bearer hf_secret" })
        let hub = try Hub(endpoint: server.endpoint, token: "hf_secret")
        var dumped = ""
        dump(hub, to: &dumped)
        #expect(!"\(hub) \(String(reflecting: hub)) \(dumped)".contains("hf_secret"))
    }

    /// `cut` honours ranges, `stubborn` sends everything again.
    @Test(arguments: ["cut", "stubborn"]) func aCutConnectionIsTakenUpAgain(name: String) async throws {
        _ = try await pull(name)
        #expect(try folder.bytes("\(name)/" + Self.weights) == Self.large)
        #expect(waits.seconds.withLock { $0 } == [1])
        let ranges = try server.seen().filter { $0.path.hasPrefix("/cdn") }.map(\.range)
        #expect(ranges.count == 2 && ranges[0].isEmpty && ranges[1].hasPrefix("bytes="))
        #expect(!folder.files().contains { $0.contains("unfinished") })
    }

    @Test func aLaterRunGoesOnWhereAnEarlierOneStopped() async throws {
        let digest = SHA256.digits(of: Self.large)
        let home = folder.url.appending(path: ".good.0123456789ab.unfinished/unet")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let half = home.appending(path: ".diffusion_pytorch_model.safetensors.\(digest).unfinished")
        try Self.large.prefix(123_456).write(to: half)
        _ = try await pull("good")
        #expect(try server.seen().contains { $0.range == "bytes=123456-" })
        #expect(try folder.bytes("good/" + Self.weights) == Self.large)
        #expect(folder.files() == Self.needed)
    }

    @Test func damagedBytesOfAnEarlierRunAreFetchedAgain() async throws {
        let digest = SHA256.digits(of: Self.large)
        let home = folder.url.appending(path: ".good.0123456789ab.unfinished/unet")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let half = home.appending(path: ".diffusion_pytorch_model.safetensors.\(digest).unfinished")
        try Data(repeating: 1, count: 1000).write(to: half)
        _ = try await pull("good")
        #expect(try folder.bytes("good/" + Self.weights) == Self.large)
    }

    @Test func wrongBytesAreThrownAway() async throws {
        let error = try await refusal("wrong")
        guard case .wrongChecksum(let path, _, let found) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(path == Self.weights && found == SHA256.digits(of: Self.large))
        #expect(!folder.files().contains { $0.contains("diffusion_pytorch_model") })
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "wrong").path))
    }

    @Test func liesAboutLengthsAreFound() async throws {
        let long = try await refusal("long")
        guard case .wrongLength = long else {
            Issue.record("\(long)")
            return
        }
        let short = try await refusal("short")
        switch short {
        case .interrupted, .serverFailure: break
        default: Issue.record("\(short)")
        }
        #expect(waits.seconds.withLock { $0.count } < 12, "it does not try for ever")
    }

    @Test func pathsThatLeadElsewhereAreRefused() async throws {
        let error = try await refusal("escape")
        guard case .unsafePath("unet/../../evil.json", _) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(folder.files().isEmpty)
    }

    @Test func redirectionsAreLookedAtFirst() async throws {
        let away = try await refusal("away", ["README.md"])
        guard case .unsafeRedirect("127.0.0.1", let reason) = away else {
            Issue.record("\(away)")
            return
        }
        #expect(reason.contains("weights.invalid"))
        let circle = try await refusal("circle", ["README.md"])
        guard case .unsafeRedirect = circle else {
            Issue.record("\(circle)")
            return
        }
    }

    @Test func refusalsSayHowToGetIn() async throws {
        let hidden = try await refusal("private")
        #expect(hidden.summary.contains("not for everybody") && "\(hidden.advice)".contains("HF_TOKEN"))
        let gated = try await refusal("gated")
        #expect("\(gated.advice)".contains("agree to the terms at \(server.endpoint)/o/gated"))
        let html = try await refusal("html")
        #expect(html.summary.contains("<html>sign in</html>"))
        let none = try await refusal("good", ["*.gguf"])
        #expect(none.isBadUsage && none.summary.contains("*.gguf"))
    }

    @Test func itWaitsAsLongAsTheHubSays() async throws {
        _ = try await pull("busy")
        #expect(waits.seconds.withLock { $0 } == [7, 7])
        #expect(try await refusal("down") == .serverFailure(host: "127.0.0.1", status: 503))
        #expect(waits.seconds.withLock { $0 } == [7, 7, 1, 2, 4, 8])
    }

    @Test func aModelInOneFileStaysOne() async throws {
        let model = try await pull("one")
        #expect(folder.files() == ["a single.safetensors"] && model.path.hasSuffix("a single.safetensors"))
        #expect(try folder.bytes("a single.safetensors") == Self.large.prefix(5000))
        try Data("something else".utf8).write(to: folder.url.appending(path: "a single.safetensors"))
        let error = try await refusal("one")
        #expect(error == .inTheWay(folder.url.appending(path: "a single.safetensors")))
        #expect(try folder.bytes("a single.safetensors").count == 14, "untouched")
    }

    @Test func variantsAndPatternsChoose() async throws {
        _ = try await pull("good", variant: "fp16")
        #expect(folder.files().contains("good/unet/diffusion_pytorch_model.fp16.safetensors"))
        #expect(!folder.files().contains("good/" + Self.weights))
        // The same name with other files is another model.
        guard case .inTheWay = try await refusal("good") else {
            Issue.record("it was replaced")
            return
        }
        _ = try await pull("good", include: ["README.md"])
        #expect(try folder.bytes("README.md") == Data("hello world\n".utf8))
    }

    @Test func nobodyThereIsSaid() async throws {
        let hub = try Hub(endpoint: "http://127.0.0.1:9")
        let downloader = ModelDownloader(from: hub) { _ in }
        let pull = ModelPull(try HubRepository("a/b"))
        let error = await #expect(throws: DownloadError.self) {
            try await downloader.fetch(pull, into: folder.url)
        }
        guard case .unreachable("127.0.0.1", _)? = error else {
            Issue.record("\(error.debugDescription)")
            return
        }
    }

    @Test func cancellingStops() async throws {
        let hub = try Hub(endpoint: server.endpoint)
        let downloader = ModelDownloader(from: hub) { _ in throw CancellationError() }
        let pull = ModelPull(try HubRepository("o/down"))
        await #expect(throws: CancellationError.self) {
            try await downloader.fetch(pull, into: folder.url)
        }
    }
}
