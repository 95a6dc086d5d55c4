public import Diagnostics
public import Foundation

/// What can stop a download.
public enum DownloadError: ActionableError, Equatable {
    /// The hub's address is none, or anybody on the way could read and change what it sends.
    case badEndpoint(String)
    /// Not `OWNER/NAME`.
    case badRepository(String)
    /// No answer.
    case unreachable(host: String, reason: String)
    /// There is no such repository, or it is not for everybody.
    case unauthorized(HubRepository, host: String, hasToken: Bool)
    /// Its owner asks readers to agree to something first.
    case gated(HubRepository, page: String, hasToken: Bool)
    /// The hub does not have it.
    case notFound(HubRepository, what: String)
    /// Too many requests, still after waiting.
    case tooManyRequests(host: String)
    /// The hub itself failed, still after waiting.
    case serverFailure(host: String, status: Int)
    /// Something else than what a hub answers.
    case badAnswer(URL, expected: String, found: String)
    /// A file's path leads out of the model's folder.
    case unsafePath(String, URL)
    /// A redirection to where nothing is fetched from.
    case unsafeRedirect(host: String, reason: String)
    /// More bytes than the hub itself says there are.
    case wrongLength(String, expected: Int)
    /// The bytes are not those that the hub has.
    case wrongChecksum(String, expected: String, found: String)
    /// The connection was cut again and again.
    case interrupted(String, received: Int, of: Int, reason: String)
    /// No file is as the patterns say.
    case nothingMatches([String], HubRepository, [String])
    /// The repository has no weights of that kind.
    case noVariant(String, HubRepository, known: [String])
    /// There are several models in the repository.
    case severalModels(HubRepository, [String])
    /// There is none that Darkroom can read.
    case noModel(HubRepository)
    /// Something else stands where the model should go.
    case inTheWay(URL)

    /// True for what the request itself gets wrong.
    public var isBadUsage: Bool {
        switch self {
        case .badEndpoint, .badRepository, .nothingMatches, .noVariant, .severalModels: true
        default: false
        }
    }

    /// One sentence: what, where, expected, found.
    public var summary: String {
        switch self {
        case .badEndpoint(let text):
            "\"\(text.prefix(80))\" is no hub's address: expected https://HOST, or http:// on this machine"
        case .badRepository(let text): "\"\(text.prefix(80))\" is no repository: expected OWNER/NAME"
        case .unreachable(let host, let reason): "\(host) does not answer: \(reason)"
        case .unauthorized(let repository, let host, _):
            "\(host) has no \(repository), or not for everybody"
        case .gated(let repository, _, _): "\(repository) is given only to those who agreed to its terms"
        case .notFound(let repository, let what): "\(repository) has no \(what)"
        case .tooManyRequests(let host): "\(host) is asked too often and says to wait longer"
        case .serverFailure(let host, let status): "\(host) failed (status \(status))"
        case .badAnswer(let url, let expected, let found):
            "\(url.host ?? "")\(url.path): expected \(expected), found \(found)"
        case .unsafePath(let path, let url):
            "\(url.host ?? ""): the repository names a file \"\(path.prefix(80))\", which leads out of its folder"
        case .unsafeRedirect(let host, let reason): "\(host) sends on to \(reason)"
        case .wrongLength(let path, let expected): "\(path): expected \(expected) bytes, found more"
        case .wrongChecksum(let path, let expected, let found):
            "\(path): expected the checksum \(expected), found \(found)"
        case .interrupted(let path, let received, let size, let reason):
            "\(path): the connection was cut after \(received) of \(size) bytes: \(reason)"
        case .nothingMatches(let patterns, let repository, _):
            "\(repository) has no file like \(patterns.joined(separator: " or "))"
        case .noVariant(let variant, let repository, _):
            "\(repository) has no weights of the variant \"\(variant)\""
        case .severalModels(let repository, let names): "\(repository) holds \(names.count) models"
        case .noModel(let repository): "\(repository) holds no model that Darkroom can read"
        case .inTheWay(let url): "\(url.path) is there already and is something else"
        }
    }

    /// What to do, best first.
    public var advice: [String] {
        let token =
            "make a token for reading in your account's settings, and put it into the environment variable HF_TOKEN"
        switch self {
        case .badEndpoint: return ["leave HF_ENDPOINT out for \(Hub.usualEndpoint)"]
        case .badRepository: return ["write, for example, darkroom models pull stabilityai/sd-turbo"]
        case .unreachable:
            return ["look at the connection", "name a mirror in the environment variable HF_ENDPOINT"]
        case .unauthorized(_, _, let hasToken):
            return ["look at the spelling of OWNER/NAME"]
                + (hasToken ? ["the token in HF_TOKEN may be of an account that cannot read it"] : [token])
        case .gated(_, let page, let hasToken):
            return ["agree to the terms at \(page)"] + (hasToken ? [] : [token]) + [
                "run the same command again"
            ]
        case .notFound(let repository, _): return ["look at what \(repository) holds, or at --revision"]
        case .tooManyRequests: return ["run the same command again later: what is there is kept", token]
        case .serverFailure, .interrupted:
            return ["run the same command again: it goes on where it stopped"]
        case .badAnswer, .unsafePath, .unsafeRedirect:
            return ["look at HF_ENDPOINT: is this a hub?", "nothing of it was kept"]
        case .wrongLength, .wrongChecksum:
            return [
                "run the same command again: these bytes were thrown away",
                "if it stays so, do not trust the mirror",
            ]
        case .nothingMatches(let patterns, _, let names):
            return patterns.compactMap { NearestName.suggestion(for: $0, among: names) }
                + ["files: " + names.prefix(12).joined(separator: ", ")]
        case .noVariant(let variant, _, let known):
            return [NearestName.suggestion(for: variant, among: known)].compactMap { $0 }
                + [known.isEmpty ? "leave --variant out" : "variants: " + known.joined(separator: ", ")]
        case .severalModels(_, let names):
            return ["choose one: " + names.prefix(8).map { "--include \($0)" }.joined(separator: ", ")]
        case .noModel: return ["choose files yourself with --include"]
        case .inTheWay: return ["choose another place with --output, or move away what stands there"]
        }
    }
}
