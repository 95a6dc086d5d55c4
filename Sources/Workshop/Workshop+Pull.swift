import Downloads
import Foundation

/// A model that was fetched from a hub.
public struct PulledModel: Codable, Equatable, Sendable {
    /// Its folder, or its file where it is one.
    public var path: String
    /// Its repository, `OWNER/NAME`.
    public var repository: String
    /// The commit that its files are of.
    public var commit: String
    /// The number of its files.
    public var files: Int
    /// Their size.
    public var bytes: Int
}

/// What happens while a model is fetched.
public enum PulledModelEvent: Equatable, Sendable {
    /// The files are chosen.
    case began(files: Int, bytes: Int)
    /// So many bytes of all files are here.
    case progress(path: String, received: Int, total: Int)
    /// Something that whoever waits should know, in a sentence.
    case notice(String)
}

extension Workshop {
    /// Fetches a model from the hub that `HF_ENDPOINT` names, or the usual one.
    ///
    /// `HF_TOKEN` is shown to that hub and to nobody else.
    /// - Parameters:
    ///   - repository: `OWNER/NAME`.
    ///   - revision: a branch, tag or commit.
    ///   - variant: the kind of weights that is preferred, such as `fp16`; nil for the plain ones.
    ///   - include: patterns that choose files instead of what is needed to draw.
    ///   - output: the folder that it is put into; nil takes the first that `DARKROOM_MODELS` names, else
    ///     `.darkroom/models` in the home folder.
    ///   - onEvent: called in order.
    /// - Returns: where it is.
    /// - Throws: `DownloadError`, `DurableFileError`; what has come so far is kept, and the same call goes on with it.
    public func pull(
        _ repository: String, revision: String = "main", variant: String? = nil, include: [String] = [],
        into output: String? = nil, onEvent: @escaping @Sendable (PulledModelEvent) -> Void = { _ in }
    ) async throws -> PulledModel {
        let wanted = ModelPull(
            try HubRepository(repository), revision: revision, variant: variant, include: include)
        let hub = try Hub(
            endpoint: surroundings.environment["HF_ENDPOINT"], token: surroundings.environment["HF_TOKEN"])
        let downloader = ModelDownloader(from: hub) { try await Task.sleep(for: .seconds($0)) }
        let model = try await downloader.fetch(wanted, into: pullFolder(output)) { event in
            switch event {
            case .began(_, let files, let bytes): onEvent(.began(files: files, bytes: bytes))
            case .progress(let now):
                onEvent(.progress(path: now.path, received: now.received, total: now.total))
            case .finished: break
            case .waiting(let path, let reason, let seconds):
                onEvent(.notice("\(path): \(reason); again in \(Int(seconds.rounded(.up))) s"))
            }
        }
        return PulledModel(
            path: model.path, repository: model.repository, commit: model.commit, files: model.files,
            bytes: model.bytes)
    }

    /// Where fetched models go: a place where they are looked for.
    func pullFolder(_ output: String?) -> URL {
        if let output { return surroundings.url(output, directoryHint: .isDirectory) }
        let named = (surroundings.environment["DARKROOM_MODELS"] ?? "").split(separator: ":").first
        return named.map { surroundings.url(String($0), directoryHint: .isDirectory) }
            ?? surroundings.homeFolder.appending(path: ".darkroom/models", directoryHint: .isDirectory)
    }
}
