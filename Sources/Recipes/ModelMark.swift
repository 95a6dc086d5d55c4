/// What a model is known again by, 64 hexadecimal digits.
///
/// In JSON an object with one member, `sha256` or `fingerprint`.
public enum ModelMark: Codable, Hashable, Sendable {
    /// The SHA-256 of the model's one file: the number that others publish.
    case sha256(String)
    /// A number over samples of all files, since reading gigabytes would keep a picture waiting; Darkroom's own.
    case fingerprint(String)

    /// The SHA-256; nil where only a fingerprint is known.
    public var sha256: String? { if case .sha256(let digits) = self { digits } else { nil } }
    /// The fingerprint; nil where the SHA-256 is known.
    public var fingerprint: String? { if case .fingerprint(let digits) = self { digits } else { nil } }

    /// The hexadecimal digits, whichever they are of.
    public var digits: String {
        switch self {
        case .sha256(let digits), .fingerprint(let digits): digits
        }
    }

    private enum CodingKeys: String, CodingKey { case sha256, fingerprint }

    /// Reads an object with `sha256` or, without it, `fingerprint`.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let digits = try fields.decodeIfPresent(String.self, forKey: .sha256) {
            self = .sha256(digits)
        } else {
            self = .fingerprint(try fields.decode(String.self, forKey: .fingerprint))
        }
    }

    /// Writes an object with one member.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .sha256(let digits): try fields.encode(digits, forKey: .sha256)
        case .fingerprint(let digits): try fields.encode(digits, forKey: .fingerprint)
        }
    }
}
