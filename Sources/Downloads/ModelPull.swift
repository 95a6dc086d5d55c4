import Foundation

/// What is to be fetched.
public struct ModelPull: Sendable {
    /// The repository.
    public var repository: HubRepository
    /// A branch, tag or commit.
    public var revision: String
    /// The kind of weights that is preferred, such as `fp16`; nil for the plain ones.
    public var variant: String?
    /// Patterns that choose files instead of the rules.
    public var include: [String]

    /// What is needed of a repository's main branch, unless told otherwise.
    public init(
        _ repository: HubRepository, revision: String = "main", variant: String? = nil, include: [String] = []
    ) {
        (self.repository, self.revision) = (repository, revision)
        (self.variant, self.include) = (variant, include)
    }
}

/// What happens during a download.
public enum PullEvent: Equatable, Sendable {
    /// The files are chosen.
    case began(commit: String, files: Int, bytes: Int)
    /// Bytes have come.
    case progress(PullProgress)
    /// A file is whole, checked and on the disk.
    case finished(path: String)
    /// Something failed that may pass; it is tried again.
    case waiting(path: String, reason: String, seconds: Double)
}

/// How far a download is.
public struct PullProgress: Equatable, Sendable {
    /// The file that is coming.
    public var path: String
    /// Bytes of all files that are here, those of earlier runs included.
    public var received: Int
    /// Bytes of all files.
    public var total: Int
}

/// A model that is here.
public struct FetchedModel: Equatable, Sendable {
    /// Its folder, or its file where it is one.
    public var path: String
    /// Its repository.
    public var repository: String
    /// The commit that its files are of.
    public var commit: String
    /// Its files.
    public var files: Int
    /// Their size.
    public var bytes: Int
}
