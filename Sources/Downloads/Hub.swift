public import Foundation

/// A place on the network that keeps models by owner and name, and the right to read there.
///
/// It speaks as Hugging Face's hub speaks: a list of a repository's files with sizes and checksums, and an address a file.
public struct Hub: Sendable {
    /// Where it is, without a slash at the end.
    public let endpoint: URL
    let token: AccessToken?

    /// The hub that is asked when none is named.
    public static let usualEndpoint = "https://huggingface.co"

    /// A hub.
    ///
    /// - Parameters:
    ///   - endpoint: its address; nil or empty takes `usualEndpoint`.
    ///   - token: shown to this hub and to no other host; nil or empty for what everybody may read.
    /// - Throws: `DownloadError.badEndpoint` unless it is an address over TLS, or one of this machine.
    public init(endpoint: String? = nil, token: String? = nil) throws(DownloadError) {
        var text = endpoint.flatMap { $0.isEmpty ? nil : $0 } ?? Self.usualEndpoint
        while text.hasSuffix("/") { text.removeLast() }
        guard let url = URL(string: text), url.host != nil, url.user == nil, url.query == nil,
            url.fragment == nil, url.isPrivateOrLocal
        else { throw .badEndpoint(text) }
        self.endpoint = url
        self.token = token.flatMap(AccessToken.init)
    }

    /// Where a repository says what it holds.
    func listing(of repository: HubRepository, revision: String) -> URL? {
        address("/api/models/\(repository)/revision/\(Self.escaped(revision))?blobs=true")
    }

    /// Where a file is.
    func file(_ path: String, of repository: HubRepository, commit: String) -> URL? {
        address(
            "/\(repository)/resolve/\(commit)/"
                + path.split(separator: "/").map(Self.escaped).joined(separator: "/"))
    }

    private func address(_ rest: String) -> URL? { URL(string: endpoint.absoluteString + rest) }

    /// A component of an address, everything but letters, digits and `-._~` as percent signs and numbers.
    private static func escaped(_ text: some StringProtocol) -> String {
        let plain = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}

extension URL {
    /// True when nobody on the way can read or change what is sent: over TLS, or within this machine.
    var isPrivateOrLocal: Bool {
        switch scheme?.lowercased() {
        case "https": true
        case "http": ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host?.lowercased() ?? "")
        default: false
        }
    }

    /// True when another address is of the same host, port and protocol.
    func hasOrigin(of other: URL) -> Bool {
        func port(_ url: URL) -> Int { url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80) }
        return scheme?.lowercased() == other.scheme?.lowercased()
            && host?.lowercased() == other.host?.lowercased() && port(self) == port(other)
    }
}

/// The right to read; whoever prints it sees that there is one, and no more.
struct AccessToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let secret: String

    /// A token; nil for text that is none, such as one with a line break, which would end a header early.
    init?(_ text: String) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        secret = text
    }

    /// The value of the header `Authorization`.
    var authorization: String { "Bearer " + secret }

    var description: String { "(a token)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// A repository by owner and name.
public struct HubRepository: Hashable, Sendable, CustomStringConvertible {
    /// The owner.
    public let owner: String
    /// The repository's own name.
    public let name: String

    /// A repository as people write it, `OWNER/NAME`, or its address at the usual hub.
    /// - Throws: `DownloadError.badRepository`.
    public init(_ text: String) throws(DownloadError) {
        var rest = text[...]
        for prefix in [Hub.usualEndpoint + "/", "huggingface.co/", "hf.co/"] where rest.hasPrefix(prefix) {
            rest = rest.dropFirst(prefix.count)
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(Self.isName) else { throw .badRepository(text) }
        (owner, name) = (parts[0], parts[1])
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 96, !text.contains("..") else { return false }
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
        return isPlain && first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
    }

    /// `OWNER/NAME`.
    public var description: String { owner + "/" + name }
}
